"""The simulator is measured on files of its own, which are gone afterwards."""

from pathlib import Path

import pyarrow.parquet as pq

from truecrowd.bench.simulation import ROWS, Task, bound, played, runs
from truecrowd.bench.words import WORDS


def test_every_run_has_words_in_both_languages() -> None:
    assert all(name in text for name in ROWS for text in WORDS.values())


def test_the_bound_writes_as_many_rows_and_keeps_none(tmp_path: Path) -> None:
    n_events = played(tmp_path / "tiny-6000")
    before = sorted((tmp_path / "tiny-6000").iterdir())

    assert bound(tmp_path / "tiny-6000") == n_events
    assert pq.read_metadata(tmp_path / "tiny-6000/events.parquet").num_rows == n_events
    assert sorted((tmp_path / "tiny-6000").iterdir()) == before


def test_a_run_and_its_bound_speak_of_the_same_rows(tmp_path: Path) -> None:
    head, least = runs(tmp_path, (Task("head", 50_000),))

    assert [head.name, least.name] == ["simulate_head", "simulate_bound"]
    assert head.n_events == least.n_events > 40_000
    assert head.n_accounts == least.n_accounts > 8_000
    assert least.cpu_s > 0.0
    assert list(tmp_path.iterdir()) == []
