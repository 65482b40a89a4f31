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

from truecrowd.features.shares import divergence

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
        min_surprise: Least surprise that those in both cells are so many, nats: an account has hundreds of pairs.
        prior: Visitors that the even spread of arrivals over a room weighs as much as.
        opening_share: Share of regulars who may come within the first cell after a room opens, 0 to 1.
        habit_share: Share who may come at their own hour of the day, 0 to 1.
        habit_us: How far apart two times of day are still one habit, microseconds.
    """

    cells_us: tuple[int, ...]
    max_rooms: int
    min_company: int
    min_surprise: float
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
    rooms = _Rooms(came, opens, closes)
    keys = rooms.key(came.room[first], came.room[second])
    joint = _tally(keys, bounds.min_company)
    enough = joint.find(keys)[0]
    first, second = first[enough], second[enough]
    best = np.zeros(len(first))
    group, n = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
    halves = [(us, half * (us // 2)) for us in bounds.cells_us for half in (0, 1)] if len(first) else []
    grids = [_grid(came, us, offset, first, second, rooms) for us, offset in halves]
    forms = [(one, other) for one in grids for other in grids if one.us == other.us]
    for number, (one, other) in enumerate(forms):
        keys = one.cell[first] * len(other.n) + other.cell[second]
        tally = _tally(keys, bounds.min_company)
        nats = _surprise(tally, one, other, rooms, joint, bounds)
        rows, at = tally.find(keys)
        is_better = nats[at] > best[rows]
        rows, at = rows[is_better], at[is_better]
        best[rows], group[rows], n[rows] = nats[at], at * len(forms) + number, tally.n[at]
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
    width = int(came.host.max()) + 1
    hosts = _tally(owner * width + came.host).keys // width
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


_SIEVE: Final = 4_194_301
"""Size of the table that sorts out keys; a prime, so that regular keys spread."""


@dataclass(frozen=True, slots=True)
class _Tally:
    """How often each key occurs: keys sorted, each once."""

    keys: np.ndarray
    n: np.ndarray

    def of(self, keys: np.ndarray) -> np.ndarray:
        """Return how often these keys occur; all of them are there."""
        return np.asarray(self.n[np.searchsorted(self.keys, keys)])

    def find(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of those keys that are here, and their places."""
        may_be = np.zeros(_SIEVE, np.bool_)  # most keys are not here, and a small table says so of nearly all of them
        may_be[self.keys % _SIEVE] = True
        rows = np.flatnonzero(may_be[keys % _SIEVE])
        if not len(rows):
            return rows, rows
        at = np.minimum(np.searchsorted(self.keys, keys[rows]), len(self.keys) - 1)
        is_here = self.keys[at] == keys[rows]
        return rows[is_here], at[is_here]


def _tally(keys: np.ndarray, at_least: int = 1) -> _Tally:
    """Count keys; those that occur less often than `at_least` are left out."""
    ordered = np.sort(keys)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(keys) else np.empty(0, np.int64)
    n = np.diff(np.append(starts, len(keys)))
    return _Tally(ordered[starts[n >= at_least]], n[n >= at_least])


class _Rooms:
    """What is known of the rooms: when they are open, and by how many they are visited."""

    def __init__(self, came: Visits, opens: np.ndarray, closes: np.ndarray) -> None:
        self.opens, self.length = opens, np.maximum(closes - opens, 1)
        self.n_rooms = len(opens)
        self.n = np.bincount(came.room, minlength=self.n_rooms)

    def key(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Return one number for a room, or a cell, and another room."""
        return np.asarray(one.astype(np.int64) * self.n_rooms + other)


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells of one length at one offset.

    Args:
        us: Their length.
        cell: Shape (visits,), the cell of each.
        n, start, room: Shape (cells,), visitors, first microsecond, room.
        crossed: For the first and the second room of pairs: by cell and other room, who came in the cell and visited
            that room.
    """

    us: int
    cell: np.ndarray
    n: np.ndarray
    start: np.ndarray
    room: np.ndarray
    crossed: tuple[_Tally, _Tally]


def _grid(came: Visits, us: int, offset: int, first: np.ndarray, second: np.ndarray, rooms: _Rooms) -> _Grid:
    slot = (came.ts + offset) // us
    low = int(slot.min())
    span = int(slot.max()) - low + 1
    keys, cell, n = np.unique(came.room.astype(np.int64) * span + (slot - low), return_inverse=True, return_counts=True)
    crossed = (
        _tally(rooms.key(cell[first], came.room[second])), _tally(rooms.key(cell[second], came.room[first]))
    )  # fmt: skip
    return _Grid(us, cell, n, (keys % span + low) * us - offset, keys // span, crossed)


def _surprise(
    tally: _Tally, one: _Grid, other: _Grid, rooms: _Rooms, joint: _Tally, bounds: Bounds
) -> np.ndarray:  # fmt: skip
    """Return by pair of cells the nats of the weaker direction; 0 or less where chance among many pairs explains it."""
    grids, cells = (one, other), (tally.keys // len(other.n), tally.keys % len(other.n))
    at = [grid.room[cell] for grid, cell in zip(grids, cells, strict=True)]
    both = joint.of(rooms.key(at[0], at[1]))
    is_habit = _is_habit(one.start[cells[0]], other.start[cells[1]], bounds)
    crossed = [grids[k].crossed[k].of(rooms.key(cells[k], at[1 - k])) for k in (0, 1)]
    nats, shares = [], []
    for here, there in ((0, 1), (1, 0)):
        grid, cell, room = grids[here], cells[here], at[here]
        even = np.minimum(grid.us / rooms.length[room], 1.0)
        usual = (grid.n[cell] - crossed[here] + bounds.prior * even) / (rooms.n[room] - both + bounds.prior)
        is_opening = grid.start[cell] < rooms.opens[room] + grid.us
        usual = np.where(is_opening, np.maximum(usual, bounds.opening_share), usual)
        usual = np.minimum(np.where(is_habit, np.maximum(usual, bounds.habit_share), usual), 1.0)
        shares.append(usual)
        nats.append(np.log(np.maximum(lower_share(tally.n, crossed[there]), 1e-9) / usual))
    by_chance = np.minimum(shares[0] * shares[1], 1 - 1e-9)
    is_seldom = both * divergence(tally.n / both, by_chance) >= bounds.min_surprise
    return np.asarray(np.where(is_seldom, np.minimum(nats[0], nats[1]), 0.0))


def _is_habit(start: np.ndarray, other: np.ndarray, bounds: Bounds) -> np.ndarray:
    apart = np.abs(start - other)
    of_day = apart % DAY_US
    return np.asarray((apart > DAY_US // 2) & (np.minimum(of_day, DAY_US - of_day) < bounds.habit_us))
