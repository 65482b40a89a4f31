"""How fine a room's clock is, and which of its types the source delivers only in part.

Both are measured on counts per second, which merge in any order. Below the clock's grain nothing is tested; of a type
that is delivered in part neither rates nor gaps are (detectors.md 6: "estimate the clock's grain", "saturation test
first").
"""

from typing import Final

import numpy as np

from truecrowd.features.view import NULL
from truecrowd.schema import EVENT_TYPES, TS_KINDS

SECOND_US: Final = 1_000_000

GRAIN_BY_KIND: Final[dict[str, int]] = {
    "server": 0, "capture": 2 * SECOND_US, "video_offset": 0, "minute": 60 * SECOND_US, "bound": NULL,
}  # fmt: skip
"""Least grain a kind of time stamp can have, microseconds (ingest.md 3); `bound` has none: nothing is tested."""

STEPS_US: Final = np.array([1, 1_000, 10_000, 100_000, SECOND_US, 10 * SECOND_US, 60 * SECOND_US])
"""Clock steps that recorders use, microseconds; the coarsest one that divides all times is the clock's."""

MIN_TIMES: Final = 5
"""Fewest events of a type before a step is inferred from them: one event on a whole minute says nothing. Guess."""

BATCH_US: Final = 10_000
"""Three or more events of one second inside this span came as one batch; ticks of 10 ms held 93.5 % of the comments
of one recorded top room (detectors.md 6)."""
MIN_BATCHES: Final = 20
"""Fewest seconds with three or more events before batching is judged. Guess."""
BATCHED_SHARE: Final = 0.5
"""Share of those seconds that are one batch before the recorder is said to batch. Guess: plain rooms show none."""
BATCH_GRAIN_US: Final = 2 * SECOND_US
"""Grain of a recorder that batches, microseconds: ingest.md's default for capture clocks."""

CELLS_S: Final = (1, 10)
"""Lengths of the cells whose counts are looked at for a flat ceiling, seconds."""
MIN_EVENTS: Final = 300
"""Fewest events of a type before a ceiling is judged. Guess."""
MIN_CEILING: Final = 3
"""Lowest ceiling that can be told from chance, events per cell. Guess: a quiet room's commonest count is 1 or 2."""
CEILING_SHARE: Final = 0.25
"""Share of filled cells at exactly the ceiling before a type is said to be capped. A Poisson stream of mean 3 to 100
puts under 2 % of its cells at its own maximum."""


def clock_grain(kinds: np.ndarray, seconds: np.ndarray, n_rooms: int) -> np.ndarray:
    """Return the grain of every room and type.

    Args:
        kinds: Merged `KINDS_DTYPE` records.
        seconds: Merged `SECONDS_DTYPE` records.
        n_rooms: Number of rooms.

    Returns:
        Shape (n_rooms, types), int64 microseconds >= 0; NULL where times are bounds only.
    """
    grain = np.zeros((n_rooms, len(EVENT_TYPES)), np.int64)
    divides = (kinds["tick"][:, None] % STEPS_US == 0) & (kinds["n"] >= MIN_TIMES)[:, None]
    step = np.where(divides, STEPS_US, 1).max(axis=1, initial=1)
    least = np.array([GRAIN_BY_KIND[name] for name in TS_KINDS], np.int64)[kinds["ts_kind"]]
    own = np.where(least == NULL, NULL, np.maximum(step, least))
    grain[kinds["room_id"], kinds["event_type"]] = own
    return np.where((grain != NULL) & _is_batched(seconds, n_rooms), np.maximum(grain, BATCH_GRAIN_US), grain)


def _is_batched(seconds: np.ndarray, n_rooms: int) -> np.ndarray:
    busy = seconds[seconds["n"] >= MIN_CEILING]
    n_busy = np.zeros((n_rooms, len(EVENT_TYPES)), np.int64)
    n_batches = n_busy.copy()
    at = (busy["room_id"], busy["event_type"])
    np.add.at(n_busy, at, 1)
    np.add.at(n_batches, at, (busy["last"] - busy["first"] <= BATCH_US).astype(np.int64))
    return (n_busy >= MIN_BATCHES) & (n_batches >= BATCHED_SHARE * n_busy)


def is_saturated(seconds: np.ndarray, n_rooms: int) -> np.ndarray:
    """Say which types of which rooms stop at a flat ceiling, as a source does that delivers only so many a second.

    Args:
        seconds: Merged `SECONDS_DTYPE` records.
        n_rooms: Number of rooms.

    Returns:
        Shape (n_rooms, types), bool.
    """
    out = np.zeros((n_rooms, len(EVENT_TYPES)), np.bool_)
    for cell_s in CELLS_S:
        out |= _has_ceiling(seconds, n_rooms, cell_s)
    return out


def _has_ceiling(seconds: np.ndarray, n_rooms: int, cell_s: int) -> np.ndarray:
    n_types = len(EVENT_TYPES)
    group = seconds["room_id"].astype(np.int64) * n_types + seconds["event_type"]
    cell = seconds["second"] // cell_s
    is_start = np.ones(len(seconds), np.bool_)  # seconds are sorted by room, type, second
    is_start[1:] = (group[1:] != group[:-1]) | (cell[1:] != cell[:-1])
    starts = np.flatnonzero(is_start)
    counts = np.add.reduceat(seconds["n"], starts) if len(starts) else seconds["n"]
    owner = group[starts]
    size = n_rooms * n_types
    ceiling = np.zeros(size, np.int64)
    np.maximum.at(ceiling, owner, counts)
    n_cells = np.bincount(owner, minlength=size)
    n_at = np.bincount(owner, weights=counts == ceiling[owner], minlength=size)
    n_events = np.bincount(owner, weights=counts, minlength=size)
    capped = (
        (n_events >= MIN_EVENTS) & (ceiling >= MIN_CEILING) & (n_at >= CEILING_SHARE * n_cells) & (n_at >= MIN_BATCHES)
    )
    return np.asarray(capped).reshape(n_rooms, n_types)
