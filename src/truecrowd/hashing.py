"""64-bit keyed hashes of string columns, by words of 8 bytes over Arrow's buffers; no Python per row.

Not a cryptographic hash: whoever knows the key can make two strings collide. Where a collision would cost something,
the caller compares the strings themselves (`ingest/duplicates.py`).
"""

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

U64 = npt.NDArray[np.uint64]

_P1: Final = np.uint64(0x9E3779B97F4A7C15)
"""Golden ratio, 64 bits (Knuth, TAOCP 3, 6.4)."""
_P2: Final = np.uint64(0xBF58476D1CE4E5B9)
_P3: Final = np.uint64(0x94D049BB133111EB)
"""Multipliers of splitmix64 (Steele, Lea, Flood 2014), constants of Stafford's variant 13."""
_LONG: Final = 512
"""Strings above this many bytes are hashed one by one with BLAKE2b: their number is bounded by the bytes they take."""
_MASK: Final = (1 << 64) - 1


def hash_strings(array: pa.Array | pa.ChunkedArray, key: int) -> U64:
    """Return a keyed 64-bit hash of every string.

    Args:
        array: Strings, large strings, bytes, or a dictionary of them. Equal strings hash alike in each of these types.
        key: Any int; its low 64 bits count.

    Returns:
        Shape (n,), same order; 0 for null, never 0 for a string.

    >>> a, b, none, again = hash_strings(pa.array(["u1", "u2", None, "u1"]), key=7).tolist()
    >>> a == again != b, none
    (True, 0)
    """
    if isinstance(array, pa.ChunkedArray):
        parts = [hash_strings(chunk, key) for chunk in array.chunks]
        return np.concatenate(parts) if parts else np.empty(0, np.uint64)
    if pa.types.is_dictionary(array.type):
        return _by_code(array, key)
    if pa.types.is_null(array.type):
        return np.zeros(len(array), np.uint64)
    if array.type not in (pa.string(), pa.large_string(), pa.binary()):
        array = array.cast(pa.large_string())
    return _hash(array, key & _MASK)


def _by_code(array: pa.DictionaryArray, key: int) -> U64:
    words: U64 = np.append(hash_strings(array.dictionary, key), np.uint64(0))
    codes = array.indices.cast(pa.int64()).fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
    hashes: U64 = words[codes]
    return hashes


def _hash(array: pa.Array, key: int) -> U64:
    n = len(array)
    if n == 0:
        return np.empty(0, np.uint64)
    _, offsets, data = array.buffers()
    kind = np.int64 if pa.types.is_large_string(array.type) else np.int32
    bounds = np.frombuffer(offsets, kind)[array.offset : array.offset + n + 1].astype(np.int64)
    starts, lengths = bounds[:-1], np.diff(bounds)
    first, last = int(bounds[0]), int(bounds[-1])
    body = np.zeros(last - first + 8, np.uint8)
    if last > first:
        body[: last - first] = np.frombuffer(data, np.uint8)[first:last]
    state = lengths.astype(np.uint64) * _P1 ^ np.uint64(key)
    _add_words(state, body, starts - first, lengths)
    for at in np.flatnonzero(lengths > _LONG):
        start = int(starts[at]) - first
        digest = hashlib.blake2b(body[start : start + int(lengths[at])].tobytes(), digest_size=8, key=key.to_bytes(8))
        state[at] = int.from_bytes(digest.digest(), "little")
    state = _mixed(state)
    state[state == 0] = _P1
    if array.null_count:
        state[array.is_null().to_numpy(zero_copy_only=False)] = 0
    return state


def _add_words(
    state: U64, body: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> None:
    """Fold the words of all strings up to `_LONG` bytes into `state`, the last one cut to the string's own bytes."""
    words = np.ndarray((len(body) - 7,), "<u8", buffer=body.data, strides=(1,))
    short = lengths <= _LONG
    most = int(lengths[short].max(initial=0))
    rows: npt.NDArray[np.int64] | slice = slice(None) if short.all() else np.flatnonzero(short)
    for at in range(0, most, 8):
        left = lengths[rows] - at
        if at and (left <= 0).any():
            rows = np.flatnonzero(short & (lengths > at))
            left = lengths[rows] - at
        word = words[np.minimum(starts[rows] + at, len(words) - 1)]
        unused = np.clip(8 - left, 0, 7).astype(np.uint64) * np.uint64(8)
        word = np.where(left > 0, (word << unused) >> unused, np.uint64(0))
        state[rows] = _stirred(state[rows], word)


def _stirred(state: U64, word: U64) -> U64:
    state = (state ^ word) * _P2
    return state ^ (state >> np.uint64(29))


def _mixed(state: U64) -> U64:
    """Return the finishing steps of splitmix64."""
    state = (state ^ (state >> np.uint64(30))) * _P2
    state = (state ^ (state >> np.uint64(27))) * _P3
    return state ^ (state >> np.uint64(31))
