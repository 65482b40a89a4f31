"""Salts of one segment: what opens its commitments, and what is left of a record whose values are gone.

Format: docs/decisions/0009, section 5. Erasing is made by leaving salts out; the commitments stay, so every root stays.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from truecrowd.errors import EvidenceError
from truecrowd.evidence.records import MOST, SALT, fields
from truecrowd.evidence.tree import SIZE

_MAGIC: Final = b"truecrowd-salts/1\n"
_WRAPPED: Final = b"truecrowd-wrapped/1 "
_NONCE: Final = 12
_MOST_GROUPS: Final = 16

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Group:
    """Salts and commitments of one group.

    Args:
        is_closed: Shape (n,): the commitment alone is kept.
        salts: Shape (n, 16), uint8; zeros where there is none.
        commitments: Shape (n, 32), uint8; zeros where it can be made from salt and values.
    """

    is_closed: Flags
    salts: npt.NDArray[np.uint8]
    commitments: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Salts:
    """What is kept beside the rows of one segment.

    Args:
        is_gone: Shape (n,): the leaf hash alone is kept.
        leaves: Shape (n, 32), uint8; zeros where the leaf can be made from the row.
        groups: By name, in order.
    """

    is_gone: Flags
    leaves: npt.NDArray[np.uint8]
    groups: Mapping[str, Group]

    @property
    def n(self) -> int:
        """Records of the segment."""
        return len(self.is_gone)


def flags(rows: Sequence[bool]) -> Flags:
    """Return truth values as an array."""
    return np.array(rows, bool)


def fresh(n: int, salts: Mapping[str, bytes]) -> Salts:
    """Return the salts of a new segment; by group 16 bytes a row, joined."""
    groups = {
        name: Group(np.zeros(n, bool), _grid(salts[name], SALT), np.zeros((n, SIZE), np.uint8))
        for name in sorted(salts)
    }
    return Salts(np.zeros(n, bool), np.zeros((n, SIZE), np.uint8), groups)


def derived(rows: pa.Table, table: str, groups: Sequence[str], key: bytes) -> dict[str, bytes]:
    """Return salts of a table's rows that the same rows under the same key give again."""
    head = f"truecrowd-table-salt/1 {table}\n".encode()
    found: dict[str, list[bytes]] = {name: [] for name in groups}
    for at, body in enumerate(fields(rows, rows.column_names).to_pylist()):
        for name, made in found.items():
            message = head + at.to_bytes(4, "big") + name.encode() + b"\0" + body
            made.append(hmac.digest(key, message, "sha256")[:SALT])
    return {name: b"".join(made) for name, made in found.items()}


def close(salts: Salts, name: str, rows: Flags, commitments: bytes) -> Salts:
    """Return the salts without those of some rows of one group; their commitments take the place.

    Args:
        salts: Of the segment.
        name: The group.
        rows: Shape (n,): which rows.
        commitments: Of every row of the segment, 32 bytes each, joined.
    """
    group = salts.groups[name]
    rows = rows & ~group.is_closed & ~salts.is_gone
    made = np.where(rows[:, None], _grid(commitments, SIZE), group.commitments)
    kept = np.where(rows[:, None], np.uint8(0), group.salts)
    return replace(salts, groups={**salts.groups, name: Group(group.is_closed | rows, kept, made)})


def drop(salts: Salts, rows: Flags, leaves: bytes) -> Salts:
    """Return the salts with the leaf hash alone for some rows; `leaves` of every row, joined."""
    is_gone = salts.is_gone | rows
    gone = is_gone[:, None]
    groups = {
        name: Group(
            one.is_closed & ~is_gone,
            np.where(gone, np.uint8(0), one.salts),
            np.where(gone, np.uint8(0), one.commitments),
        )
        for name, one in salts.groups.items()
    }
    return Salts(is_gone, np.where(rows[:, None], _grid(leaves, SIZE), salts.leaves), groups)


def packed(salts: Salts) -> bytes:
    """Return the plain form."""
    parts = [_MAGIC, salts.n.to_bytes(4, "big"), len(salts.groups).to_bytes(1, "big"), _bits(salts.is_gone)]
    parts.append(salts.leaves[salts.is_gone].tobytes())
    for _, one in sorted(salts.groups.items()):
        is_open = ~one.is_closed & ~salts.is_gone
        parts += [_bits(one.is_closed), one.salts[is_open].tobytes(), one.commitments[one.is_closed].tobytes()]
    return b"".join(parts)


def unpacked(body: bytes, groups: Sequence[str], *, where: str) -> Salts:
    """Read the plain form.

    Args:
        body: The bytes.
        groups: Names of the segment's groups.
        where: Named in errors.

    Raises:
        EvidenceError: It is malformed.
    """
    at = len(_MAGIC) + 5
    n = int.from_bytes(body[len(_MAGIC) : at - 1], "big")
    if len(body) < at or body[: len(_MAGIC)] != _MAGIC or n > MOST or body[at - 1] != len(groups) <= _MOST_GROUPS:
        raise _bad("the salts are malformed", where)
    reader = _Reader(body, at, n, where)
    is_gone = reader.flags()
    leaves = reader.rows(is_gone, SIZE)
    found = {}
    for name in sorted(groups):
        is_closed = reader.flags()
        if (is_closed & is_gone).any():
            raise _bad("the salts are malformed", where)
        salts = reader.rows(~is_closed & ~is_gone, SALT)
        found[name] = Group(is_closed, salts, reader.rows(is_closed, SIZE))
    reader.end()
    return Salts(is_gone, leaves, found)


class _Reader:
    """Takes bitmaps and fixed rows off a body."""

    def __init__(self, body: bytes, at: int, n: int, where: str) -> None:
        self._body, self._at, self._n, self._where = body, at, n, where

    def _take(self, size: int) -> npt.NDArray[np.uint8]:
        end = self._at + size
        if end > len(self._body):
            raise _bad("the salts end early", self._where)
        taken = np.frombuffer(self._body, np.uint8, size, self._at)
        self._at = end
        return taken

    def flags(self) -> Flags:
        bits: Flags = np.unpackbits(self._take(-(-self._n // 8)), bitorder="little").astype(bool)
        if bits[self._n :].any():
            raise _bad("the salts are malformed", self._where)
        return bits[: self._n]

    def rows(self, which: Flags, width: int) -> npt.NDArray[np.uint8]:
        made = np.zeros((self._n, width), np.uint8)
        made[which] = self._take(int(which.sum()) * width).reshape(-1, width)
        return made

    def end(self) -> None:
        if self._at != len(self._body):
            raise _bad("bytes follow the salts", self._where)


def key_id(key: bytes) -> str:
    """Return the name of a secret key: 16 hex digits that tell nothing of it."""
    return sha256(b"truecrowd key id\n" + key).hexdigest()[:16]


def wrapped(plain: bytes, root: bytes, key: bytes, nonce: bytes) -> bytes:
    """Return the stored form.

    Args:
        plain: From `packed`.
        root: Of the segment.
        key: 32 bytes.
        nonce: 12 bytes, never used twice under one key.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head = _head(root, key)
    return head + nonce + AESGCM(key).encrypt(nonce, plain, head)


def unwrapped(body: bytes, root: bytes, keys: Mapping[str, bytes], *, where: str) -> bytes:
    """Return the plain form of what `wrapped` made.

    Args:
        body: The stored form.
        root: Of the segment.
        keys: By `key_id`.
        where: Named in errors.

    Raises:
        EvidenceError: It was changed, belongs to another segment, or its key is not there any more.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    name = body[len(_WRAPPED) : len(_WRAPPED) + 16].decode("ascii", "replace")
    key = keys.get(name)
    if key is None:
        what = "the key of these salts is not in the key folder"
        raise EvidenceError(what, where=where, fix="use the key folder this log was made with")
    head = _head(root, key)
    try:
        if body[: len(head)] != head:
            raise InvalidTag
        rest = body[len(head) :]
        return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], head)
    except (InvalidTag, ValueError) as error:
        raise _bad("the salts were changed, or belong to another segment", where) from error


def _head(root: bytes, key: bytes) -> bytes:
    return _WRAPPED + f"{key_id(key)} {root.hex()}\n".encode()


def _grid(data: bytes, width: int) -> npt.NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8).reshape(-1, width)


def _bits(flags: Flags) -> bytes:
    return np.packbits(flags, bitorder="little").tobytes()


def _bad(what: str, where: str) -> EvidenceError:
    return EvidenceError(what, where=where, fix="restore the log folder from a copy; do not repair it")
