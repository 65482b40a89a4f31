"""Who keeps meeting whom: the same accounts in the same ten minutes at one host after another.

Two cells (one room, ten minutes) of different hosts are held together: of the accounts that came to the first in its
ten minutes and visited the second room at all, how many came in *its* ten minutes too, against the share of that
room's other visitors who did? Both directions must surprise, so neither a popular hour, nor a crowd that moves on from
one host to the next, nor common taste links anybody. Counting pairs of cells instead of pairs of accounts keeps the
work bounded by what accounts do, whatever the size of a cell: a crowd of 20,000 costs no more than 20,000 people.
Source: co-arrival on distinct targets after SynchroTrap (CCS 2014) and CopyCatch (WWW 2013), counted by group and with
the density that popularity explains subtracted (D-Cube, WSDM 2017).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

DAY_US: Final = 86_400_000_000
SIGMAS: Final = 2.0
"""How far off the share that is seen, in standard deviations, the share that is believed lies."""
EXTENDED: Final = 0.5
"""What meeting at two hosts counts where the company meets at three (detectors.md 4: two may only extend). Guess."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is a meeting, and what honest visitors may do.

    Args:
        cells_us: Lengths of cells, microseconds, shortest first; each stands at two offsets, so nobody can hide on an
            edge.
        max_rooms: Most rooms of one account that are held together; later ones are left out.
        min_company: Fewest accounts in both cells, itself too.
        prior: Visitors that the even spread of arrivals over a room weighs as much as.
        opening_share: Share of regulars who may come within the first cell after a room opens, 0 to 1.
        habit_share: Share who may come at their own hour of the day, 0 to 1.
        habit_us: How far apart two times of day are still one habit, microseconds.
    """

    cells_us: tuple[int, ...]
    max_rooms: int
    min_company: int
    prior: float
    opening_share: float
    habit_share: float
    habit_us: int


@dataclass(frozen=True, slots=True)
class Visits:
    """One row per room and account, sorted by account, then time, then room.

    Args:
        account, room, host: Shape (n,), codes.
        ts: Shape (n,), int64 microseconds, when the account came.
    """

    account: np.ndarray
    room: np.ndarray
    host: np.ndarray
    ts: np.ndarray

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True, slots=True)
class Meetings:
    """Pairs of visits of one account at two hosts, in the two cells that surprise most.

    Args:
        first, second: Shape (m,), row numbers of `Visits`; each pair stands once.
        nats: Shape (m,), float64 >= 0, how far the lower bound of the company kept exceeds what is usual.
        group: Shape (m,), int64, number of the pair of cells; accounts of one pair of cells share it.
        n: Shape (m,), int64, accounts in both cells.
        n_skipped: Accounts with more rooms than are held together.
    """

    first: np.ndarray
    second: np.ndarray
    nats: np.ndarray
    group: np.ndarray
    n: np.ndarray
    n_skipped: int


def visits(room: np.ndarray, account: np.ndarray, host: np.ndarray, ts: np.ndarray) -> Visits:
    """Return the visits in their order; codes >= 0, room and account together at most once, times in microseconds."""
    order = np.lexsort((room, ts, account))
    return Visits(account[order], room[order], host[order], ts[order])


def lower_share(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return the lower bound of a share of which `k` of `n` were seen (Wilson), 0 where n is 0.

    >>> lower_share(np.array([0, 4, 40]), np.array([4, 4, 40])).round(3).tolist()
    [0.0, 0.5, 0.909]
    """
    n = np.maximum(n, 1)
    share, z2 = k / n, SIGMAS**2
    middle = share + z2 / (2 * n)
    half = SIGMAS * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return np.asarray(np.maximum(middle - half, 0.0) / (1 + z2 / n))


def meetings(came: Visits, opens: np.ndarray, closes: np.ndarray, bounds: Bounds, *, min_hosts: int = 2) -> Meetings:
    """Return the surprising meetings of accounts that were at `min_hosts` hosts or more.

    Args:
        came: All visits; those of other accounts are the company that makes a cell usual.
        opens: Shape (rooms,), int64 microseconds.
        closes: Shape (rooms,), int64 microseconds.
        bounds: See `Bounds`.
        min_hosts: Fewest hosts of an account that is held together at all, >= 2.
    """
    first, second, n_skipped = _pairs(came, bounds.max_rooms, min_hosts)
    best = np.zeros(len(first))
    group, n = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
    if len(first):
        sizes = _Sizes(came, opens, closes, first, second)
        grids = [[_cells(came, half * (us // 2), us) for half in (0, 1)] for us in bounds.cells_us]
        forms = [(one, other) for two in grids for one in two for other in two]
        for number, (one, other) in enumerate(forms):
            nats, key, together = sizes.surprise(one, other, bounds)
            is_better = nats > best
            best = np.where(is_better, nats, best)
            group = np.where(is_better, key * len(forms) + number, group)
            n = np.where(is_better, together, n)
    keep = best > 0
    return Meetings(first[keep], second[keep], best[keep], group[keep], n[keep], n_skipped)


def company(came: Visits, met: Meetings, min_company: int) -> tuple[np.ndarray, np.ndarray]:
    """Return by visit the evidence of all other hosts but the strongest, and how many hosts it rests on.

    Where an account meets at two hosts only, it counts in part if enough of that company meet at three or more.

    Args:
        came: The visits.
        met: Their meetings.
        min_company: Fewest others of the company that meet at three hosts or more.

    Returns:
        Shape (n,) float64 nats >= 0; shape (n,) int64, hosts met, its own too, 0 where there is none.
    """
    visit = np.concatenate([met.first, met.second])
    host = came.host[np.concatenate([met.second, met.first])].astype(np.int64)
    nats, group = np.concatenate([met.nats, met.nats]), np.concatenate([met.group, met.group])
    order = np.lexsort((group, -nats, host, visit))
    visit, host, nats, group = visit[order], host[order], nats[order], group[order]
    is_first = np.ones(len(visit), np.bool_)
    is_first[1:] = (visit[1:] != visit[:-1]) | (host[1:] != host[:-1])
    starts = np.flatnonzero(is_first)
    nats = np.add.reduceat(nats, starts) if len(starts) else nats
    visit, host, group = visit[starts], host[starts], group[starts]  # the most surprising room of each other host
    nats = nats / _rooms_at(came, visit, host)
    total, most = np.zeros(len(came)), np.zeros(len(came))
    np.add.at(total, visit, nats)
    np.maximum.at(most, visit, nats)
    n_others = np.bincount(visit, minlength=len(came))
    _, place = np.unique(group, return_inverse=True)
    is_core = (n_others >= 2)[visit]
    n_core = np.bincount(place[is_core], minlength=int(place.max(initial=-1)) + 1)[place] // 2  # both its visits count
    extended = np.zeros(len(came))
    np.maximum.at(extended, visit, np.where(n_core >= min_company, EXTENDED * nats, 0.0))
    score = np.where(n_others >= 2, total - most, extended)
    return score, np.where(n_others > 0, n_others + 1, 0)


def _rooms_at(came: Visits, visit: np.ndarray, host: np.ndarray) -> np.ndarray:
    """Return in how many rooms of a host the account of a visit was: regulars meet now and then, crews each time."""
    width = int(came.host.max(initial=0)) + 1
    keys, n = np.unique(came.account.astype(np.int64) * width + came.host, return_counts=True)
    return np.asarray(n[np.searchsorted(keys, came.account[visit].astype(np.int64) * width + host)])


def _pairs(came: Visits, max_rooms: int, min_hosts: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return row numbers of two visits of one account at different hosts, the lower room code first."""
    if not len(came):
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    starts = np.flatnonzero(np.append(True, came.account[1:] != came.account[:-1]))
    sizes = np.diff(np.append(starts, len(came)))
    owner = np.repeat(np.arange(len(starts)), sizes)
    hosts = np.unique(owner * (int(came.host.max()) + 1) + came.host) // (int(came.host.max()) + 1)
    is_kept = (np.bincount(hosts, minlength=len(starts)) >= min_hosts)[owner]
    place = np.arange(len(came)) - np.repeat(starts, sizes)
    is_kept &= place < max_rooms
    rows, place, owner = np.flatnonzero(is_kept), place[is_kept], owner[is_kept]
    first = np.repeat(rows, place)
    back = np.arange(len(first)) - np.repeat(np.cumsum(place) - place, place)
    second = np.repeat(rows - place, place) + back
    differs = came.host[first] != came.host[second]
    first, second = first[differs], second[differs]
    is_swapped = came.room[first] > came.room[second]
    low, high = np.where(is_swapped, second, first), np.where(is_swapped, first, second)
    return low, high, int((sizes > max_rooms).sum())


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells of one length at one offset: by visit its cell, by cell its visitors and its start."""

    us: int
    cell: np.ndarray
    n: np.ndarray
    start: np.ndarray


def _cells(came: Visits, offset_us: int, cell_us: int) -> _Grid:
    slot = (came.ts + offset_us) // cell_us
    low = int(slot.min())
    span = int(slot.max()) - low + 1
    keys, cell, n = np.unique(came.room.astype(np.int64) * span + (slot - low), return_inverse=True, return_counts=True)
    return _Grid(cell_us, cell, n, (keys % span + low) * cell_us - offset_us)


class _Sizes:
    """What pairs of visits have in common, whatever the offset of their cells."""

    def __init__(
        self, came: Visits, opens: np.ndarray, closes: np.ndarray, first: np.ndarray, second: np.ndarray
    ) -> None:
        self._rooms = [came.room[first].astype(np.int64), came.room[second].astype(np.int64)]
        self._rows = [first, second]
        n_rooms = len(opens)
        in_room = np.bincount(came.room, minlength=n_rooms)
        _, self._joint = _counted(self._rooms[0] * n_rooms + self._rooms[1])
        self._others = [in_room[room] - self._joint for room in self._rooms]
        self._opens, self._n_rooms = opens, n_rooms
        self._length = np.maximum(closes - opens, 1)

    def surprise(self, one: _Grid, other: _Grid, bounds: Bounds) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return by pair of visits: nats (the weaker direction, may be negative), the pair of cells, who is in both."""
        cells = [grid.cell[rows] for grid, rows in zip((one, other), self._rows, strict=True)]
        group, together = _counted(cells[0] * len(other.n) + cells[1])
        starts = [one.start[cells[0]], other.start[cells[1]]]
        is_habit = self._is_habit(starts, bounds)
        nats = np.full(len(together), np.inf)
        for here, there, grid in ((0, 1, one), (1, 0, other)):
            _, crossed = _counted(cells[here] * self._n_rooms + self._rooms[there])
            usual = self._usual(here, grid, cells[here], crossed, is_habit, bounds)
            _, came_too = _counted(cells[there] * self._n_rooms + self._rooms[here])
            nats = np.minimum(nats, np.log(np.maximum(lower_share(together, came_too), 1e-9) / usual))
        return np.where(together >= bounds.min_company, nats, 0.0), group, together

    def _usual(
        self, here: int, grid: _Grid, cell: np.ndarray, crossed: np.ndarray, is_habit: np.ndarray, bounds: Bounds
    ) -> np.ndarray:
        """Return which share of a room's visitors may come in this cell; those of the other room are left out."""
        room = self._rooms[here]
        even = np.minimum(grid.us / self._length[room], 1.0)
        share = (grid.n[cell] - crossed + bounds.prior * even) / (self._others[here] + bounds.prior)
        is_opening = grid.start[cell] < self._opens[room] + grid.us
        share = np.where(is_opening, np.maximum(share, bounds.opening_share), share)
        return np.asarray(np.minimum(np.where(is_habit, np.maximum(share, bounds.habit_share), share), 1.0))

    @staticmethod
    def _is_habit(starts: list[np.ndarray], bounds: Bounds) -> np.ndarray:
        apart = np.abs(starts[0] - starts[1])
        of_day = apart % DAY_US
        return np.asarray((apart > DAY_US // 2) & (np.minimum(of_day, DAY_US - of_day) < bounds.habit_us))


def _counted(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by row the number of its key in order, and how many rows share it."""
    _, place, n = np.unique(keys, return_inverse=True, return_counts=True)
    return place, n[place]
