"""Merkle trees of RFC 6962, section 2.1: roots, inclusion and consistency, made and checked.

A complete subtree of 2**level leaves is found through `Hashes`, so the same code serves leaves in memory and tiles on disk.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from truecrowd.errors import EvidenceError

SIZE: Final = 32
"""Bytes of a SHA-256."""
EMPTY: Final = sha256(b"").digest()
"""Root of a tree without leaves."""

Hashes = Callable[[int, int], bytes]
"""(level, index) -> root of leaves [index * 2**level, (index + 1) * 2**level), all of which exist."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def next_level(hashes: bytes) -> bytes:
    """Return the level above: 32 bytes for each two hashes, an odd last one carried up unchanged."""
    even = len(hashes) // 64 * 64
    parents = [sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, even, 64)]
    return b"".join(parents) + hashes[even:]


def root_of(leaves: bytes) -> bytes:
    """Return the root over leaf hashes.

    Args:
        leaves: Leaf hashes joined, 32 bytes each.
    """
    if not leaves:
        return EMPTY
    while len(leaves) > SIZE:
        leaves = next_level(leaves)
    return leaves


def levels_of(leaves: bytes) -> Hashes:
    """Return the subtrees of leaf hashes in memory; complete ones only."""
    levels = [leaves]
    while len(levels[-1]) >= 2 * SIZE:
        below = levels[-1]
        levels.append(next_level(below[: len(below) // 64 * 64]))

    def hashes(level: int, index: int) -> bytes:
        return levels[level][index * SIZE : (index + 1) * SIZE]

    return hashes


def range_root(hashes: Hashes, start: int, end: int) -> bytes:
    """Return the root over leaves [start, end), `start` a multiple of the range's largest power of two.

    Args:
        hashes: Complete subtrees.
        start: First leaf, >= 0.
        end: One past the last leaf, >= start.
    """
    if start == end:
        return EMPTY
    pieces = []
    while start < end:
        level = (end - start).bit_length() - 1
        pieces.append(hashes(level, start >> level))
        start += 1 << level
    root = pieces.pop()
    while pieces:
        root = node_hash(pieces.pop(), root)
    return root


def inclusion(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """Return the path of one leaf, from its sibling up to the root's child (RFC 6962, 2.1.1).

    Args:
        hashes: Complete subtrees of the tree.
        index: 0 <= index < size.
        size: Leaves of the tree.
    """
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(hashes, middle, end))
            end = middle
        else:
            path.append(range_root(hashes, start, middle))
            start = middle
    return path[::-1]


def consistency(hashes: Hashes, old: int, size: int) -> list[bytes]:
    """Return the proof that the first `old` leaves are a prefix of the tree (RFC 6962, 2.1.2).

    Args:
        hashes: Complete subtrees of the tree of `size` leaves.
        old: 0 <= old <= size.
        size: Leaves of the tree.

    Returns:
        Hashes, in the RFC's order; none where `old` is 0 or `size`.
    """
    if old in (0, size):
        return []
    proof = []
    start, end, is_whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(range_root(hashes, middle, end))
            end = middle
        else:
            proof.append(range_root(hashes, start, middle))
            start, is_whole = middle, False
    if not is_whole:
        proof.append(range_root(hashes, start, end))
    return proof[::-1]


def _split(size: int) -> int:
    """Return the largest power of two below `size`, >= 2."""
    return 1 << (size - 1).bit_length() - 1


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], *, where: str) -> bytes:
    """Return the root that a leaf and its path give.

    Raises:
        EvidenceError: The path has another length than this place in a tree of this size has.
    """
    if not 0 <= index < size:
        raise _bad(f"index {index:,} is outside a tree of {size:,}", where)
    root, last, at = leaf, size - 1, index
    steps = iter(path)
    for step in steps:
        if last == 0:
            raise _bad(f"the path of entry {index:,} is too long", where)
        if at & 1 or at == last:
            root = node_hash(step, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, step)
        at, last = at >> 1, last >> 1
    if last:
        raise _bad(f"the path of entry {index:,} is too short", where)
    return root


def check_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes], *, where: str) -> None:
    """Check that a tree of `size` leaves begins with the tree of `old` leaves.

    Raises:
        EvidenceError: It does not, or the proof has another length than these sizes have.
    """
    if not 0 <= old <= size:
        raise _bad(f"a tree of {size:,} cannot begin with one of {old:,}", where)
    if old in (0, size):
        _same(not proof, f"the proof from {old:,} to {size:,} must be empty", where)
        wanted = EMPTY if old == 0 else root
        _same(old_root == wanted, f"the root at size {old:,} differs", where)
        return
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    steps = list(proof) if at else [old_root, *proof]
    _same(bool(steps), "the consistency proof is too short", where)
    seen = new = steps[0]
    for step in steps[1:]:
        _same(last != 0, "the consistency proof is too long", where)
        if at & 1 or at == last:
            seen, new = node_hash(step, seen), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    _same(last == 0, "the consistency proof is too short", where)
    _same(seen == old_root and new == root, f"the tree of {size:,} does not begin with the one of {old:,}", where)


def _same(is_so: bool, what: str, where: str) -> None:  # noqa: FBT001  a predicate
    if not is_so:
        raise _bad(what, where)


def _bad(what: str, where: str) -> EvidenceError:
    return EvidenceError(
        what, where=where, fix="ask for the proof again; if it stays, keep both versions: one was changed"
    )
