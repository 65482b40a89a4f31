"""Lines as numbers: folded, hashed and measured over Arrow's buffers, no Python per row.

Equal for Chinese and English: nothing splits words.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.hashing import hash_strings

_KEY: Final = 0x6C696E65
"""Any constant: lines of two runs must hash alike for results to be compared."""


def folded(texts: pa.Array) -> pa.Array:
    """Return every text by its letters and digits alone, NFKC, lower case; null stays null.

    >>> folded(pa.array(["Ａ 1, 好！", None])).to_pylist()
    ['a1好', None]
    """
    plain = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    return pc.replace_substring_regex(plain, pattern=r"[^\pL\pN]+", replacement="")


def line_hashes(texts: pa.Array, *, min_chars: int) -> np.ndarray:
    """Return a 64-bit number for every line, the same for lines that fold alike.

    Args:
        texts: Shape (n,), text or null.
        min_chars: Fewest characters, folded, that make a line; shorter ones say nothing.

    Returns:
        Shape (n,), uint64; 0 for null and for what is shorter.

    >>> one, same, short = line_hashes(pa.array(["Good  quality!", "GOOD quality", "ok"]), min_chars=4).tolist()
    >>> one == same != 0, short
    (True, 0)
    """
    coded = texts.dictionary_encode()
    lines = folded(coded.dictionary)
    is_long = pc.greater_equal(pc.utf8_length(lines), min_chars)
    hashes = np.where(is_long.to_numpy(zero_copy_only=False), hash_strings(lines, _KEY), np.uint64(0))
    codes = pc.fill_null(coded.indices, len(hashes)).to_numpy(zero_copy_only=False)
    return np.asarray(np.append(hashes, np.uint64(0))[codes])


def pool_size(n_uses: np.ndarray) -> float:
    """Return how many different lines there are behind those seen, by how often each was used.

    Args:
        n_uses: Shape (k,), counts > 0, one for every different line.

    Returns:
        Chao's lower bound (bias-corrected), >= k.

    Source: Chao 1984; bias-corrected form of Chao 1987.

    >>> pool_size(np.array([1, 1, 1, 1, 2, 2]))
    8.0
    """
    once, twice = int((n_uses == 1).sum()), int((n_uses == 2).sum())
    return float(len(n_uses) + once * (once - 1) / (2 * (twice + 1)))
