"""Lines fold alike in both languages, hash alike in any slicing, and pools are estimated from repeats."""

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.features.lines import folded, line_hashes, pool_size


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("质量很好，会再买！", "质量很好会再买"),
        ("Very GOOD quality", "very good  quality..."),
        ("１２３ 尺码", "123尺码"),
    ],
)
def test_the_same_words_fold_alike(one, other):
    texts = pa.array([one, other])

    assert len(set(folded(texts).to_pylist())) == 1
    assert len(set(line_hashes(texts, min_chars=1).tolist())) == 1


def test_short_lines_and_nulls_are_nothing():
    assert line_hashes(
        pa.array(["十二个字的一句话才算数呢", "十一个字的一句话不算数", None, "!!!"]), min_chars=12
    ).astype(bool).tolist() == [True, False, False, False]


def test_slices_do_not_change_a_hash():
    texts = pa.array([f"line number {k % 7}" for k in range(50)])
    whole = line_hashes(texts, min_chars=4)

    parts = [line_hashes(texts.slice(at, 9), min_chars=4) for at in range(0, 50, 9)]

    assert np.concatenate(parts).tolist() == whole.tolist()


def test_a_pool_is_estimated_from_a_sample():
    rng = np.random.default_rng(1)
    _, n_uses = np.unique(rng.integers(0, 2_000, 1_500), return_counts=True)

    assert len(n_uses) < 1_500 < pool_size(n_uses) <= 2_000  # a lower bound


def test_lines_all_different_leave_the_pool_open():
    assert pool_size(np.ones(100, np.int64)) == 100 + 100 * 99 / 2
