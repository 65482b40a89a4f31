"""The 95 % intervals of the figures hold over invented worlds; scripts/figures_coverage.py prints the whole."""

import runpy
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "figures_coverage.py"


@pytest.mark.slow
def test_intervals_hold_over_many_worlds_and_alike_rooms_show_no_excess():
    script = runpy.run_path(str(SCRIPT))

    lines = list(script["coverage"](100, 3))

    held, half = (float(word) for word in lines[-1].split("world")[1].split()[0:3:2])
    assert held + half >= 0.95
    rng = np.random.default_rng(3)
    assert [script["_bound"](rng, rate, 0.0, 0.0) for rate in (0.05, 0.4, 0.9)] == [0.0, 0.0, 0.0]
    assert script["_bound"](rng, 0.2, 0.0, 0.3) > 0.0
