"""The bench checks a case file in a process of its own, and says whether it was proven."""

from pathlib import Path

from truecrowd.bench.verifying import measured
from truecrowd.bench.words import WORDS


def test_a_case_file_of_whole_segments_is_checked_alone(tmp_path: Path) -> None:
    found = measured(tmp_path, 3_000)

    assert found.is_proven
    assert (found.n_records, found.n_bytes > 3_000 * 100, list(tmp_path.iterdir())) == (3_000, True, [])
    assert all(f"{found.n_records:,}" in found.lines(text)[0] for text in WORDS.values())
