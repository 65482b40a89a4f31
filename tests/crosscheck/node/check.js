// Checks the examples of scripts/crosscheck with @sigstore/verify: checkpoint and inclusion; it has no consistency.
"use strict";
const crypto = require("node:crypto");
const path = require("node:path");
const dist = path.join(path.dirname(require.resolve("@sigstore/verify")), "tlog");
const { verifyCheckpoint } = require(path.join(dist, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(dist, "merkle.js"));

const [name, id, key] = [...process.argv[2].split("+").slice(0, 2), process.argv[2].split("+").slice(2).join("+")];
const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(key, "base64").subarray(1)]);
const publicKey = crypto.createPublicKey({ key: spki, format: "der", type: "spki" });
const tlogs = [{ logID: Buffer.from(id, "hex"), publicKey, baseURL: name }];
const bytes = (text) => Buffer.from(text.replace(/^-/, ""), "hex");

const check = (words) => {
  const hashes = bytes(words[4]);
  const steps = Array.from({ length: hashes.length / 32 }, (_, at) => hashes.subarray(at * 32, at * 32 + 32));
  const proof = { logIndex: words[3], hashes: steps, checkpoint: { envelope: bytes(words[1]).toString() } };
  const entry = { inclusionProof: proof, canonicalizedBody: bytes(words[2]) };
  verifyMerkleInclusion(entry, verifyCheckpoint(entry, tlogs));
};
for (const line of require("node:fs").readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const words = line.split(" ");
  let isGood = true;
  try { check(words); } catch { isGood = false; }
  console.log(words[0], isGood);
}
