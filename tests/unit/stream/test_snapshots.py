"""Snapshots: arrays come back as they were, damage is found, waste is bounded, a full disk costs nothing."""

import errno
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from truecrowd.errors import InputError
from truecrowd.stored import Growing, taken, whole
from truecrowd.stream.names import Names
from truecrowd.stream.segments import Segments

ROWS = np.dtype([("room", "i4"), ("tail", "i8", (4,)), ("e", "f8", (3, 4))])


def records(n: int) -> np.ndarray:
    out = np.zeros(n, ROWS)
    out["room"], out["tail"], out["e"] = np.arange(n), 7, 0.1
    return out


def test_every_kind_of_piece_comes_back_as_it_was(tmp_path: Path) -> None:
    grown = Growing(np.int64)
    grown.extend(np.arange(5_000))
    words = [pa.record_batch([pa.array(["a", "直播间", None])], names=["word"])]
    pieces = {"small": np.array([1.5]), "records": [records(3), records(0)], "grown": grown, "words": words}

    loaded = Segments(tmp_path).load(Segments(tmp_path).write(pieces))

    assert loaded["small"][0].tolist() == [1.5]
    assert [part.tobytes() for part in loaded["records"]] == [records(3).tobytes(), b""]
    assert loaded["records"][0].dtype == ROWS
    assert loaded["grown"][0].tolist() == list(range(5_000))
    assert loaded["words"][0].equals(words[0])


def test_only_what_is_new_is_written(tmp_path: Path) -> None:
    segments, grown, parts = Segments(tmp_path), Growing(np.int64), [np.arange(100_000)]
    grown.extend(np.arange(100_000))
    segments.write({"grown": grown, "parts": parts})
    grown.extend(np.arange(10))
    places = segments.write({"grown": grown, "parts": [*parts, np.arange(10)]})

    assert (tmp_path / "segment-000000002").stat().st_size == 160
    assert np.concatenate(Segments(tmp_path).load(places)["grown"]).tolist() == [*range(100_000), *range(10)]


def test_dropped_rows_are_written_anew(tmp_path: Path) -> None:
    segments, grown = Segments(tmp_path), Growing(np.int64)
    grown.extend(np.arange(10))
    segments.write({"grown": grown})
    grown.replace(np.arange(3))

    assert np.concatenate(segments.load(segments.write({"grown": grown}))["grown"]).tolist() == [0, 1, 2]


def test_segments_do_not_fill_the_disk(tmp_path: Path) -> None:
    segments, lasting = Segments(tmp_path), []
    for at in range(200):
        lasting.append(np.full(10, at))
        places = segments.write({"lasting": [*lasting], "passing": [np.arange(1_000)]})
        segments.keep(places)

    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 8 * (2_000 + 1_000) * 3
    assert len(list(tmp_path.iterdir())) < 100
    assert np.concatenate(Segments(tmp_path).load(places)["lasting"]).tolist() == np.repeat(np.arange(200), 10).tolist()


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    places = Segments(tmp_path).write({"parts": [records(50)]})
    path = next(tmp_path.iterdir())
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)

    with pytest.raises(InputError, match="missing or damaged"):
        Segments(tmp_path).load(places)


def test_a_full_disk_leaves_the_snapshot_before_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segments, parts = Segments(tmp_path), [records(5)]
    places = segments.write({"parts": parts})

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"):
            segments.write({"parts": [*parts, records(7)]})

    assert [len(part) for part in Segments(tmp_path).load(places)["parts"]] == [5]
    assert [len(part) for part in segments.load(segments.write({"parts": [*parts, records(7)]}))["parts"]] == [5, 7]


def test_names_behind_the_last_snapshot_are_cut_and_read_again(tmp_path: Path) -> None:
    names = Names(tmp_path / "names")
    names.add(np.array([1, 2], np.uint64), pa.array(["a", "b"]))
    names.take()
    length = names.flush()
    names.add(np.array([3], np.uint64), pa.array(["c"]))
    names.take()
    names.flush()
    names.close()

    again = Names(tmp_path / "names")
    again.cut(length)
    again.add(np.array([3], np.uint64), pa.array(["C"]))

    found = again.find(np.array([1, 3, 9], np.uint64))
    again.close()

    assert found == {1: "a", 3: "C"}


def test_damage_in_an_array_that_is_only_mapped_is_found_by_the_check(tmp_path: Path) -> None:
    places = Segments(tmp_path).write({"parts": [np.arange(1 << 18)]})
    path = next(tmp_path.iterdir())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    segments = Segments(tmp_path)

    loaded = segments.load(places)

    assert isinstance(loaded["parts"][0], np.memmap)
    with pytest.raises(InputError, match="missing or damaged"):
        segments.check()


def test_what_is_taken_for_a_snapshot_is_not_touched_by_what_comes_afterwards(tmp_path: Path) -> None:
    grown, small, parts = Growing(np.int64), np.zeros(3), [records(1)]
    grown.extend(np.arange(3))
    pieces = taken({"grown": grown, "small": small, "parts": parts})
    grown.extend(np.arange(5_000))
    small[:] = 1
    parts.append(records(2))

    loaded = Segments(tmp_path).load(Segments(tmp_path).write(pieces))

    assert whole(loaded, "grown", np.int64).tolist() == [0, 1, 2]
    assert loaded["small"][0].tolist() == [0, 0, 0]
    assert len(loaded["parts"]) == 1
