#!/usr/bin/env python3
"""Check a case file or a sealed report, offline, with nothing but Python 3.9 or newer and this one file.

    python3 verify.py CASEFILE --trust POLICY [--head FILE] [--tsa-root PEM] [--waive CHECK] [--json] [--lang zh|en]

Functions take bytes and return facts or raise `Flaw`; only `main` opens files. Nothing is repaired or believed: what
can be spelled in two ways is refused. Formats to the byte: docs/decisions/0009-evidence-formats.md.
"""

# fmt: off
from __future__ import annotations

import argparse, base64, hashlib, json, re, struct, subprocess, sys, tempfile, time, zlib
from bisect import bisect_left
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

class Flaw(Exception):
    """What is wrong with the thing on trial: a line of WORDS, and what fills its blank."""
class Unusable(Flaw):
    """The policy or head that the reader gave cannot be used: exit 2."""

def need(is_so: object, code: str, what: object = "") -> None:  # else there is a flaw
    if not is_so:
        raise Flaw(code, what)
# -- 1. Ed25519 (RFC 8032), strict: one spelling of every point and number, no point of small order --------------------
_P, _L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D, _I = -121665 * pow(121666, -1, _P) % _P, pow(2, (_P - 1) // 4, _P)

def _add(a: Sequence[int], b: Sequence[int]) -> tuple[int, int, int, int]:
    p, q = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    r, s = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = q - p, s - r, s + r, q + p
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P

def point_of(data: bytes) -> tuple[int, int, int, int]:  # refused: another spelling, no point, small order
    y, is_odd = int.from_bytes(data, "little") & (2**255 - 1), int(data[31:] > b"\x7f")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if x * x % _P == square else x * _I % _P
    x = x if x & 1 == is_odd else _P - x
    point = eighth = (x, y, 1, x * y % _P)
    for _ in range(3):
        eighth = _add(eighth, eighth)
    need(len(data) == 32 and y < _P and x * x % _P == square and eighth[0], "malformed", "Ed25519")
    return point

_BASE = point_of(b"\x58" + b"\x66" * 31)
def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:  # the equation without cofactor
    try:
        key, first, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    except (Flaw, ValueError):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    minus, total = (_P - key[0], key[1], 1, _P - key[3]), (0, 1, 1, 0)
    steps = (total, _BASE, minus, _add(_BASE, minus))
    for bit in range(252, -1, -1):
        total = _add(_add(total, total), steps[(s >> bit & 1) | (h >> bit & 1) << 1])
    return all((total[at] - first[at] * total[2]) % _P == 0 for at in (0, 1)) and len(signature) == 64 and s < _L
# -- 2. Merkle trees (RFC 6962 section 2.1, RFC 9162 sections 2.1.3.2 and 2.1.4.2) -------------------------------------

def sha256(*parts: bytes | memoryview) -> bytes:  # a leaf's bytes begin with 0, a node's with 1
    return hashlib.sha256(b"".join(parts)).digest()

def root_of(hashes: Sequence[bytes]) -> bytes:  # the root over leaf hashes
    level, digest = list(hashes), hashlib.sha256
    while len(level) > 1:
        above = [digest(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = above if len(level) % 2 == 0 else [*above, level[-1]]
    return level[0] if level else sha256()

def climb(index: int, size: int, found: bytes, path: Iterable[bytes]) -> tuple[bytes, bytes]:
    old, new, here, last = found, found, index, size - 1
    for step in path:
        need(last > 0, "malformed", "proof")
        is_right = here & 1 or here == last
        old, new = (sha256(b"\1", step, old), sha256(b"\1", step, new)) if is_right else (old, sha256(b"\1", new, step))
        while here == last and not here & 1 and here:
            here, last = here >> 1, last >> 1
        here, last = here >> 1, last >> 1
    need(last == 0 <= index < size, "malformed", "proof")
    return old, new

# Whether `path` shows that the tree of `size` is the beginning of that of `size_2`.
def is_consistent(size: int, root: bytes, size_2: int, root_2: bytes, path: Sequence[bytes]) -> bool:
    if size in (0, size_2):
        return not path and root == (root_2 if size == size_2 else sha256())
    if not 0 < size < size_2 or not path:
        return False
    first, *steps = path if size & (size - 1) else (root, *path)
    level = (size & -size).bit_length() - 1
    return (root, root_2) == climb((size - 1) >> level, ((size_2 - 1) >> level) + 1, first, steps)

# Where leaves `low` to `high` are known by place and hash; `others` are the roots of parts without any.
def root_with(low: int, high: int, places: Sequence[int], hashes: Sequence[bytes], others: Iterator[bytes]) -> bytes:
    first, end = bisect_left(places, low), bisect_left(places, high)
    if first == end and low < high:
        return next(others)
    if end - first == high - low:
        return root_of(hashes[first:end])
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    left = root_with(low, middle, places, hashes, others)
    return sha256(b"\1", left, root_with(middle, high, places, hashes, others))
# -- 3. Signed notes and trust (C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy) ----------------------
Key = namedtuple("Key", "name key_id kind public text")  # kind: 1 signs a log, 4 is a witness
Checkpoint = namedtuple("Checkpoint", "origin size root body lines")  # lines: name, key id, signature
Policy = namedtuple("Policy", "logs witnesses groups quorum")  # whom the reader trusts; a group: how many, of whom

def from_base64(text: str) -> bytes:  # in its only spelling
    data = base64.b64decode(text)
    need(base64.b64encode(data).decode() == text, "malformed", "base64")
    return data

def number(text: str) -> int:  # decimal, below 2^63, in its only spelling
    need(re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "malformed", text[:30])
    return int(text)

def parse_key(text: str) -> Key:  # name+id+base64
    name, _, rest = text.partition("+")
    data = from_base64(rest[9:])
    key = Key(name, sha256(name.encode("utf-8", "surrogateescape"), b"\n", data)[:4], data[0], data[1:], text)
    is_well = re.fullmatch(r"[^\s+]+", name) and rest[:9] == key.key_id.hex() + "+" and point_of(key.public)
    need(is_well and key.kind in (1, 4), "malformed", f"key {name}")
    return key

def parse_checkpoint(note: bytes) -> Checkpoint:  # three lines, then signatures, nothing else
    form = "([^\n]+)\n([^\n]+)\n([^\n]+)\n\n((?:\u2014 [^\\s+]+ [A-Za-z0-9+/]{7,}=?=?\n){1,100})"
    found: Any = re.fullmatch(form, note.decode()) if len(note) < 2**20 else None
    need(found and not re.search("[\0-\x09\x0b-\x1f]", found[0]), "malformed", "checkpoint")
    lines = [line.split(" ") for line in found[4].split("\n")[:-1]]
    size, root = number(found[2]), from_base64(found[3])
    need(len(root) == 32 and (size or root == sha256()), "malformed", "checkpoint")
    signatures = [(name, from_base64(data)[:4], from_base64(data)[4:]) for _, name, data in lines]
    return Checkpoint(found[1], size, root, note[: note.index(b"\n\n") + 1], signatures)

def signers(point: Checkpoint, keys: Iterable[Key]) -> dict[Key, int]:
    known, found = {(key.name, key.key_id): key for key in keys}, dict[Key, int]()
    for name, which, line in point.lines:
        if key := known.get((name, which)):
            at, cut = (0, 0) if key.kind == 1 else (int.from_bytes(line[:8], "big"), 8)
            message = b"cosignature/v1\ntime %d\n" % at + point.body if cut else point.body
            need(key not in found and at < 2**63 and is_signed(key.public, message, line[cut:]), "signature", name)
            found[key] = at
    return found

def parse_policy(data: bytes) -> Policy:  # raises `Unusable` with the line
    policy, at, lines = Policy([], {}, {}, []), 0, data.decode("utf-8", "surrogateescape").split("\n")
    try:
        need(len(data) < 2**20 and not lines.pop() and not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data), "policy")
        for at, line in enumerate(lines, 1):
            _policy_line(policy, *filter(None, line.replace("\t", " ").split(" ")))
        keys = [key.public for key in (*policy.logs, *policy.witnesses.values())]
        need(len(policy.quorum) == 1 and policy.logs and len(keys) == len(set(keys)), "policy")
    except (ValueError, LookupError, Flaw) as flaw:
        raise Unusable("policy", at) from flaw
    return policy

def _policy_line(policy: Policy, kind: str = "#", *rest: str) -> None:
    known = {"none", *policy.witnesses, *policy.groups}
    if kind == "log" and len(rest) in (1, 2) and (key := parse_key(rest[0])).kind == 1:
        policy.logs.append(key)
    elif kind == "witness" and len(rest) in (2, 3) and rest[0] not in known and (key := parse_key(rest[1])).kind == 4:
        policy.witnesses[rest[0]] = key
    elif kind == "group" and len(rest) > 2 and rest[0] not in known:
        members, taken = set(rest[2:]), {"none"}.union(*(group for _, group in policy.groups.values()))
        least = {"any": 1, "all": len(members)}.get(rest[1]) or number(rest[1])
        need(1 <= least <= len(members) == len(rest) - 2 and members <= known - taken, "policy", rest[0])
        policy.groups[rest[0]] = least, members
    elif kind == "quorum" and len(rest) == 1 and rest[0] in known:
        policy.quorum.append(rest[0])
    else:
        need(kind.startswith("#"), "policy", kind)

def is_quorum(policy: Policy, name: str, signed: Iterable[Key]) -> bool:
    if name in policy.groups:
        return sum(is_quorum(policy, one, signed) for one in policy.groups[name][1]) >= int(policy.groups[name][0])
    return name == "none" or policy.witnesses[name] in signed

def head_of(data: bytes) -> tuple[str, int, bytes]:  # a checkpoint, or a line `origin size root`
    try:
        words = data.decode().split() if data.count(b"\n") < 2 else [*data.decode().split("\n")[:3]]
        return words[0], number(words[1]), from_base64(words[2])
    except (ValueError, LookupError, Flaw) as flaw:
        raise Unusable("head", "") from flaw
# -- 4. Containers: JSON, proofs, pages, ZIP, records (docs/decisions/0009) --------------------------------------------
Proof = namedtuple("Proof", "entry path note statement extra")  # nothing in it is believed yet

def as_json(said: object) -> bytes:  # the one form of it, but for the order of names
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

def parse_json(data: bytes, most: int = 65_535) -> Any:  # refused: fractions, large numbers, what has another form
    def depth(part: Any) -> int:
        return 1 + max(map(depth, part.values() if isinstance(part, dict) else part), default=0) if isinstance(part, (dict, list)) else 0
    need(len(data) <= most, "malformed", "JSON")
    found = json.loads(data, parse_int=lambda n: int(n) if abs(int(n)) < 2**53 else "", parse_float=str, parse_constant=str)
    need(isinstance(found, dict) and depth(found) <= 8 and as_json(found) == data, "malformed", "JSON")
    return found

def parse_proof(data: bytes) -> Proof:  # a tlog-proof
    head, _, note = data.partition(b"\n\n")
    first, extra_line, index_line, *lines = head.decode().split("\n")
    extra, path = parse_json(from_base64(extra_line[6:]), 16 << 20), [from_base64(line) for line in lines]
    begins = (first, extra_line[:6], index_line[:6]) == ("c2sp.org/tlog-proof@v1", "extra ", "index ")
    need(begins and {len(step) for step in path} <= {32}, "malformed", "proof")
    return Proof(number(index_line[6:]), path, note, from_base64(extra["statement"]), extra)

def seal_of(page: bytes) -> tuple[bytes, dict[str, Any]]:  # the page without its seal, and what the seal says
    before, block, after = re.split(b"<!--truecrowd-seal/1-->\n|<!--/truecrowd-seal-->\n", page)
    said = json.loads(block[block.index(b">") + 1 : block.index(b"</script>")])
    seal = {"v": 1, **{name: said[name] for name in ("origin", "size", "root", "key", "proof", "keys")}}
    text = json.dumps(seal, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    shown = f"{seal['origin']} {seal['size']} {seal['root']} {parse_key(seal['key']).key_id.hex()}"
    form = '<!--truecrowd-seal/1-->\n<script type="application/json" id="truecrowd-seal">{}</script>\n'
    form += '<p id="truecrowd-seal-line" class="seal-line">{}</p>\n<!--/truecrowd-seal-->\n'
    need(page == before + form.format(text, shown).encode() + after and after.rfind(b"</body>") == 0, "malformed", "seal")
    return before + after, seal

def read_container(data: memoryview) -> dict[str, memoryview]:  # files by name; every byte is accounted for
    form = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,3}")
    files, entries, at, last = dict[str, memoryview](), list[bytes](), 0, ""
    while bytes(data[at : at + 4]) == b"PK\3\4" and len(files) < 65_535:
        crc, size, _, length = struct.unpack_from("<IIIH", data, at + 14)
        name, start = bytes(data[at + 30 : at + 30 + length]).decode("ascii"), at + 30 + length
        middle = struct.pack("<HHHHHIIIHH", 20, 0x0800, 0, 0, 0x21, crc, size, size, length, 0)
        entry = b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + middle + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, at)
        body = data[start : start + size]
        is_well = bytes(data[at:start]) == b"PK\3\4" + middle + name.encode() and form.fullmatch(name) and name > last
        need(is_well, "malformed", f"ZIP, {len(files)}")
        need(len(body) == size and zlib.crc32(body) == crc, "hash", name)
        entries.append(entry + name.encode())
        files[name], at, last = body, start + size, name
    whole, n = b"".join(entries), len(entries)
    end = whole + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, n, n, len(whole), at, 0)
    need(n and len(data) - at == len(end) and bytes(data[at:]) == end, "malformed", f"ZIP, {n}")
    return files

def fields_of(data: bytes, kinds: str = "tiufblh") -> dict[str, bytes]:  # name: value, in one order and form
    found, last, sizes = dict[str, bytes](), "", {"i": 8, "u": 8, "f": 8, "b": 1, "h": 32}
    at = data.index(b"\n") + 1 if data[:19] == b"\0truecrowd-record/1" else 0
    while at < len(data):
        end = at + 1 + data[at]
        name, kind, size = data[at + 1 : end].decode(), chr(data[end]), int.from_bytes(data[end + 1 : end + 5], "big")
        value, at = data[end + 5 : end + 5 + size], end + 5 + size
        is_well = re.fullmatch("#?[a-z][a-z0-9_]{0,62}", name) and name > last and (kind == "h") == (name[0] == "#")
        need(is_well and len(value) == size == sizes.get(kind, size) and kind in kinds, "malformed", f"field {name[:63]}")
        found[name], last = value, name
    return found
# -- 5. The checks, in this order; each returns nothing, a count, or why it could not be made --------------------------
Check = namedtuple("Check", "check state code what")  # state: proven, failed, not_checked; code: a line of WORDS
Reader = namedtuple("Reader", "trust head now stamp")  # what the reader brought; stamp(token, hash) is its time

class Trial:  # one file on trial: what was found so far, and what later checks need of earlier ones
    def __init__(self, data: memoryview, reader: Reader) -> None:
        self.data, self.reader, self.checks, self.policy = data, reader, list[Check](), Policy([], {}, {}, [])
        self.files, self.proofs, self.seal, self.page = dict[str, memoryview](), dict[str, bytes](), dict[str, Any](), b""
        self.keys, self.stored, self.said = {"log": list[Key](), "export": list[Key]()}, dict[int, bytes](), dict[int, Any]()
        self.sizes, self.rows = dict[str, int](), dict[tuple[str, int], tuple[bytes, bytes]]()

    def look(self, check: str) -> bool:  # whatever is wrong with the thing on trial is a failed check, never a crash
        try:
            code, _, what = (getattr(self, "_" + check)() or "").partition(":")
            state = "not_checked" if code.startswith("no_") else "proven"
        except Unusable:
            raise
        except Exception as bad:
            state, (code, what) = "failed", bad.args if isinstance(bad, Flaw) else ("malformed", type(bad).__name__)
        self.checks.append(Check(check, state, code, str(what)))
        return state != "failed" and code != "no_seal"

    def _container(self) -> Any:
        if bytes(self.data[:4]) == b"PK\3\4":
            self.files = read_container(self.data)
            self.page, self.note = bytes(self.files.get("report.html", b"")), bytes(self.files["log/checkpoint"])
            self.proofs = {name: bytes(file) for name, file in self.files.items() if name.startswith("log/proofs/")}
            return f"counted:{len(self.files)}"
        self.page = bytes(self.data)
        if self.page[:15].lower() == b"<!doctype html>" and not re.search(b'(<!--/?|id=")truecrowd-seal', self.page):
            return "no_seal"
        self.seal = seal_of(self.page)[1]
        self.proofs = {f"seal, {at}": text.encode() for at, text in enumerate([self.seal["proof"], *self.seal["keys"]])}
        self.note = self.proofs["seal, 0"].partition(b"\n\n")[2]

    def _trust(self) -> Any:
        if self.reader.trust is None:
            return "no_policy"
        if any(self.reader.trust == file for file in self.files.values()):
            raise Unusable("inside", "")
        self.policy = parse_policy(self.reader.trust)

    def _entries(self) -> str:
        self.point = parse_checkpoint(self.note)
        for name, proof in ((name, parse_proof(text)) for name, text in self.proofs.items()):
            root = climb(proof.entry, self.point.size, sha256(b"\0", proof.statement), proof.path)[1]
            extra = {"kind": "entry", "statement": base64.b64encode(proof.statement).decode(), "v": 1}
            need(as_json(extra) == as_json(proof.extra) and proof.note == self.note and root == self.point.root, "hash", name)
            self.stored[proof.entry], self.said[proof.entry] = proof.statement, parse_json(proof.statement)
        for entry, said in sorted(self.said.items()):
            if said["type"] == "key":
                self._key(entry, said)
            parts = said["segments"] if said["type"] == "table" else [said] if said["type"] == "segment" else []
            self.sizes.update({one["root"]: one.get("records", one.get("rows")) for one in parts})
            whole = root_of([sha256(b"\0", bytes.fromhex(one["root"])) for one in parts]).hex()
            need(said["type"] != "table" or whole == said["root"], "hash", f"table, {entry}")
        return f"counted:{len(self.proofs)} / {self.point.size}"

    def _key(self, entry: int, said: Mapping[str, Any]) -> None:  # keys of a role, if those signed who must
        action, role, old, logs, known = said["action"], said["role"], said["old_vkey"], self.keys["log"], self.keys[said["role"]]
        key, texts, by = parse_key(said["vkey"]), [one.text for one in known], [one["vkey"] for one in said["signatures"]]
        is_next = old in (texts if role == "export" else texts[-1:]) and said["vkey"] not in texts
        is_next = {"add": old is None and (role == "export" or not logs) and said["vkey"] not in texts, "rotate": is_next,
                   "compromise": is_next, "revoke": old is None and role == "export" and said["vkey"] in texts}[action]
        wanted = [said["vkey"]] * (action != "revoke") + [old] * (old is not None) + [one.text for one in logs[-1:]] * (role == "export")
        is_own = (key.kind, key.name) == (1, self.point.origin + "/export" * (role == "export"))
        need(is_next and is_own and by == wanted and said["from_size"] == entry + 1 and bool(logs) == (entry > 0), "key", entry)
        words = (self.point.origin, action, role, said["vkey"], old or "-", str(said["from_size"]), "")
        message, signs = "\n".join(("truecrowd-key/1", *words)).encode(), [from_base64(one["sig"]) for one in said["signatures"]]
        need(all(is_signed(parse_key(text).public, message, sign) for text, sign in zip(by, signs)), "key", entry)
        self.keys[role] = [one for one in known if role == "log" or one.text not in (old, key.text)] + [key] * (action != "revoke")

    def _checkpoint(self) -> None:
        now, origin = self.keys["log"][-1:], self.point.origin
        good = [key for key in signers(self.point, self.policy.logs or now) if key.name == origin]
        need(good and set(now) <= set(good), "unsigned", origin)

    def _witnesses(self) -> str:
        times = signers(self.point, self.policy.witnesses.values())
        if not self.policy.quorum:
            return "no_policy"
        is_past = max(times.values(), default=0) <= self.reader.now
        need(is_past and is_quorum(self.policy, self.policy.quorum[0], times), "quorum", len(times))
        return f"counted:{len(times)}" if self.policy.quorum != ["none"] else "no_witness"

    def _history(self) -> Any:
        if self.reader.head is None:
            return "no_head"
        origin, size, root = head_of(self.reader.head)
        first, *lines = bytes(self.files.get(f"log/consistency-{size}", b"old %d\n" % size)).decode().split("\n")
        if size != self.point.size and lines == [""]:
            return f"no_step:{size}"
        is_same = is_consistent(size, root, self.point.size, self.point.root, [from_base64(line) for line in lines[:-1]])
        need(is_same and (first, lines[-1], origin) == (f"old {size}", "", self.point.origin), "rewritten", size)

    def _report(self) -> None:
        bare, root = sha256(seal_of(self.page)[0]).hex(), base64.b64encode(self.point.root).decode()
        said = [one for one in self.said.values() if one["type"] == "report" and one["html_sha256"] == bare]
        shown = {"origin": self.point.origin, "size": self.point.size, "root": root, "key": self.keys["log"][-1].text}
        need(said and shown.items() <= (self.seal or shown).items(), "hash", "report.html")
        need(not self.files or said[0]["json_sha256"] == sha256(self.files["report.json"]).hex(), "hash", "report.json")

    def _manifest(self) -> str:
        for entry, statement in self.stored.items():
            need(self.files[f"statements/{entry}.json"] == statement, "hash", f"statements/{entry}.json")
        names = [name for name in self.files if name not in ("manifest.json", "manifest.dsse")]
        listed = [{"path": n, "sha256": sha256(self.files[n]).hex(), "size": len(self.files[n])} for n in names]
        text, dsse = as_json({"files": listed, "type": "truecrowd-case/1", "v": 1}) + b"\n", bytes(self.files["manifest.dsse"])
        kind, sig, which = "application/vnd.truecrowd.manifest+json", dsse[-93:-5].decode(), dsse[-110:-102].decode()
        key = {key.key_id.hex(): key for key in self.keys["export"]}[which]
        envelope: dict[str, Any] = {"payload": base64.b64encode(text).decode(), "payloadType": kind}
        envelope["signatures"] = [{"keyid": key.key_id.hex(), "sig": sig}]
        need(self.files["manifest.json"] == text and dsse == as_json(envelope) + b"\n", "hash", "manifest")
        message = f"DSSEv1 {len(kind)} {kind} {len(text)} ".encode() + text
        need(is_signed(key.public, message, from_base64(sig)), "signature", key.name)
        return f"counted:{len(names)}"

    def _records(self) -> str:
        said, digest, n = [one for one in self.said.values() if one["type"] == "finding"], hashlib.sha256, 0
        cited = {(place["segment"], place["record"]) for one in said for place in one["evidence"]}
        cited |= {(one["row"]["table_root"], one["row"]["index"]) for one in said}
        for root in sorted({name[8:72] for name in self.files if name.startswith("records/")}):
            data, at, hashes = self.files[f"records/{root}.records"], 24, dict[int, bytes]()
            while at < len(data):
                index, size, more = struct.unpack_from(">III", data, at)
                record, at = b"\0" + data[at + 12 : at + 12 + size], at + 12 + size + more
                hashes[index] = digest(record).digest()
                if more or (root, index) in cited:
                    self.rows[root, index] = record, bytes(data[at - more : at])
            others, places = bytes(self.files.get(f"records/{root}.hashes", b"")), list(hashes)
            given = iter([others[at : at + 32] for at in range(0, len(others), 32)])
            found = root_with(0, self.sizes[root], places, list(hashes.values()), given).hex()
            head = b"truecrowd-records/1\n" + struct.pack(">I", len(hashes))
            is_well = bytes(data[:24]) == head and at == len(data) and places == sorted(places) and not [*given]
            need(is_well and found == root, "hash", f"records/{root}")
            n += len(hashes)
        return f"counted:{n}"

    def _disclosures(self) -> str:
        n = 0
        for place, (record, openings) in self.rows.items():
            for group, opening in fields_of(openings, "o").items():
                need(sha256(opening) == fields_of(record)["#" + group], "hash", f"{place}, {group}")
                n += len(fields_of(opening[16:])) >= 0
        return f"counted:{n}"

    def _references(self) -> None:  # what is cited is here, and no step is left out
        findings, chains = set[str](), dict[str, tuple[int, str | None]]()
        for entry, said in sorted(self.said.items()):
            if said["type"] == "finding":
                places = [one for one in said["evidence"] if one["segment"] is not None]
                shown = [fields_of(self.rows[one["segment"], one["record"]][0])["event_id"] for one in places]
                row = self.rows[said["row"]["table_root"], said["row"]["index"]][0]
                is_well = shown == [one["event_id"].encode() for one in places]
                need(is_well and sha256(row).hex() == said["output"], "reference", entry)
                findings.add(said["finding_id"])
            need(findings.issuperset(said.get("finding_ids", ())), "reference", entry)
            if "case_seq" in said:
                before = chains.get(said["case_id"], (said["case_seq"] - 1, None))
                need((said["case_seq"] - 1, said["prev"]) == before, "reference", entry)
                chains[said["case_id"]] = said["case_seq"], sha256(self.stored[entry]).hex()

    def _time(self) -> str | None:  # tokens over this checkpoint, or over one that an anchor statement names, in order
        tokens = sorted(name for name in self.files if name.endswith(".tsr"))  # time/SIZE-HASH.tsr, size of 12 digits
        if not tokens or not self.reader.stamp:
            return "no_checker" if tokens else "no_token"
        known = {(said["size"], said["checkpoint_sha256"]) for said in self.said.values() if said["type"] == "anchor"}
        known |= {(self.point.size, sha256(self.point.body).hex())}
        need({(int(name[5:17]), name[18:-4]) for name in tokens} <= known, "hash", "time")
        times = [self.reader.stamp(bytes(self.files[name]), name[18:-4]) for name in tokens]
        need(times == sorted(times) and times[-1] <= self.reader.now, "order")
        return f"counted:{len(tokens)}"

def judge(data: memoryview, reader: Reader) -> list[Check]:  # a case file or a sealed report
    trial = Trial(data, reader)
    for check in CHECKS:
        is_here = check not in CHECKS[6:] or (trial.page if check == "report" else trial.files)
        if is_here and not trial.look(check) and check not in ("witnesses", "history"):
            break
    return trial.checks

def document(checks: Sequence[Check], waived: Sequence[str]) -> dict[str, Any]:  # exit: 1 failed, 3 not made, not waived
    states = {one.state for one in checks if one.state == "failed" or one.check not in waived}
    code = 1 if "failed" in states else 3 if "not_checked" in states else 0
    rows = [{"check": one.check, "subject": one.what, "state": one.state, "why": say(one.code, one.what, "en"),
             "fix": say("again", "", "en") if one.state == "failed" else ""} for one in checks]
    return {"schema": "truecrowd.verify/1", "exit": code, "partial": code == 3, "waived": list(waived), "checks": rows}
# -- 6. Words ----------------------------------------------------------------------------------------------------------
NAMES = """container 容器 trust 信任 entries 条目 checkpoint 检查点 witnesses 见证 history 历史 manifest 清单 records 记录
disclosures 披露 references 引用 time 时间 report 报告 proven 已证明 failed 不成立 not_checked 未检查 waived 免检""".split()
CHECKS = NAMES[:24:2]  # in the order they are made
WORDS = """malformed|{} is not in the one form allowed|{} 的格式不是唯一允许的那种;hash|{} has another hash than it should|{} 的哈希值不符
signature|the signature by {} is wrong|{} 的签名不对;key|entry {} may not add its key like this|条目 {} 的密钥不能这样加入
unsigned|the log key valid at this size did not sign: {}|此规模下有效的日志密钥没有签名：{};file|it cannot be read: {}|无法读取：{}
quorum|too few witnesses, or one in the future: {}|见证人不够，或时间在将来：{};order|time stamps out of order|时间戳先后颠倒
rewritten|this log does not continue the head of size {}|此日志不是规模 {} 的日志头的延续;no_token|no time stamp in it|其中没有时间戳
reference|entry {} cites what is not here, or a step is left out|条目 {} 引用的内容不在此，或缺少一步;no_step|no proof from size {}|没有自规模 {} 起的证明
policy|the policy cannot be used: line {}|信任策略不可用：第 {} 行;head|the head is not: origin size root|日志头不是：origin size root
inside|the policy is part of the file on trial; get it elsewhere|信任策略来自受检文件本身，请从别处取得;no_checker|needs openssl, --tsa-root|需要 openssl 和 --tsa-root
no_policy|give --trust a policy that you got elsewhere|请用 --trust 给出另行取得的信任策略;no_seal|never sealed; to seal: truecrowd seal|从未封存；封存：truecrowd seal
no_witness|0 independent witnesses: the operator could show two histories|0 个独立见证人：运营者可能出示两份历史;no_replay|not run again|未重新运行
no_head|give --head the line "origin size root" that you kept|请用 --head 给出您保存的 “origin size root” 一行
again|do not rely on this file; keep it, and ask its sender for another|不要依据此文件；请保留它，并向出具人另行索取"""
TEXTS = {code: both for code, *both in (line.split("|") for line in re.split(r"[;\n](?=\w+\|)", WORDS))}
TEXTS |= {name: [name.replace("_", " "), zh] for name, zh in zip(NAMES[::2], NAMES[1::2])}

def say(code: str, what: object, lang: str) -> str:  # a line of WORDS, or a name
    return TEXTS.get(code, ["{}", "{}"])[lang == "zh"].replace("{}", str(what))

def lines_of(checks: Sequence[Check], waived: Sequence[str], lang: str) -> list[str]:  # worst first
    order = ("failed", "not_checked", "proven")
    shown = [f"{say('waived', '', lang)}: {say(name, '', lang)}" for name in waived]
    for one in sorted(checks, key=lambda one: (order.index(one.state), one.code != "no_witness")):
        shown.append(f"{say(one.state, '', lang)}: {say(one.check, '', lang)}  {say(one.code, one.what, lang)}".rstrip())
    return shown + [say("again", "", lang)] * any(one.state == "failed" for one in checks)

def openssl(root: str, token: bytes, digest: str) -> float:  # when a token was made
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(token)
        verify, show = (["-verify", "-digest", digest, "-CAfile", root], ["-reply", "-text"])
        runs = [subprocess.run(["openssl", "ts", *more, "-in", file.name], capture_output=True) for more in (verify, show)]
    need(runs[0].returncode == 0, "signature", "TSA")
    at = re.findall(rb"Time stamp: (\w+ +\d+ [\d:]+)[.\d]* (\d+) GMT", runs[1].stdout)[0]
    return datetime.strptime(b" ".join(at).decode() + " +0000", "%b %d %H:%M:%S %Y %z").timestamp()

def main(arguments: Sequence[str] | None = None) -> int:  # the only one that opens files
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    for name in ("file", "--trust", "--head", "--tsa-root", "--lang"):
        parser.add_argument(name)
    parser.add_argument("--waive", action="append", default=[], choices=CHECKS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        trust, head, data = (Path(name).read_bytes() if name else None for name in (given.trust, given.head, given.file))
        if given.trust and any((one / "tile").exists() for one in Path(given.trust).resolve().parents):
            raise Unusable("inside", "")
        stamp = (lambda token, over: openssl(given.tsa_root, token, over)) if given.tsa_root else None
        checks = judge(memoryview(data or b""), Reader(trust, head, time.time(), stamp))
    except (OSError, Unusable) as bad:
        code, what = bad.args if isinstance(bad, Unusable) else ("file", bad.strerror)
        sys.stderr.buffer.write(say(code, what, given.lang or "en").encode() + b"\n")
        return 2
    text = as_json(document(checks, given.waive)) if given.json else "\n".join(lines_of(checks, given.waive, given.lang)).encode()
    sys.stdout.buffer.write(text + b"\n")
    return int(document(checks, given.waive)["exit"])

if __name__ == "__main__":
    sys.exit(main())
