"""Opaque ids and independent random streams, both from one keyed hash.

An id is eight bytes of SHAKE-256 over (world, seed, kind): it says nothing about class, order or room, and the n-th id of a
key is the same however many are drawn.
"""

import hashlib

import numpy as np
import pyarrow as pa

from truecrowd.simulate.kinds import U64, Bool

_HEX_DIGITS = 16


def numbers(key: str, n: int) -> U64:
    """Return the first `n` ids of a key.

    Args:
        key: World, seed, kind and pool, e.g. ``develop/0/account/room-1``.
        n: How many, >= 0.

    Returns:
        Shape (n,), uint64. A clash among a million ids has odds of 1 in 37 million.

    >>> (numbers("a", 3)[:2] == numbers("a", 2)).all()
    np.True_
    """
    return np.frombuffer(hashlib.shake_256(key.encode()).digest(8 * n), dtype=">u8").astype(np.uint64)


def text(values: U64) -> pa.Array:
    """Return ids as 16 hexadecimal digits each, a string array of the same length.

    >>> text(np.array([255], dtype=np.uint64)).to_pylist()
    ['00000000000000ff']
    """
    digits = values.astype(">u8").tobytes().hex().encode()
    offsets = np.arange(len(values) + 1, dtype=np.int32) * _HEX_DIGITS
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(digits))


def spread(values: U64, is_known: Bool) -> pa.Array:
    """Return the ids one after the other where `is_known`, null elsewhere.

    >>> spread(np.array([255], dtype=np.uint64), np.array([False, True])).to_pylist()
    [None, '00000000000000ff']
    """
    digits = values.astype(">u8").tobytes().hex().encode()
    offsets = np.zeros(len(is_known) + 1, np.int32)
    np.cumsum(is_known * _HEX_DIGITS, out=offsets[1:], dtype=np.int32)
    valid = np.packbits(is_known, bitorder="little")
    n_null = int(len(is_known) - is_known.sum())
    buffers = pa.py_buffer(offsets), pa.py_buffer(digits), pa.py_buffer(valid) if n_null else None
    return pa.StringArray.from_buffers(len(is_known), *buffers, n_null)


def hashed(values: U64, kind: str) -> U64:
    """Return a keyed hash of each number; equal ones stay equal, and kinds share nothing."""
    mixed = values ^ numbers(f"hash/{kind}", 1)[0]
    for factor in (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)):  # splitmix64
        mixed = (mixed ^ (mixed >> np.uint64(30))) * factor
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def one(key: str) -> str:
    """Return a single id of a key as text."""
    return str(text(numbers(key, 1))[0].as_py())


def generator(key: str) -> np.random.Generator:
    """Return a random stream of its own for a key; no two keys share one."""
    return np.random.default_rng([int(word) for word in numbers(f"stream/{key}", 4)])
