"""Keyed hashes of string columns: equal strings hash alike however they are stored, others do not."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truecrowd.hashing import hash_strings

WORDS = [
    "",
    "a",
    "u1",
    "12345678",
    "123456789",
    "é" * 9,
    "x" * 511,
    "x" * 512,
    "x" * 513,
    "x" * 5_000,
    "a\x00",
    "a\x00\x00",
]


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(), pa.large_string())]
)
def test_how_a_string_is_stored_does_not_matter(kind: pa.DataType) -> None:
    plain = pa.array([*WORDS, None, "u1"])

    assert hash_strings(plain.cast(kind), 7).tolist() == hash_strings(plain, 7).tolist()


def test_chunks_and_slices_do_not_matter() -> None:
    whole = hash_strings(pa.array(WORDS), 7)

    assert hash_strings(pa.chunked_array([WORDS[:3], [], WORDS[3:]], pa.string()), 7).tolist() == whole.tolist()
    assert hash_strings(pa.array(WORDS)[4:9], 7).tolist() == whole[4:9].tolist()


def test_different_strings_hash_apart() -> None:
    assert len(set(hash_strings(pa.array(WORDS), 7).tolist())) == len(WORDS)


def test_null_is_zero_and_no_string_is() -> None:
    assert hash_strings(pa.array([None, "", "a"]), 0).tolist()[0] == 0
    assert 0 not in hash_strings(pa.array(["", "a"]), 0).tolist()
    assert hash_strings(pa.nulls(2), 7).tolist() == [0, 0]
    assert hash_strings(pa.array([], pa.string()), 7).tolist() == []
    assert hash_strings(pa.chunked_array([], pa.string()), 7).tolist() == []


def test_another_key_gives_other_hashes() -> None:
    one, two = hash_strings(pa.array(WORDS), 1), hash_strings(pa.array(WORDS), 2)

    assert not (one == two).any()
    assert (hash_strings(pa.array(WORDS), 1 + (1 << 64)) == one).all()


def test_hashes_of_near_ids_spread_over_all_bits() -> None:
    hashes = hash_strings(pa.array([f"u{at:06}" for at in range(20_000)]), 7)

    shares = [float(((hashes >> np.uint64(bit)) & np.uint64(1)).mean()) for bit in range(64)]
    assert len(set(hashes.tolist())) == 20_000
    assert max(abs(share - 0.5) for share in shares) < 0.02


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=30))
def test_order_does_not_matter(words: list[str | None]) -> None:
    shuffled = random.Random(1).sample(words, len(words))

    by_word = dict(zip(words, hash_strings(pa.array(words, pa.string()), 7).tolist(), strict=True))
    again = dict(zip(shuffled, hash_strings(pa.array(shuffled, pa.string()), 7).tolist(), strict=True))
    assert by_word == again


def test_bytes_and_numbers_hash_as_their_text() -> None:
    assert (
        hash_strings(pa.array([b"u1", b"12"], pa.binary()), 7).tolist()
        == hash_strings(pa.array(["u1", "12"]), 7).tolist()
    )
    assert hash_strings(pa.array([12]), 7).tolist() == hash_strings(pa.array(["12"]), 7).tolist()
