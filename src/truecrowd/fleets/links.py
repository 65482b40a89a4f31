"""Which accounts keep standing out together: at two hosts or more, in the same rooms, for the same jobs."""

from dataclasses import dataclass

import numpy as np

from truecrowd.fleets.signs import Signs


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of crowds of different hosts that are the same people.

    A crowd is the accounts that stand out in one room for one job; its number is in `crowd`.

    Args:
        crowd: Shape (n,), int64, by row of `Signs`.
        first, second: Shape (m,), int64, linked crowds, each pair once, the lower number first.
        n: Shape (m,), int64, accounts that both have.
        account: Shape (k,), accounts in such a pair of crowds, one row per account and pair.
        pair: Shape (k,), place of the pair in `first`.
    """

    crowd: np.ndarray
    first: np.ndarray
    second: np.ndarray
    n: np.ndarray
    account: np.ndarray
    pair: np.ndarray


def linked(signs: Signs, people: np.ndarray, host: np.ndarray, *, min_shared: int, min_share: float) -> Links:
    """Link crowds where those who came to both rooms stand out in both.

    Args:
        signs: Who stands out where.
        people: `Facts.accounts`.
        host: Shape (rooms,), host of every room.
        min_shared: Fewest accounts that two crowds share.
        min_share: Least share of the smaller crowd's visitors of the other room that are in the other crowd too: taste
            brings people to both rooms, but it does not make them stand out in both.
    """
    n_jobs = int(signs.job.max(initial=0)) + 1
    keys, crowd = np.unique(signs.room.astype(np.int64) * n_jobs + signs.job, return_inverse=True)
    room_of = keys // n_jobs
    first, second = _pairs(signs.account, signs.host, crowd)
    width = len(keys) + 1
    codes, pair, n = np.unique(crowd[first] * width + crowd[second], return_inverse=True, return_counts=True)
    one, other = codes // width, codes % width
    there = _visitors(signs, crowd, people, host)
    crossed = np.minimum(there(one, room_of[other]), there(other, room_of[one]))
    is_linked = (n >= min_shared) & (n >= min_share * crossed)
    number = np.cumsum(is_linked) - 1
    keep = is_linked[pair] if len(pair) else np.empty(0, np.bool_)
    return Links(
        crowd, one[is_linked], other[is_linked], n[is_linked], signs.account[first[keep]], number[pair[keep]]
    )  # fmt: skip


def _pairs(account: np.ndarray, host: np.ndarray, crowd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers of two signs of one account at different hosts, the lower crowd first."""
    if not len(account):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = np.flatnonzero(np.append(True, account[1:] != account[:-1]))
    sizes = np.diff(np.append(starts, len(account)))
    place = np.arange(len(account)) - np.repeat(starts, sizes)
    first = np.repeat(np.arange(len(account)), place)
    back = np.arange(len(first)) - np.repeat(np.cumsum(place) - place, place)
    second = np.repeat(np.arange(len(account)) - place, place) + back
    differs = host[first] != host[second]
    first, second = first[differs], second[differs]
    is_swapped = crowd[first] > crowd[second]
    return np.where(is_swapped, second, first), np.where(is_swapped, first, second)


class _Visitors:
    """How many accounts of a crowd visited a room."""

    def __init__(self, keys: np.ndarray, n: np.ndarray, width: int) -> None:
        self._keys, self._n, self._width = keys, n, width

    def __call__(self, crowd: np.ndarray, room: np.ndarray) -> np.ndarray:
        wanted = crowd * self._width + room
        at = np.minimum(np.searchsorted(self._keys, wanted), max(len(self._keys) - 1, 0))
        return self._n[at] if len(self._keys) else np.zeros(len(wanted), np.int64)


def _visitors(signs: Signs, crowd: np.ndarray, people: np.ndarray, host: np.ndarray) -> _Visitors:
    width = len(host) + 1
    accounts = np.unique(signs.account)
    seen = people[np.isin(people["account_id"], accounts)]
    order = np.argsort(seen["account_id"], kind="stable")
    account, room = seen["account_id"][order], seen["room_id"][order].astype(np.int64)
    start, end = np.searchsorted(account, signs.account), np.searchsorted(account, signs.account, side="right")
    n_rooms = end - start
    rows = np.repeat(np.arange(len(signs)), n_rooms)
    at = np.arange(len(rows)) - np.repeat(np.cumsum(n_rooms) - n_rooms, n_rooms) + np.repeat(start, n_rooms)
    keys, n = np.unique(crowd[rows] * width + room[at], return_counts=True)
    return _Visitors(keys, n, width)


def components(n: int, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return for each of `n` things the lowest number it is connected to.

    >>> components(4, np.array([0, 2]), np.array([2, 3])).tolist()
    [0, 1, 0, 0]
    """
    label = np.arange(n)
    while True:
        before = label.copy()
        low = np.minimum(label[one], label[other])
        np.minimum.at(label, one, low)
        np.minimum.at(label, other, low)
        label = label[label]
        if np.array_equal(label, before):
            return label


def crews(
    links: Links, *, min_likeness: float, max_patterns: int, min_seeds: int, min_lead: float
) -> tuple[np.ndarray, np.ndarray]:
    """Group linked accounts that were in the same crowds, so that two operators in one crowd stay apart.

    First those that share three crowds and most of theirs. An account with two crowds goes to the crew it meets in
    both, if there is one; accounts that meet no crew there are grouped by two crowds; where several crews work in the
    same two rooms, two crowds do not say to which an account belongs.

    Args:
        links: See `linked`.
        min_likeness: Least Jaccard index of two accounts' crowds that makes them one crew, by themselves or through
            others.
        max_patterns: Most sets of crowds that are compared for one pair of crowds, those with most accounts first.
        min_seeds: Fewest accounts of a crew.
        min_lead: Least share that one crew has of those who are met, to be joined.

    Returns:
        Shape (k,), accounts, sorted; shape (k,), number of the crew, -1 where it is not clear.
    """
    accounts, place = np.unique(links.account, return_inverse=True)
    crew = _alike_accounts(links, place, len(accounts), min_likeness, max_patterns, 3)
    size = np.bincount(crew[crew >= 0], minlength=len(accounts) + 1)
    crew = np.where(size[crew] >= min_seeds, crew, -1)
    met, is_open = _met(links, place, crew, min_lead)
    crew = np.where(crew >= 0, crew, met)
    is_rest = (is_open & (crew < 0))[place]
    rest = Links(
        links.crowd, links.first, links.second, links.n, links.account[is_rest], links.pair[is_rest]
    )  # fmt: skip
    others = _alike_accounts(rest, place[is_rest], len(accounts), min_likeness, max_patterns, 2)
    return accounts, np.where((crew < 0) & (others >= 0), others + len(accounts), crew)


def _met(links: Links, place: np.ndarray, crew: np.ndarray, min_lead: float) -> tuple[np.ndarray, np.ndarray]:
    """Return by account the crew it meets in its pairs of crowds, -1 if none explains it; and whether none is likely.

    Of a crew that is in many crowds few accounts are in two only; where there are more, they are of another crew.
    """
    n, width = len(crew), len(crew) + 1
    n_pairs = np.bincount(place, minlength=n)
    n_crowds = (1 + np.sqrt(1 + 8 * n_pairs)) / 2
    is_known = crew[place] >= 0
    seldom = unseen(crew[crew >= 0], n_crowds[crew >= 0] - 2, width)
    known, n_known = np.unique(links.pair[is_known] * width + crew[place[is_known]], return_counts=True)
    expected = n_known * seldom[known % width]
    starts, ends = np.searchsorted(known, links.pair * width), np.searchsorted(known, (links.pair + 1) * width)
    n_there = np.where(is_known, 0, ends - starts)
    row = np.repeat(np.arange(len(links.pair)), n_there)
    at = np.arange(len(row)) - np.repeat(np.cumsum(n_there) - n_there, n_there) + np.repeat(starts, n_there)
    keys, which = np.unique(place[row] * width + known[at] % width, return_inverse=True)
    pull = np.bincount(which, expected[at], minlength=len(keys))
    account = keys // width
    n_new = np.bincount(links.pair[~is_known], minlength=len(links.first))
    there = np.bincount(place, n_new[links.pair], minlength=n)
    total = np.maximum(np.bincount(account, pull, minlength=n), there)
    out = np.full(n, -1)
    leads = pull >= min_lead * total[account]
    out[account[leads]] = keys[leads] % width
    explained = np.bincount(account, pull, minlength=n)
    return out, explained <= (1 - min_lead) * there


def unseen(crew: np.ndarray, n_more: np.ndarray, n_crews: int) -> np.ndarray:
    """Return by crew how many accounts are seen nowhere else for each one that is: people take jobs at random.

    Args:
        crew: Shape (k,), crew of each account that is seen elsewhere.
        n_more: Shape (k,), in how many more crowds it is seen, >= 1.
        n_crews: How many crews there are.

    Source: Poisson without its zeros; half an account is added, so that few accounts promise little.

    >>> unseen(np.array([0, 0, 1, 1]), np.array([1, 1, 8, 8]), 2).round(3).tolist()
    [1.693, 0.0]
    """
    n = np.bincount(crew, minlength=n_crews)
    mean = 1 + (np.bincount(crew, n_more - 1, minlength=n_crews) + 0.5) / np.maximum(n, 1)
    rate = mean
    for _ in range(200):
        rate = mean * -np.expm1(-rate)
    return np.asarray(np.where(n > 0, 1 / np.expm1(rate), 0.0))


def _alike_accounts(
    links: Links, place: np.ndarray, n: int, min_likeness: float, max_patterns: int, min_common: int
) -> np.ndarray:  # fmt: skip
    """Return by account (`n` of them, `place` says which) its group, -1 for those without enough crowds."""
    out = np.full(n, -1)
    ends = np.concatenate([links.first[links.pair], links.second[links.pair]])
    rows = np.unique(np.column_stack([np.concatenate([place, place]), ends]), axis=0)
    accounts, starts, sizes = np.unique(rows[:, 0], return_index=True, return_counts=True)
    if not len(accounts):
        return out
    sets = [tuple(part.tolist()) for part in np.split(rows[:, 1], starts[1:])]
    names = {crowds: at for at, crowds in enumerate(dict.fromkeys(sets))}
    pattern = np.array([names[crowds] for crowds in sets], np.int64)
    n_crowds = np.array([len(crowds) for crowds in names], np.int64)
    of_account = np.zeros(n, np.int64)
    of_account[accounts] = pattern
    keys = np.unique(np.column_stack([links.pair, of_account[place]]), axis=0)
    one, other = _alike(keys, np.bincount(pattern), max_patterns)
    both, n_pairs = np.unique(one * (len(names) + 1) + other, return_counts=True)
    one, other = both // (len(names) + 1), both % (len(names) + 1)
    common = (1 + np.sqrt(1 + 8 * n_pairs)) / 2  # k crowds in common are k (k - 1) / 2 pairs in common, if all linked
    keep = (common >= min_common) & (common >= min_likeness * (n_crowds[one] + n_crowds[other] - common))
    group = components(len(names), one[keep], other[keep])[pattern]
    out[accounts] = np.where(sizes >= min_common, group, -1)
    return out


def _alike(keys: np.ndarray, size: np.ndarray, max_patterns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two patterns each that have a pair of crowds in common, the lower number first."""
    order = np.lexsort((keys[:, 1], -size[keys[:, 1]], keys[:, 0]))
    pair, pattern = keys[order].T if len(keys) else (np.empty(0, np.int64), np.empty(0, np.int64))
    starts = np.searchsorted(pair, pair)
    place = np.arange(len(pair)) - starts
    pattern, place = pattern[place < max_patterns], place[place < max_patterns]
    one = np.repeat(np.arange(len(pattern)), place)
    back = np.arange(len(one)) - np.repeat(np.cumsum(place) - place, place) + 1
    other = one - back
    return np.minimum(pattern[one], pattern[other]), np.maximum(pattern[one], pattern[other])
