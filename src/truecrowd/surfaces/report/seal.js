"use strict";
// Checks the seal of this page as verify.py does, in the browser, without any request. A page cannot read its own
// bytes, so what stands in the block is checked at once, and the bytes when the reader chooses this very file.
document.addEventListener("DOMContentLoaded", () => {
  const area = document.getElementById("tc-check"), block = document.getElementById("truecrowd-" + "seal");
  if (!area || !block) return;
  const WORDS = JSON.parse(document.getElementById("tc-check-words").textContent);
  class Flaw extends Error { constructor(code, what = "") { super(code); this.code = code; this.what = what; } }
  const need = (isSo, code = "malformed", what = "") => { if (!isSo) throw new Flaw(code, String(what).slice(0, 120)); };
  const encoder = new TextEncoder(), strict = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const text = (bytes) => strict().decode(bytes), bytesOf = (string) => encoder.encode(string);
  const joined = (...parts) => {
    const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  };
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
  const fromBase64 = (string) => {
    const raw = atob(string);
    need(btoa(raw) === string, "malformed", "base64");
    return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  };
  const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const number = (string) => {
    need(/^(0|[1-9][0-9]{0,18})$/.test(string) && BigInt(string) < 1n << 63n, "malformed", string);
    return BigInt(string);
  };
  // -- Ed25519: Web Crypto, and what it does not refuse: other spellings of a point, points of small order, large S
  const SMALL = new Set(["00".repeat(32), "01" + "00".repeat(31), "ec" + "ff".repeat(30) + "7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"]);
  const little = (bytes) => BigInt("0x" + hex([...bytes].reverse()));
  const isPoint = (bytes) => {
    const y = [...bytes.slice(0, 31), bytes[31] & 127];
    return bytes.length === 32 && little(y) < (1n << 255n) - 19n && !SMALL.has(hex(y));
  };
  const LIMIT = (1n << 252n) + 27742317777372353535851937790883648493n;
  const isSigned = async (key, message, signature) => {
    if (signature.length !== 64 || !isPoint(key) || !isPoint(signature.slice(0, 32))) return false;
    if (little(signature.slice(32)) >= LIMIT) return false;
    let imported;
    try {
      imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    } catch (error) {
      if (error.name === "NotSupportedError") throw new Flaw("no_ed25519");
      return false;
    }
    return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  };
  // -- Trees, keys, notes, policies
  const climb = async (index, size, found, path) => {
    let here = index, last = size - 1n, root = found;
    for (const step of path) {
      need(last > 0n, "malformed", "proof");
      root = here & 1n || here === last ? await sha256([1], step, root) : await sha256([1], root, step);
      while (here === last && !(here & 1n) && here) [here, last] = [here >> 1n, last >> 1n];
      [here, last] = [here >> 1n, last >> 1n];
    }
    need(last === 0n && index >= 0n && index < size, "malformed", "proof");
    return root;
  };
  const NAME = "[^\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000+]+";
  const parseKey = async (string) => {
    need(typeof string === "string" && string.includes("+"), "malformed", "key");
    const name = string.slice(0, string.indexOf("+")), rest = string.slice(name.length + 1);
    const data = fromBase64(rest.slice(9)), id = hex((await sha256(bytesOf(name + "\n"), data)).slice(0, 4));
    const isWell = new RegExp(`^${NAME}$`).test(name) && rest.slice(0, 9) === id + "+" && isPoint(data.slice(1));
    need(isWell && (data[0] === 1 || data[0] === 4), "malformed", `key ${name}`);
    return { name, id, kind: data[0], key: data.slice(1), text: string };
  };
  const parseCheckpoint = (note) => {
    const line = `\u2014 ${NAME} [A-Za-z0-9+/]{7,}=?=?\\n`;
    const found = new RegExp(`^([^\\n]+)\\n([^\\n]+)\\n([^\\n]+)\\n\\n((?:${line}){1,100})$`).exec(text(note));
    need(found && note.length < 2 ** 20 && !/[\0-\x09\x0b-\x1f]/.test(found[0]), "malformed", "checkpoint");
    const root = fromBase64(found[3]);
    need(root.length === 32 && number(found[2]) > 0n, "malformed", "checkpoint");
    const lines = found[4].split("\n").slice(0, -1).map((one) => {
      const [, name, data] = one.split(" "), all = fromBase64(data);
      return { name, id: hex(all.slice(0, 4)), blob: all.slice(4) };
    });
    const body = bytesOf(`${found[1]}\n${found[2]}\n${found[3]}\n`);
    return { origin: found[1], size: number(found[2]), root, body, lines };
  };
  const signers = async (point, keys) => {
    const found = new Map();
    for (const line of point.lines) {
      const key = keys.findLast((one) => one.name === line.name && one.id === line.id);
      if (!key) continue;
      const at = key.kind === 4 ? BigInt("0x0" + hex(line.blob.slice(0, 8))) : 0n;
      const message = key.kind === 4 ? joined(bytesOf(`cosignature/v1\ntime ${at}\n`), point.body) : point.body;
      const isGood = !found.has(key.text) && at < 1n << 63n
        && await isSigned(key.key, message, key.kind === 4 ? line.blob.slice(8) : line.blob);
      need(isGood, "signature", line.name);
      found.set(key.text, at);
    }
    return found;
  };
  const parsePolicy = async (data) => {
    const policy = { logs: [], witnesses: {}, groups: {}, quorum: [] }, lines = new TextDecoder().decode(data).split("\n");
    need(data.length < 2 ** 20 && lines.pop() === "" && !data.some((b) => (b < 32 && b !== 9 && b !== 10) || b === 127), "policy");
    for (const [at, line] of lines.entries()) {
      const [kind = "#", ...rest] = line.replaceAll("\t", " ").split(" ").filter(Boolean);
      try { await policyLine(policy, kind, rest); } catch { throw new Flaw("policy", at + 1); }
    }
    const keys = [...policy.logs, ...Object.values(policy.witnesses)].map((key) => hex(key.key));
    need(policy.quorum.length === 1 && policy.logs.length && new Set(keys).size === keys.length, "policy");
    return policy;
  };
  const policyLine = async (policy, kind, rest) => {
    const known = new Set(["none", ...Object.keys(policy.witnesses), ...Object.keys(policy.groups)]);
    const isNew = rest.length > 0 && !known.has(rest[0]);
    if (kind === "log" && rest.length >= 1 && rest.length <= 2) {
      policy.logs.push(await parseKey(rest[0]));
      need(policy.logs.at(-1).kind === 1);
    } else if (kind === "witness" && rest.length >= 2 && rest.length <= 3 && isNew) {
      policy.witnesses[rest[0]] = await parseKey(rest[1]);
      need(policy.witnesses[rest[0]].kind === 4);
    } else if (kind === "group" && rest.length > 2 && isNew) {
      const members = rest.slice(2), taken = new Set(["none", ...Object.values(policy.groups).flatMap((one) => one.members)]);
      const least = { any: 1, all: members.length }[rest[1]] ?? Number(number(rest[1]));
      need(least >= 1 && least <= members.length && new Set(members).size === members.length);
      need(members.every((one) => known.has(one) && !taken.has(one)));
      policy.groups[rest[0]] = { least, members };
    } else if (kind === "quorum" && rest.length === 1 && known.has(rest[0])) policy.quorum.push(rest[0]);
    else need(kind.startsWith("#"));
  };
  const isQuorum = (policy, name, signed) => {
    const group = policy.groups[name];
    if (group) return group.members.filter((one) => isQuorum(policy, one, signed)).length >= group.least;
    return name === "none" || signed.has(policy.witnesses[name].text);
  };
  // -- Statements and proofs
  const depth = (part) => {
    if (typeof part === "string") encodeURIComponent(part);
    need(typeof part !== "number" || Number.isSafeInteger(part), "malformed", "JSON");
    return part && typeof part === "object" ? 1 + Math.max(0, ...Object.entries(part).flat().map(depth)) : 0;
  };
  const parseJson = (bytes, most = 65535) => {
    need(bytes.length <= most, "malformed", "JSON");
    const string = text(bytes), found = JSON.parse(string);
    need(found && typeof found === "object" && !Array.isArray(found) && JSON.stringify(found) === string, "malformed", "JSON");
    need(depth(found) <= 8, "malformed", "JSON");
    return found;
  };
  const parseProof = (string) => {
    const at = string.indexOf("\n\n"), [first, extraLine, indexLine, ...lines] = string.slice(0, at).split("\n");
    need(at > 0 && first === "c2sp.org/tlog-proof@v1" && /^extra /.test(extraLine) && /^index /.test(indexLine), "malformed", "proof");
    const extra = parseJson(fromBase64(extraLine.slice(6)), 1 << 24), path = lines.map(fromBase64);
    need(path.every((step) => step.length === 32), "malformed", "proof");
    const statement = fromBase64(extra.statement), whole = { kind: "entry", statement: extra.statement, v: 1 };
    need(JSON.stringify(extra) === JSON.stringify(whole), "hash", "proof");
    return { entry: number(indexLine.slice(6)), path, note: string.slice(at + 2), statement };
  };
  const addKey = async (keys, entry, said, origin) => {
    const { action, role, old_vkey: old, signatures } = said, isExport = role === "export", known = keys[role];
    const key = await parseKey(said.vkey), texts = known.map((one) => one.text), by = signatures.map((one) => one.vkey);
    const isOther = (isExport ? texts : texts.slice(-1)).includes(old) && !texts.includes(said.vkey);
    const isNext = { add: old === null && (isExport || !keys.log.length) && !texts.includes(said.vkey), rotate: isOther,
      compromise: isOther, revoke: old === null && isExport && texts.includes(said.vkey) }[action];
    const wanted = [...(action === "revoke" ? [] : [said.vkey]), ...(old === null ? [] : [old]),
      ...(isExport ? keys.log.slice(-1).map((one) => one.text) : [])];
    const isOwn = key.kind === 1 && key.name === origin + (isExport ? "/export" : "");
    need(isNext && isOwn && JSON.stringify(by) === JSON.stringify(wanted), "key", entry);
    need(BigInt(said.from_size) === entry + 1n && keys.log.length > 0 === entry > 0n, "key", entry);
    const words = ["truecrowd-key/1", origin, action, role, said.vkey, old ?? "-", said.from_size, ""].join("\n");
    for (const one of signatures) {
      need(await isSigned((await parseKey(one.vkey)).key, bytesOf(words), fromBase64(one.sig)), "key", entry);
    }
    keys[role] = [...known.filter((one) => !isExport || (one.text !== old && one.text !== key.text)), ...(action === "revoke" ? [] : [key])];
  };
  // -- The page: its bytes as letters of one byte each
  // None of these words may stand here as they stand in a seal: a page without one must not look as if it had one.
  const OPEN = "<", SEAL = ["truecrowd", "seal"].join("-");
  const START = `${OPEN}!--${SEAL}/1-->\n`, END = `${OPEN}!--/${SEAL}-->\n`;
  const letters = (bytes) => {
    const parts = [];
    for (let at = 0; at < bytes.length; at += 32768) parts.push(String.fromCharCode(...bytes.subarray(at, at + 32768)));
    return parts.join("");
  };
  const written = (said, shownId) => {
    const seal = { v: 1, origin: said.origin, size: said.size, root: said.root, key: said.key, proof: said.proof, keys: said.keys };
    const code = (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0");
    const body = JSON.stringify(seal).replace(/[<>&\u0080-\uffff]/g, code);
    const id = `"${SEAL}`, line = `${said.origin} ${said.size} ${said.root} ${shownId}`;
    return `${START}${OPEN}script type="application/json" id=${id}">${body}${OPEN}/script>\n<p id=${id}-line" class="seal-line">${line}</p>\n${END}`;
  };
  const sealOf = async (page) => {
    const parts = page.split(START).flatMap((part) => part.split(END));
    need(parts.length === 3, "malformed", "seal");
    const [before, inside, after] = parts, said = JSON.parse(inside.slice(inside.indexOf(">") + 1, inside.indexOf(OPEN + "/script>")));
    const whole = written(said, (await parseKey(said.key)).id);
    need(page === before + whole + after && after.lastIndexOf(OPEN + "/body>") === 0, "malformed", "seal");
    return { bare: before + after, said };
  };
  const headOf = (data) => {
    const words = data.filter((byte) => byte === 10).length < 2 ? text(data).trim().split(/\s+/) : text(data).split("\n").slice(0, 3);
    return { origin: words[0], size: number(words[1]), root: fromBase64(words[2]) };
  };
  const judge = async ({ page, policy: given, head }) => {
    const checks = [], state = { keys: { log: [], export: [] }, said: [] };
    const look = async (check, step) => {
      try {
        const code = (await step()) ?? "";
        checks.push({ check, state: code.startsWith("no_") ? "not_checked" : "proven", code, what: "" });
      } catch (error) {
        const isOurs = error instanceof Flaw, isBlind = isOurs && error.code.startsWith("no_");
        if (isOurs && ["policy", "head"].includes(error.code)) throw error;
        checks.push({ check, state: isBlind ? "not_checked" : "failed", code: isOurs ? error.code : "malformed", what: isOurs ? error.what : error.name });
        return isBlind;
      }
      return true;
    };
    const steps = {
      container: async () => {
        if (page) Object.assign(state, await sealOf(letters(page)));
        else state.said = JSON.parse(block.textContent);
        state.seal = state.said;
        return page ? "" : "no_file";
      },
      trust: async () => {
        state.policy = given && await parsePolicy(given);
        return given ? "" : "no_policy";
      },
      entries: async () => {
        const proofs = [state.seal.proof, ...state.seal.keys].map(parseProof), entries = new Map();
        state.point = parseCheckpoint(bytesOf(proofs[0].note));
        for (const proof of proofs) {
          const root = await climb(proof.entry, state.point.size, await sha256([0], proof.statement), proof.path);
          need(proof.note === proofs[0].note && same(root, state.point.root), "hash", `entry ${proof.entry}`);
          entries.set(proof.entry, parseJson(proof.statement));
        }
        state.entries = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
        for (const [entry, said] of state.entries) if (said.type === "key") await addKey(state.keys, entry, said, state.point.origin);
      },
      checkpoint: async () => {
        const now = state.keys.log.slice(-1), logs = state.policy ? state.policy.logs : now;
        const signed = await signers(state.point, logs);
        const good = logs.filter((key) => signed.has(key.text) && key.name === state.point.origin).map((key) => key.text);
        need(good.length && now.every((key) => good.includes(key.text)), "unsigned", state.point.origin);
      },
      witnesses: async () => {
        if (!state.policy) return "no_policy";
        const times = await signers(state.point, Object.values(state.policy.witnesses)), now = BigInt(Math.floor(Date.now() / 1000));
        need([...times.values()].every((at) => at <= now) && isQuorum(state.policy, state.policy.quorum[0], times), "quorum", times.size);
        return state.policy.quorum[0] === "none" ? "no_witness" : "";
      },
      history: async () => {
        if (!head) return "no_head";
        let kept;
        try { kept = headOf(head); } catch { throw new Flaw("head"); }
        if (kept.size !== state.point.size) return "no_step";
        need(kept.origin === state.point.origin && same(kept.root, state.point.root), "rewritten", kept.size);
      },
      report: async () => {
        if (!page) return "no_file";
        const bare = hex(await sha256(Uint8Array.from(state.bare, (letter) => letter.charCodeAt(0))));
        const { origin, size, root } = state.point, { seal } = state;
        const isShown = seal.origin === origin && BigInt(seal.size) === size && seal.root === toBase64(root) && seal.key === state.keys.log.at(-1).text;
        need(isShown && state.entries.some(([, said]) => said.type === "report" && said.html_sha256 === bare), "hash", "report.html");
      },
    };
    for (const [check, step] of Object.entries(steps)) {
      if (!(await look(check, step)) && check !== "witnesses" && check !== "history") break;
    }
    return checks;
  };
  // -- What the reader sees
  const list = area.querySelector("ul"), input = area.querySelector("input");
  const said = (code, what) => (WORDS[code] ?? [code, code]).map((one) => one.replaceAll("{}", what));
  const show = (checks) => {
    const order = ["failed", "not_checked", "proven"], sorted = [...checks].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
    list.replaceChildren(...sorted.map((one) => {
      const item = document.createElement("li"), parts = [said(one.state, ""), said(one.check, ""), one.code ? said(one.code, one.what) : ["", ""]];
      for (const [at, [name, lang]] of [["en", "en"], ["zh", "zh-CN"]].entries()) {
        const span = document.createElement("span");
        [span.className, span.lang] = [name, lang];
        span.textContent = parts.map((part) => part[at]).filter(Boolean).join(at ? "：" : ": ");
        item.append(span);
      }
      item.dataset.state = one.state;
      item.dataset.check = one.check;
      return item;
    }));
  };
  const run = async () => {
    const given = {};
    for (const file of input.files) {
      const data = new Uint8Array(await file.arrayBuffer()), begin = letters(data.subarray(0, 15)).toLowerCase();
      const lines = new TextDecoder().decode(data.subarray(0, 2 ** 20)).split("\n");
      if (begin === "<!doctype html>" || data.length > 2 ** 20) given.page = data;
      else if (lines.some((line) => /^[ \t]*quorum[ \t]/.test(line))) given.policy = data;
      else given.head = data;
    }
    area.dataset.done = "";
    try { show(await judge(given)); } catch (error) { show([{ check: "trust", state: "failed", code: error.code ?? "malformed", what: error.what ?? error.name }]); }
    area.dataset.done = "yes";
  };
  area.hidden = false;
  area.querySelector("button").addEventListener("click", run);
  input.addEventListener("change", run);
});
