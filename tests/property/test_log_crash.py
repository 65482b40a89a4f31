"""Whatever moment the power goes: nothing acknowledged is lost, no checkpoint contradicts another."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

RIG = Path(__file__).parents[1] / "fixtures" / "evidence" / "crash_rig.py"
IN_CI = 30


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    """30 kills in CI, 10,000 under `make soak`; the counts are printed."""
    n_kills = 10_000 if settings.get_current_profile_name() == "soak" else IN_CI

    run = subprocess.run(
        [sys.executable, RIG, tmp_path / "w", str(n_kills), "1"], capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    sys.stderr.write(f"{found}\n")
    assert found["kills"] == n_kills
    assert found["acknowledged"] > 0
    assert found["lost"] == 0
