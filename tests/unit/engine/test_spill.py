import numpy as np
import pyarrow as pa
import pytest

from truecrowd.engine.spill import EventNames


@pytest.mark.parametrize("limit_bytes", [1, 1 << 30], ids=["in a file", "in memory"])
def test_ids_are_found_by_their_hash(limit_bytes: int):
    names = EventNames(limit_bytes)
    for start in (0, 100, 200):
        ids = [f"e{at}" for at in range(start, start + 100)]
        names.add(np.arange(start, start + 100, dtype=np.uint64), pa.array(ids))

    found = names.find(np.array([250, 7, 7], np.uint64))
    names.close()

    assert found == {7: "e7", 250: "e250"}


def test_of_two_ids_with_one_hash_the_first_by_text_is_named():
    names = EventNames(1 << 20)
    names.add(np.array([5, 5], np.uint64), pa.array(["b", "a"]))

    assert names.find(np.array([5], np.uint64)) == {5: "a"}
