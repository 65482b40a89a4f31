"""Sealing is measured on a real log; what is missed is said."""

from dataclasses import replace
from pathlib import Path

from truecrowd.bench import sealing
from truecrowd.bench.words import WORDS


def test_both_append_every_record_and_leave_nothing_behind(tmp_path: Path) -> None:
    found = sealing.measured(tmp_path, n_records=3_000, n_turns=1)

    assert list(tmp_path.iterdir()) == []
    assert 48 < found.overhead < sealing.OVERHEAD
    assert found.ratio == found.rate / found.plain_rate


def test_a_missed_target_is_said_in_both_languages() -> None:
    good = sealing.Sealing(1, 1, rate=90_000, cpu_rate=1, plain_rate=1, commit_s=1, overhead=50, overhead_full=49)
    bad = replace(good, rate=70_000, overhead=61)

    for lang, text in WORDS.items():
        assert [text["missed"] in line for line in good.lines(text)] == [False, False], lang
        assert [text["missed"] in line for line in bad.lines(text)] == [True, True], lang
