"""One proof on trial: what `prove` wrote, checked with the functions of `verify`."""

from typing import Any

from truecrowd.evidence.verify import Check, Flaw, Reader, Trial, climb, fields_of, from_base64, parse_proof, sha256

HEAD = b"c2sp.org/tlog-proof@v1\n"
_STEPS = ("container", "trust", "entries", "checkpoint", "witnesses", "history", "records", "disclosures")


class _Single(Trial):
    """A trial whose container is one proof."""

    def _container(self) -> Any:
        self.proofs = {"proof": bytes(self.data)}
        self.note = self.proofs["proof"].partition(b"\n\n")[2]
        self.extra = parse_proof(self.proofs["proof"]).extra
        if self.extra["kind"] not in ("entry", "record") or self.extra["v"] != 1:
            raise Flaw("malformed", "extra")

    def _entries(self) -> str:
        """Lead the statement to the checkpoint; keys are the policy's alone, for one proof brings no others."""
        from truecrowd.evidence.verify import parse_checkpoint, parse_json

        self.point, proof = parse_checkpoint(self.note), parse_proof(self.proofs["proof"])
        if climb(proof.entry, self.point.size, sha256(b"\0", proof.statement), proof.path)[1] != self.point.root:
            raise Flaw("hash", "proof")
        self.statement = parse_json(proof.statement)
        return f"counted:1 / {self.point.size}"

    def _checkpoint(self) -> Any:
        if not self.policy.logs:
            return "no_policy"
        super()._checkpoint()
        return None

    def _records(self) -> str:
        if self.extra["kind"] != "record":
            return "counted:0"
        said = self.statement
        part = said["segments"][self.extra["segment"]] if said["type"] == "table" else said
        size, root = (part["rows"] if said["type"] == "table" else part["records"]), bytes.fromhex(part["root"])
        self.record, path = from_base64(self.extra["record"]), [from_base64(step) for step in self.extra["path"]]
        if climb(self.extra["position"], size, sha256(b"\0", self.record), path)[1] != root:
            raise Flaw("hash", f"record {self.extra['position']}")
        return "counted:1"

    def _disclosures(self) -> str:
        opened = self.extra["openings"] if self.extra["kind"] == "record" else []
        for one in opened:
            body = from_base64(one["fields"])
            fields_of(body)
            if sha256(from_base64(one["salt"]), body) != fields_of(b"\0" + self.record)["#" + one["group"]]:
                raise Flaw("hash", one["group"])
        return f"counted:{len(opened)}"


def judge_proof(data: memoryview, reader: Reader) -> list[Check]:
    """Return the checks of one proof.

    Raises:
        Unusable: The policy or head that the reader gave.
    """
    trial = _Single(data, reader)
    for check in _STEPS:
        if not trial.look(check) and check not in ("witnesses", "history"):
            break
    return trial.checks
