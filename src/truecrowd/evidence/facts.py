"""Fields of the short statements: silence, clocks, anchors, holds, erasures, exports (docs/decisions/0009, section 3)."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from truecrowd.errors import EvidenceError
from truecrowd.evidence.notes import Checkpoint, Line
from truecrowd.evidence.statements import Statement, instant

ANCHORS: Final = ("rfc3161", "witness", "deposit")
HEARTBEAT_S: Final = 60
"""Silence after which a source is said to be silent and alive, seconds (a guess)."""
_MOST_PARTS: Final = 256
"""Segments named in one `shred` statement; more make another one."""


def heartbeat(source: str, silent_since_us: int) -> dict[str, Any]:
    """Return the fields of a `heartbeat`: the source is alive, nothing came since then."""
    return {"source": source, "silent_since": instant(silent_since_us)}


def clock(offset_us: int, offset_from: str, step_us: int = 0) -> dict[str, Any]:
    """Return the fields of a `clock`: how far ours is off, who says so, and by how much it was stepped."""
    return {"offset_us": offset_us, "offset_from": offset_from, "step_us": step_us}


def anchor(
    head: Checkpoint, kind: str, *, token: bytes | None = None, tsa: bytes | None = None,
    lines: Sequence[Line] = (), receipt: bytes | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the fields of an `anchor`: somebody else dated this checkpoint.

    Args:
        head: The checkpoint.
        kind: rfc3161, witness or deposit.
        token: Time stamp token, as it came.
        tsa: Certificate of who signed the token, DER.
        lines: Cosignatures of witnesses.
        receipt: Of a deposit.

    Raises:
        EvidenceError: There is no such kind, or nothing that belongs to it.
    """
    given = {"rfc3161": token, "witness": lines or None, "deposit": receipt}
    if given.get(kind) is None:
        what = f"an anchor of kind '{kind}' needs its {'/'.join(ANCHORS)} evidence"
        raise EvidenceError(what, where="anchor", fix="give the token, the lines or the receipt")
    return {
        "size": head.size, "checkpoint_sha256": _hash(head.text), "kind": kind, "token_sha256": _hash(token),
        "tsa_sha256": _hash(tsa), "lines": [str(line) for line in lines], "receipt_sha256": _hash(receipt),
    }  # fmt: skip


def hold(hold_id: str, action: str, rooms: Sequence[str] | None, why: str, approved_by: str) -> dict[str, Any]:
    """Return the fields of a `hold`; `rooms` None holds everything."""
    said = {"hold_id": hold_id, "action": action, "why": why, "approved_by": approved_by}
    return said | {"rooms": None if rooms is None else list(rooms)}


def shreds(
    request_id: str, what: str, segments: Sequence[Mapping[str, Any]], originals: Sequence[str], *,
    why: str, approved_by: str, class_: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the fields of as many `shred` statements as one erasure takes.

    Args:
        request_id: The same in all of them.
        what: records or class.
        segments: {root, records, groups} of each segment touched.
        originals: SHA-256 of the originals removed.
        why: The reason.
        approved_by: A role, never a name.
        class_: The class whose time is over.
    """
    parts = [segments[at : at + _MOST_PARTS] for at in range(0, len(segments), _MOST_PARTS)] or [[]]
    gone = [originals[at : at + _MOST_PARTS] for at in range(0, len(originals), _MOST_PARTS)] or [[]]
    n = max(len(parts), len(gone))
    return [
        {
            "request_id": request_id, "what": what, "class": class_, "why": why, "approved_by": approved_by,
            "segments": list(parts[at]) if at < len(parts) else [],
            "originals": list(gone[at]) if at < len(gone) else [], "part": at, "is_last": at == n - 1,
        }
        for at in range(n)
    ]  # fmt: skip


def redaction(case_id: str, commitments: Sequence[str], why: str) -> dict[str, Any]:
    """Return the fields of a `redaction`: these commitments are not opened in a case file."""
    return {"case_id": case_id, "commitments": list(commitments), "why": why}


def export(
    case_id: str, manifest: bytes, *, recipient_role: str, basis: str, profile: str, last_case_seq: int | None
) -> dict[str, Any]:
    """Return the fields of an `export`: this case file went to this role."""
    return {
        "case_id": case_id, "manifest_sha256": _hash(manifest), "recipient_role": recipient_role, "basis": basis,
        "profile": profile, "last_case_seq": last_case_seq,
    }  # fmt: skip


def held(said: Iterable[Statement]) -> dict[str, list[str] | None]:
    """Return the holds in force after some `hold` statements: by hold_id the rooms, None for everything."""
    found: dict[str, list[str] | None] = {}
    for one in said:
        if one["action"] == "place":
            found[one["hold_id"]] = one["rooms"]
        else:
            found.pop(one["hold_id"], None)
    return found


def _hash(body: bytes | None) -> str | None:
    return None if body is None else sha256(body).hexdigest()
