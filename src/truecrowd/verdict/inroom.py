"""Nats in the light of the room: what its honest people show, and what its manufactured ones have in common.

Beside a large farm honest people fall into its cells: they own its phone, came in its minute, registered in its week.
And those a room is sold are of one making: where most of them are seen by their phones, one who is not is less likely
one of them. So the nats of every family are corrected by how its levels are spread in this room, among those who are
probably honest and among those who are probably not, against how they are spread over all rooms of the training.
Source: latent classes by expectation and maximisation (Dempster, Laird and Rubin 1977), families independent given the
class, with prior counts from the training; docs/decisions/0010.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from truecrowd.verdict.features import FAMILIES, Features
from truecrowd.verdict.fusion import CUTS, Fused, Habits
from truecrowd.verdict.mixture import FLOOR, LEAST, MOST, PRIORS, STRENGTH, visible

N_LEVELS: Final = len(CUTS) + 1
UNLOOKED: Final = N_LEVELS
"""Level of a family that could not look."""
HONEST_COUNT: Final = 300.0
"""Honest accounts that the training counts as beside those of the room; swept on tune: 100, 300, 1,000."""
BOUGHT_COUNT: Final = 20.0
"""The same for manufactured ones; swept on tune: 10, 20, 50, 200."""
N_SHOPPING: Final = 2
"""Groups that pop up or order, the first ones (`shares.group_of`): whoever is hired for that is of another making than
an audience, and each is held against its like. Together: PR-AUC of evasion 0.952, apart 0.966 (tune and variations)."""
MOST_NATS: Final = 1.0
"""Most that one family is corrected by, either way, nats: families are not quite independent. Swept on tune: 0.7 to 3."""
BIG: Final = 1_500
"""People of a room from which more is believed of it: half as much again for each time it is 2.7 times larger. In a
room of 20,000 phones (tune) 69 % are estimated without, 58 % with it, of 57 %."""
SHAPE: Final = FAMILIES.index("S")
"""What honest people show of shape is counted among those of whom the other families say nothing: what shapes are honest
differs most from world to world (decision 0007), and who stands out by shape alone would not be taken for honest."""
N_ROUNDS: Final = 6
"""Rounds of the search; 30 change no figure by 0.001."""
STEPS: Final = 4
"""Steps of one nat in which sums are told apart."""


@dataclass(frozen=True, slots=True)
class _Cells:
    """Accounts that look alike, put together.

    Args:
        room, place, job: Shape (c,), room codes; room and group in one number; room and whether they shop in one.
        level: Shape (c, 4), level of every family.
        nats: Shape (c,), without correction.
        shape: Shape (c,), nats of family S, 0 where it speaks against.
        n: Shape (c,), accounts.
    """

    room: np.ndarray
    place: np.ndarray
    job: np.ndarray
    level: np.ndarray
    nats: np.ndarray
    shape: np.ndarray
    n: np.ndarray


def in_room(
    features: Features, fused: Fused, group: np.ndarray, n_rooms: int, n_groups: int, habits: Habits | None
) -> Fused:  # fmt: skip
    """Return the same with the sums corrected by what each room shows; unchanged without habits.

    Args:
        features: Of accounts.
        fused: Their nats.
        group: Shape (n,), what each does, 0 to n_groups - 1.
        n_rooms: Rooms.
        n_groups: Groups.
        habits: How the levels of the families are spread in training.
    """
    if habits is None or not len(features):
        return fused
    cells, of = _cells(features, fused, group, n_groups)
    return replace(fused, total=fused.total + _correction(cells, n_rooms, n_groups, habits)[of])


def levels_of(families: np.ndarray, looked: np.ndarray) -> np.ndarray:
    """Return by account and family the level of its nats; `UNLOOKED` where it could not look."""
    return np.where(looked, np.searchsorted(np.array(CUTS), families, side="right"), UNLOOKED)


def _cells(features: Features, fused: Fused, group: np.ndarray, n_groups: int) -> tuple[_Cells, np.ndarray]:
    """Return the cells, and by account the number of its own."""
    level = levels_of(fused.families, features.looked)
    step = np.rint(fused.total.clip(LEAST, MOST) * STEPS).astype(np.int64)
    place = features.room.astype(np.int64) * n_groups + group
    key = place * round((MOST - LEAST) * STEPS + 1) + step - round(LEAST * STEPS)
    for k in range(len(FAMILIES)):
        key = key * (N_LEVELS + 1) + level[:, k]
    _, first, of, n = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    room = features.room[first].astype(np.int64)
    job = 2 * room + (group[first] < N_SHOPPING)
    shape = np.maximum(fused.families[first, SHAPE], 0.0)
    cells = _Cells(room, place[first], job, level[first], step[first] / STEPS, shape, n)
    return cells, of.ravel()


def _correction(cells: _Cells, n_rooms: int, n_groups: int, habits: Habits) -> np.ndarray:
    """Return by cell how many nats more it amounts to in its room."""
    out = np.zeros(len(cells.n))
    n_people = np.bincount(cells.room, cells.n, n_rooms)
    most = MOST_NATS * (1.0 + 0.5 * np.log(np.maximum(n_people / BIG, 1.0)))[cells.room]
    n_place, prior = np.bincount(cells.place, cells.n, n_rooms * n_groups), np.full(n_rooms * n_groups, 0.05)
    for _ in range(N_ROUNDS):
        odds = prior[cells.place].clip(FLOOR, PRIORS[1])
        sums = visible(cells.nats + out) + np.log(odds / (1.0 - odds))
        p, p_else = (1.0 / (1.0 + np.exp(-each)) for each in (sums, sums - cells.shape))
        whole = np.bincount(cells.room, cells.n * p, n_rooms) / np.maximum(n_people, 1)
        some = np.bincount(cells.place, cells.n * p, n_rooms * n_groups)
        prior = (some + STRENGTH * np.repeat(whole.clip(FLOOR, 1.0), n_groups)) / (n_place + STRENGTH)
        out = np.zeros(len(out))
        for k in range(len(FAMILIES)):
            level = cells.level[:, k]
            bought = _unlike(cells.job, level, cells.n * p, habits.bought[k], BOUGHT_COUNT, 2 * n_rooms)
            others = cells.n * (1.0 - (p_else if k == SHAPE else p))
            honest = _unlike(cells.room, level, others, habits.honest[k], HONEST_COUNT, n_rooms)
            at = np.minimum(level, N_LEVELS - 1)
            more = bought[cells.job, at].clip(-most, most) - honest[cells.room, at].clip(0.0, most)
            out += np.where(level < UNLOOKED, more, 0.0)
    return out


def _unlike(
    place: np.ndarray, level: np.ndarray, weight: np.ndarray, usual: np.ndarray, count: float, n_places: int
) -> np.ndarray:  # fmt: skip
    """Return shape (places, levels): log-ratio of how often a level is there to how often it is usually."""
    looks = level < UNLOOKED
    flat = np.bincount(place[looks] * N_LEVELS + level[looks], weight[looks], n_places * N_LEVELS)
    seen = flat.reshape(n_places, N_LEVELS)
    share = (seen + count * usual) / (seen.sum(axis=1, keepdims=True) + count)
    return np.asarray(np.log(share / usual))
