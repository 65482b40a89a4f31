"""Proof texts: C2SP tlog-proof for one entry or one record, consistency files, and the seal block of a page.

Formats: docs/decisions/0009, sections 7 and 9.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from truecrowd.errors import EvidenceError
from truecrowd.evidence.notes import Checkpoint, Key, b64, number, parse_checkpoint, parse_note, unb64
from truecrowd.evidence.tree import SIZE

HEAD: Final = "c2sp.org/tlog-proof@v1"
MOST_STEPS: Final = 63
BEGIN: Final = b"<!--truecrowd-seal/1-->\n"
END: Final = b"<!--/truecrowd-seal-->\n"
_BODY: Final = b"</body>"


@dataclass(frozen=True, slots=True)
class Proof:
    """One tlog-proof.

    Args:
        extra: Opaque bytes, our JSON; nothing in it is believed. None: there is none.
        index: Of the entry.
        path: Inclusion path.
        checkpoint: Signed checkpoint, as it came.
    """

    extra: bytes | None
    index: int
    path: Sequence[bytes]
    checkpoint: bytes

    @property
    def head(self) -> Checkpoint:
        """Size and root, signatures not looked at."""
        return parse_checkpoint(parse_note(self.checkpoint, where="proof")[0], where="proof")


def proof_text(proof: Proof) -> bytes:
    """Return a proof as one text file."""
    lines = [HEAD] if proof.extra is None else [HEAD, f"extra {b64(proof.extra)}"]
    lines += [f"index {proof.index}", *(b64(step) for step in proof.path), "", ""]
    return "\n".join(lines).encode() + proof.checkpoint


def parse_proof(text: bytes, *, where: str) -> Proof:
    """Read a tlog-proof.

    Raises:
        EvidenceError: It is malformed.
    """
    head, _, checkpoint = text.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise _bad("the proof is not ASCII", where) from error
    extra = None
    if len(lines) > 1 and lines[1].startswith("extra "):
        extra = unb64(lines.pop(1)[6:], where=where)
    if len(lines) < 2 or lines[0] != HEAD or not lines[1].startswith("index ") or len(lines) > 2 + MOST_STEPS:
        raise _bad("the proof is malformed", where)
    parse_note(checkpoint, where=where)
    return Proof(extra, number(lines[1][6:], where=where), _hashes(lines[2:], where), checkpoint)


def entry_extra(statement: bytes) -> bytes:
    """Return the `extra` of an entry's proof."""
    return _compact({"kind": "entry", "statement": b64(statement), "v": 1})


def record_extra(
    statement: bytes,
    record: bytes,
    position: int,
    path: Sequence[bytes],
    openings: Sequence[tuple[str, bytes, bytes]] = (),
    segment: int | None = None,
) -> bytes:
    """Return the `extra` of a record's proof.

    Args:
        statement: The segment's or table's, as stored.
        record: Its bytes.
        position: In its segment.
        path: Inclusion path in its segment.
        openings: (group, salt, fields), in order of group.
        segment: Number within the table's `segments`; None for EVENTS.
    """
    opened = [{"fields": b64(body), "group": name, "salt": b64(salt)} for name, salt, body in openings]
    said: dict[str, Any] = {
        "kind": "record", "openings": opened, "path": [b64(step) for step in path], "position": position,
        "record": b64(record), "statement": b64(statement), "v": 1,
    }  # fmt: skip
    return _compact(said if segment is None else said | {"segment": segment})


def consistency_text(old: int, proof: Sequence[bytes]) -> bytes:
    """Return a consistency proof as a file, the first part of an `add-checkpoint` request."""
    return "".join(f"{line}\n" for line in [f"old {old}", *(b64(step) for step in proof)]).encode()


def parse_consistency(text: bytes, *, where: str) -> tuple[int, list[bytes]]:
    """Return the old size and the proof of a consistency file.

    Raises:
        EvidenceError: It is malformed.
    """
    lines = text.decode("ascii", "replace").split("\n")
    if len(lines) < 2 or lines[-1] or not lines[0].startswith("old ") or len(lines) > 2 + MOST_STEPS:
        raise _bad("the consistency proof is malformed", where)
    return number(lines[0][4:], where=where), _hashes(lines[1:-1], where)


def _hashes(lines: Sequence[str], where: str) -> list[bytes]:
    found = [unb64(line, where=where) for line in lines]
    if any(len(one) != SIZE for one in found):
        raise _bad("a hash of the proof is not 32 bytes", where)
    return found


def seal_block(key: Key, proof: bytes, keys: Sequence[bytes]) -> bytes:
    """Return the block that a sealed page carries.

    Args:
        key: The log's key that signed the checkpoint.
        proof: tlog-proof of the `report` statement.
        keys: tlog-proofs of every `key` statement of the log.
    """
    head = parse_proof(proof, where="seal").head
    said: Mapping[str, object] = {
        "v": 1, "origin": head.origin, "size": head.size, "root": b64(head.root), "key": key.vkey,
        "proof": proof.decode(), "keys": [one.decode() for one in keys],
    }  # fmt: skip
    body = json.dumps(said, separators=(",", ":"), ensure_ascii=True)
    for char in "<>&":
        body = body.replace(char, f"\\u{ord(char):04x}")
    line = f"{head.origin} {head.size} {b64(head.root)} {key.key_id.hex()}"
    script = f'<script type="application/json" id="truecrowd-seal">{body}</script>\n'
    shown = f'<p id="truecrowd-seal-line" class="seal-line">{line}</p>\n'
    return BEGIN + script.encode() + shown.encode() + END


def unsealed(page: bytes, *, where: str) -> tuple[bytes, bytes | None]:
    """Return a page without its seal block, and the block; None where it was never sealed.

    Raises:
        EvidenceError: The block is cut, doubled, or in another place than before the last `</body>`.
    """
    counts = page.count(BEGIN), page.count(END)
    if counts == (0, 0) and b"truecrowd-seal/1" not in page:
        return page, None
    start, end = page.find(BEGIN), page.find(END) + len(END)
    if counts != (1, 1) or end <= start or page.rfind(_BODY) != end:
        raise _bad("the seal block of the page is damaged", where)
    return page[:start] + page[end:], page[start:end]


def sealed(page: bytes, block: bytes, *, where: str) -> bytes:
    """Return a page with its seal block, in place of an earlier one.

    Raises:
        EvidenceError: The page has no `</body>`, or an earlier block is damaged.
    """
    bare, _ = unsealed(page, where=where)
    at = bare.rfind(_BODY)
    if at < 0:
        raise _bad("the page has no end where a seal could stand", where)
    return bare[:at] + block + bare[at:]


def _compact(said: Mapping[str, object]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _bad(what: str, where: str) -> EvidenceError:
    return EvidenceError(what, where=where, fix="get the file again from where it came")
