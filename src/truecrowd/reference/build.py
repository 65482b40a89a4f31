"""Make a reference from rooms, which may hold dirty ones."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from truecrowd.reference.reference import STRATA, Reference, Sketch, named, stratum_of

EXACT: Final = 200
"""Highest scores of a stratum that are kept one by one: what p-values below 200 / N rest on."""
COARSE: Final = 100
"""Quantiles kept of the rest."""
EDGE_ROOMS: Final = 100
"""Fewest people of a room for its share of a cell to count on its own."""
TOLERATED: Final = 0.02
"""Rooms at watch, as a share, that a clean set of rooms may have by chance. Guess."""
LEAST_EDGE: Final = 0.02
"""Least edge taken from simulated rooms: that none of them has a cell does not say that no honest room has. Guess."""
ALIKE: Final = 2.0
"""Ratio of the edges of two simulated worlds up to which they count as alike. Guess."""
EDGE_MISS: Final = 0.001
"""Part of honest rooms whose share of one cell may lie above its edge; some ten cells together: 1 in 100."""


def build(
    columns: Mapping[str, np.ndarray], size: np.ndarray, edges: Mapping[str, float],
    made: Mapping[str, Any], *, word: str, is_simulated: bool,
) -> Reference:  # fmt: skip
    """Return the reference of these rooms.

    Args:
        columns: By feature, shape (rooms,), the rooms' scores; NaN where it was not looked.
        size: Shape (rooms,), viewers.
        edges: As `edges_of` returns them.
        made: What it is made of.
        word: First part of its name.
        is_simulated: Whether the rooms are simulated.
    """
    stratum = stratum_of(size)
    scores = {}
    for feature, column in columns.items():
        known = ~np.isnan(column)
        parts = {name: column[known & (stratum == place)] for place, name in enumerate(STRATA[:-1])}
        parts["all"] = column[known]
        scores[feature] = {name: _sketch(part) for name, part in parts.items() if len(part)}
    return named(word, made, scores, edges, n_rooms=len(size), is_simulated=is_simulated)


def of_honest(nats: np.ndarray, watch_nats: float) -> np.ndarray:
    """Return shape (rooms,), bool: rooms to build a reference of: dirty ones must not teach what honest is.

    Rooms that would be at watch are left out, and as many again of the next ones below: where dirt is common, some of
    it hides just below the bar.

    Args:
        nats: Shape (rooms,), what was seen of each room without a prior.
        watch_nats: From where a room is at watch.
    """
    keep = nats < watch_nats
    share = 1.0 - float(keep.mean()) if len(keep) else 0.0
    if keep.any() and share > TOLERATED:
        keep &= nats <= np.quantile(nats[keep], max(1.0 - share, 0.5))
    return np.asarray(keep)


def edges_of(cells: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Return by cell the share of a room's people that honest rooms hardly ever exceed; cells without rooms are absent.

    Args:
        cells: By "<detector>/<cell>", counts k and n, shape (rooms,) each; n = 0 where nothing was counted.
    """
    return {name: edge for name, (k, n) in cells.items() if (edge := _edge(k, n)) is not None}


def shared_edges(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """Return the edges that hold in two worlds: the wider of both, where they are alike.

    What differs by more than `ALIKE` is a habit of one world (how many accounts are young), not of honest crowds, and
    no bound can rest on it. Alarms bet against the wider one all the same: they can only come late by it.

    Args:
        one: Edges of one world.
        other: Edges of the other.
    """
    out = {}
    for name in one.keys() & other.keys():
        low, high = sorted((max(one[name], LEAST_EDGE), max(other[name], LEAST_EDGE)))
        if high <= ALIKE * low or name.startswith("alarm/"):
            out[name] = high
    return out


def _sketch(values: np.ndarray) -> Sketch:
    ascending = np.sort(np.round(values, 6))
    n = len(ascending)
    rest = ascending[: max(n - EXACT, 0)]
    coarse = np.quantile(rest, np.linspace(0, 1, COARSE), method="higher") if len(rest) else rest
    kept = np.unique(np.concatenate([coarse, ascending[max(n - EXACT, 0) :]]))
    return Sketch(n, kept, n - np.searchsorted(ascending, kept, side="left"))


def _edge(k: np.ndarray, n: np.ndarray) -> float | None:
    """Return the share of a cell that all but `EDGE_MISS` of these rooms stay below; None without rooms."""
    counts = n >= EDGE_ROOMS
    if not counts.any():
        return None
    share = k[counts] / n[counts]
    return round(float(np.quantile(share, 1.0 - EDGE_MISS, method="higher")), 6)
