"""Work that measures itself counts its own process, or its child's, and not the reading before."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from truecrowd.bench import child, whole
from truecrowd.bench.events import synthetic


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A small file of events."""
    found = tmp_path / "events.parquet"
    pq.write_table(next(iter(synthetic(500))), found)
    return found


def test_what_work_says_of_itself_stands_in_its_turn(path: Path) -> None:
    spent = whole.Spent(1.5, 2.5, 3)

    found = child.turn((lambda _: spent, lambda _: None), path, is_compared=False)

    assert (found["cpu_s"], found["wall_s"], found["peak_bytes"]) == (1.5, 2.5, 3)


def test_all_detectors_take_some_time(path: Path) -> None:
    assert whole.detectors(path).cpu_s > 0


def test_an_audit_without_a_report_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="exit code 2"):
        whole.finished(tmp_path / "absent.parquet")
