"""A witness: cosigns a log's checkpoint where it continues the last one it cosigned (C2SP tlog-witness, 2026-07-06).

Pure: what it knew, a request and the time give an answer and what it knows afterwards. Who calls it keeps the new
state before the answer leaves, with no other request in between (`log.Witness`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from truecrowd.errors import ConfigError, EvidenceError
from truecrowd.evidence.notes import Checkpoint, Key, Line, cosign, is_by, is_good, parse_checkpoint, parse_note
from truecrowd.evidence.proofs import parse_consistency
from truecrowd.evidence.tree import EMPTY, check_consistency

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MOST_REQUEST: Final = 1 << 17
"""Longest request read, bytes: 64 hashes and a checkpoint with 64 lines are below 20 kB."""
SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, and what must be kept first.

    Args:
        status: 200, or 400, 403, 404, 409, 422.
        body: Signature line, or the size known, or why not.
        content_type: Of the body.
        newest: Checkpoint to keep before answering; None: nothing changes.
        is_proof: The refused request carries the log's valid signature and is kept: it may show a second history.
    """

    status: int
    body: bytes
    content_type: str = TEXT_TYPE
    newest: Checkpoint | None = None
    is_proof: bool = False


def check_apart(name: str, private: "Ed25519PrivateKey", logs: Mapping[str, tuple[Key, ...]]) -> None:
    """Refuse a witness whose key is a log's, under whatever name.

    Raises:
        ConfigError: It is, or two logs share a key.
    """
    own = private.public_key().public_bytes_raw()
    keys = [key.public for found in logs.values() for key in found]
    if own in keys:
        what = "the witness has the key of a log: nobody can be a witness of himself"
        raise ConfigError(what, where=f"witness {name}", fix="make a key of its own for the witness")
    if len(set(keys)) != len(keys):
        raise ConfigError("one key stands for two logs", where=f"witness {name}", fix="give each log its own key")


def add_checkpoint(
    request: bytes,
    *,
    name: str,
    private: "Ed25519PrivateKey",
    logs: Mapping[str, tuple[Key, ...]],
    known: Mapping[str, Checkpoint],
    now_s: int,
) -> Answer:
    """Answer one `add-checkpoint` request.

    Args:
        request: Body of the request.
        name: Of the witness.
        private: Its key.
        logs: By origin, the keys it trusts.
        known: By origin, the last checkpoint it cosigned.
        now_s: POSIX seconds.
    """
    try:
        old, proof, text, lines, head = _read(request)
    except EvidenceError as error:
        return _refused(400, error.what)
    if head.origin not in logs:
        return _refused(404, "unknown origin")
    ours = [(line, key) for line in lines for key in logs[head.origin] if is_by(line, key)]
    if not ours or not all(is_good(line, key, text) for line, key in ours):
        return _refused(403, "no valid signature of the log")
    last = known.get(head.origin, Checkpoint(head.origin, 0, EMPTY))
    if old > head.size:
        return _refused(400, "old size is larger than the checkpoint", is_proof=True)
    if old != last.size:
        return Answer(409, f"{last.size}\n".encode(), SIZE_TYPE, is_proof=True)
    try:
        check_consistency(old, last.root, head.size, head.root, proof, where=head.origin)
        if head.size == 0 and head.root != EMPTY:
            raise EvidenceError("an empty tree has another root", where=head.origin, fix="")
    except EvidenceError as error:
        return _refused(422, error.what, is_proof=True)
    line = cosign(text, private, name, now_s)
    return Answer(200, f"{line}\n".encode(), newest=head)


def _read(request: bytes) -> tuple[int, list[bytes], bytes, list[Line], Checkpoint]:
    if len(request) > MOST_REQUEST:
        raise EvidenceError("the request is too long", where="request", fix="")
    head, gap, rest = request.partition(b"\n\n")
    if not gap:
        raise EvidenceError("the request has no checkpoint", where="request", fix="")
    old, proof = parse_consistency(head + b"\n", where="request")
    text, lines = parse_note(rest, where="request")
    return old, proof, text, lines, parse_checkpoint(text, where="request")


def _refused(status: int, why: str, *, is_proof: bool = False) -> Answer:
    return Answer(status, f"{why}\n".encode(), is_proof=is_proof)
