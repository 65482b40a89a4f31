"""Keys of a log as its own statements tell them: added, rotated, revoked, each for checkpoints from one size on.

Sizes, not dates: clocks lie. The first entry of every log adds its first key (docs/decisions/0009, section 6).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from truecrowd.errors import EvidenceError
from truecrowd.evidence.notes import ED25519, Key, Line, b64, is_good, parse_vkey, unb64
from truecrowd.evidence.statements import Statement

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ACTIONS: Final = ("add", "rotate", "revoke", "compromise")
ROLES: Final = ("log", "export")
_FIELDS: Final = ("action", "role", "vkey", "old_vkey", "from_size", "signatures")


@dataclass(frozen=True, slots=True)
class Change:
    """What one `key` statement does.

    Args:
        origin: Of the log.
        action: add, rotate, revoke, compromise.
        role: log or export.
        key: The key it is about.
        old: The key that `key` takes the place of, None where there is none.
        from_size: Checkpoints of this size and more; the entry's index + 1.
    """

    origin: str
    action: str
    role: str
    key: Key
    old: Key | None
    from_size: int

    @property
    def message(self) -> bytes:
        """What is signed."""
        old = "-" if self.old is None else self.old.vkey
        lines = ("truecrowd-key/1", self.origin, self.action, self.role, self.key.vkey, old, self.from_size)
        return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys in force, folded from `key` statements.

    Args:
        log: (from_size, key) of every log key, in order.
        exports: Export keys that were added and not revoked.
        compromised: Log keys that may be in other hands; sizes before their successor's still count.
    """

    log: tuple[tuple[int, Key], ...] = ()
    exports: tuple[Key, ...] = ()
    compromised: tuple[Key, ...] = ()

    def at(self, size: int, *, where: str) -> Key:
        """Return the log key that signs a checkpoint of this size.

        Raises:
            EvidenceError: There is none yet.
        """
        found = [key for from_size, key in self.log if from_size <= size]
        if not found:
            raise _bad(f"no key signs checkpoints of size {size:,}", where)
        return found[-1]


def policy(keys: Keys) -> str:
    """Return a tlog-policy that trusts the log's keys but compromised ones, and asks for no witness."""
    trusted = dict.fromkeys(key.vkey for _, key in keys.log if key not in keys.compromised)
    return "".join(f"log {vkey}\n" for vkey in trusted) + "quorum none\n"


def key_fields(change: Change, signers: Sequence[tuple[Key, "Ed25519PrivateKey"]]) -> dict[str, Any]:
    """Return the fields of a `key` statement, signed by these in order: the key itself, the old one, the log's."""
    return {
        "action": change.action, "role": change.role, "vkey": change.key.vkey,
        "old_vkey": None if change.old is None else change.old.vkey, "from_size": change.from_size,
        "signatures": [{"vkey": key.vkey, "sig": b64(one.sign(change.message))} for key, one in signers],
    }  # fmt: skip


def folded(origin: str, said: Iterable[tuple[int, Statement]], *, where: str) -> Keys:
    """Return the keys in force after some entries.

    Args:
        origin: Of the log.
        said: (index, statement) of its `key` entries, in order; entries of other types are passed over.
        where: Named in errors.

    Raises:
        EvidenceError: A key statement is malformed, not signed by everyone who must, or out of order.
    """
    keys = Keys()
    for index, one in said:
        if one["type"] == "key":
            keys = _applied(
                keys, _change(origin, index, one, f"{where}, entry {index}"), one, f"{where}, entry {index}"
            )
    return keys


def _change(origin: str, index: int, said: Statement, where: str) -> Change:
    if any(name not in said for name in _FIELDS) or said["action"] not in ACTIONS or said["role"] not in ROLES:
        raise _bad("a key statement is malformed", where)
    if said["from_size"] != index + 1:
        raise _bad("a key statement names another size than its own", where)
    key = parse_vkey(str(said["vkey"]), where=where)
    old = None if said["old_vkey"] is None else parse_vkey(str(said["old_vkey"]), where=where)
    wanted = origin if said["role"] == "log" else f"{origin}/export"
    if any(one.name != wanted or one.kind != ED25519 for one in (key, *([old] if old else []))):
        raise _bad("a key has another name or type than its role asks for", where)
    return Change(origin, said["action"], said["role"], key, old, index + 1)


def _applied(keys: Keys, change: Change, said: Statement, where: str) -> Keys:
    signers = _signers(keys, change, where)
    given = said["signatures"]
    if not isinstance(given, list) or [one.get("vkey") for one in given if isinstance(one, dict)] != [
        key.vkey for key in signers
    ]:
        raise _bad("a key statement is not signed by everyone who must", where)
    for key, one in zip(signers, given, strict=True):
        line = Line(key.name, key.key_id, unb64(str(one.get("sig")), where=where))
        if not is_good(line, key, change.message):
            raise _bad(f"the signature of key {key.key_id.hex()} on a key statement is wrong", where)
    if change.role == "log":
        lost = (change.old,) if change.action == "compromise" and change.old else ()
        return Keys((*keys.log, (change.from_size, change.key)), keys.exports, (*keys.compromised, *lost))
    left = tuple(key for key in keys.exports if key != change.key and key != change.old)
    exports = left if change.action == "revoke" else (*left, change.key)
    return Keys(keys.log, exports, keys.compromised)


def _signers(keys: Keys, change: Change, where: str) -> list[Key]:
    """Return who must sign, in order."""
    newest = keys.log[-1][1] if keys.log else None
    is_known = any(key.public == change.key.public for key in (*keys.exports, *(key for _, key in keys.log)))
    if change.role == "log":
        is_first = change.action == "add" and newest is None and change.old is None
        is_next = change.action in ("rotate", "compromise") and newest is not None and change.old == newest
        if is_known or not (is_first or is_next):
            raise _bad("a log key is added out of order", where)
        return [change.key] if newest is None else [change.key, newest]
    if newest is None:
        raise _bad("an export key is added before the log's own", where)
    if change.action == "revoke":
        if change.key not in keys.exports or change.old is not None:
            raise _bad("a key is revoked that was never added", where)
        return [newest]
    is_add = change.action == "add" and change.old is None
    if is_known or not (is_add or (change.action in ("rotate", "compromise") and change.old in keys.exports)):
        raise _bad("an export key is added out of order", where)
    return [change.key, *([change.old] if change.old else []), newest]


def _bad(what: str, where: str) -> EvidenceError:
    return EvidenceError(what, where=where, fix="trust no later entry of this log until its keeper has explained it")
