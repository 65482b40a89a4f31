"""`truecrowd train`: the shipped model and reference, from simulated worlds, the same bytes for the same call.

Model: world develop and variations of it, so that it learns what holds in spite of a world's numbers. Reference: honest
rooms of develop and of other variations, under other seeds, so that no room is held against itself. Widening of
intervals: world tune and its variations, because what the model misses shows only where it was not trained. The world
that results are reported on cannot be reached from here (`simulate.for_training`).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from truecrowd.detectors import installed
from truecrowd.engine.settings import Settings
from truecrowd.reference import Reference, build, edges_of, shared_edges
from truecrowd.simulate import FOR_TRAINING, for_training
from truecrowd.training.fusions import fused_from, habits_of, schemes_of
from truecrowd.training.samples import Sample, Wanted, sample
from truecrowd.training.stumps import Config
from truecrowd.training.widening import widened
from truecrowd.verdict.alarms import cells as alarm_cells
from truecrowd.verdict.fusion import Fusion, Model
from truecrowd.verdict.judge import weigh
from truecrowd.verdict.levels import WATCH_NATS
from truecrowd.verdict.rooms import cells_of, seen_by
from truecrowd.verdict.roomwise import ALL

OF_SUBJECTS: Final = Config()
OF_ROOMS: Final = Config(n_rounds=80, rate=0.2, n_bins=12, ridge=3.0, least=5.0, most_nats=3.5)
"""Rooms are few: fewer, smaller steps."""
LEAST_ROOMS: Final = 12
"""Fewest rooms of a scheme that a fusion is fitted to."""


N_FIT: Final = 5
"""Variations of the first world that the model is fitted to."""
N_HELD: Final = 3
"""Further variations of the first world for the reference, and variations of the other one for the intervals."""
LEAST_WEEK: Final = 300_000
"""Fewest events of a week that can be had."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is simulated for training.

    Args:
        fit: The model is fitted to these.
        honest: The reference is made of the honest rooms of these.
        widen: Intervals are widened until they hold on these; edges have to hold in their honest rooms, too.
    """

    fit: tuple[Wanted, ...]
    honest: tuple[Wanted, ...]
    widen: tuple[Wanted, ...]


def recipe(world: str, other: str, seed: int, n_events: int) -> Recipe:
    """Return the usual recipe: weeks, evasion at three prices and lookalikes to fit; others to hold against.

    Args:
        world: To fit on, with its first variations.
        other: To widen intervals on, with its variations.
        seed: First seed; the others follow.
        n_events: Of one week; of a variation's half as many, but what a week has at least.

    Raises:
        ConfigError: A world is unknown, or kept for reporting.
    """
    for name in (world, other):
        for_training(name)
    half, third = max(n_events // 2, LEAST_WEEK), n_events // 3
    fit = [Wanted("week", world, seed, n_events)]
    fit += [Wanted(f"evade/{level}", world, seed + 10, third) for level in ("low", "mid", "high")]
    fit += [Wanted("clean", world, seed + 20, third), Wanted("guards", world, seed + 21, half)]
    honest = [Wanted("week", world, seed + 30, n_events)]
    honest += [Wanted("clean", world, seed + 32, third), Wanted("guards", world, seed + 33, n_events)]
    widen = [Wanted("week", other, seed + 40, n_events), Wanted("evade/mid", other, seed + 42, third)]
    widen += [Wanted("guards", other, seed + 43, n_events), Wanted("farm20k", other, seed + 44, n_events // 10)]
    for k in range(1, N_FIT + 1):
        one = f"{world}~{k}"
        fit += [Wanted("week", one, seed + k, half), *_evading(one, seed + 10 + k, n_events)]
        fit += [Wanted("clean", one, seed + 20 + k, n_events // 4)] if k % 2 else []
    for k in range(1, N_HELD + 1):
        one = f"{world}~{N_FIT + k}"
        honest += [Wanted("week", one, seed + 50 + k, half), Wanted("guards", one, seed + 60 + k, n_events // 4)]
        one = f"{other}~{k}"
        widen += [Wanted("week", one, seed + 70 + k, half), *_evading(one, seed + 80 + k, n_events)]
    return Recipe(tuple(fit), tuple(honest), tuple(widen))


def _evading(world: str, seed: int, n_events: int) -> list[Wanted]:
    return [Wanted(f"evade/{level}", world, seed, n_events // 5) for level in ("mid", "high")]


def make(
    plan: Recipe, settings: Settings, made: Mapping[str, Any], tell: Callable[[str], None]
) -> tuple[Model, Reference]:
    """Return model and reference.

    Args:
        plan: What to simulate.
        settings: Of the detectors.
        made: What is written into both about their making; versions of the detectors are added.
        tell: Called with one line a step.
    """
    made = {**made, "detectors": {detector.name: detector.version for detector in installed()}}
    fitted = list(_samples(plan.fit, settings, tell))
    tell("fitting")
    model = _named(fitted_to(fitted, made))
    del fitted
    tell("reference")
    honest = honest_of(_samples(plan.honest, settings, tell), model)
    others = list(_samples(plan.widen, settings, tell))
    reference = reference_of(honest, honest_of(others, model), made)
    return _named(replace(model, widening=widened(others, model))), reference


def _samples(wanted: Sequence[Wanted], settings: Settings, tell: Callable[[str], None]) -> Iterator[Sample]:
    for one in wanted:
        tell(f"simulating {one.preset}, world {one.world}, seed {one.seed}, {one.n_events:,} events")
        yield sample(one, settings)


def fitted_to(samples: Sequence[Sample], made: Mapping[str, Any]) -> Model:
    """Return the model of these samples, without name and widening."""
    found = fusions(samples)
    labels = [one.labels["account"].is_true for one in samples]
    habits = {"account": habits_of(found["account"], [one.features["account"] for one in samples], labels)}
    return Model("", made, found, {}, habits)


def fusions(samples: Sequence[Sample]) -> dict[str, Fusion]:
    """Return every fusion: of accounts, orders and goods, then of rooms by scheme."""
    out = {
        kind: fused_from(
            [one.features[kind] for one in samples], [one.labels[kind].is_true for one in samples], OF_SUBJECTS
        )
        for kind in ("account", "order", "product")
    }
    first = Model("", {}, out, {})
    rooms = [weigh(one.observed.seen, one.facts, one.fleets, first).rooms for one in samples]
    for scheme in ALL:
        truth = [schemes_of(one.schemes, scheme) for one in samples]
        if sum(int(is_true.sum()) for is_true in truth) >= LEAST_ROOMS:
            out[f"room/{scheme}"] = fused_from([seen_by(one, scheme) for one in rooms], truth, OF_ROOMS)
    return out


@dataclass(frozen=True, slots=True)
class Honest:
    """What honest rooms of one world show.

    Args:
        columns: By feature, shape (rooms,).
        size: Shape (rooms,), viewers.
        edges: By cell.
    """

    columns: Mapping[str, np.ndarray]
    size: np.ndarray
    edges: Mapping[str, float]


def honest_of(samples: Iterable[Sample], model: Model) -> Honest:
    """Return what the honest rooms of these samples show; edges of alarms are those of worlds, not of variations.

    An edge is the most that honest rooms show: over worlds drawn at random it is that of the oddest one, and alarms,
    which bet against it in every tick, would be left with nothing to win.
    """
    columns: dict[str, list[np.ndarray]] = {}
    cells: dict[str, list[np.ndarray]] = {}
    sizes = [np.empty(0)]
    for one in samples:
        weighed = weigh(one.observed.seen, one.facts, one.fleets, model)
        keep = ~schemes_of(one.schemes, "any")
        sizes.append(weighed.size[keep])
        for scheme, fused in weighed.fused.items():
            columns.setdefault(f"nats/{scheme}", []).append(fused.total[keep])
        alarming = alarm_cells(one.facts) if one.world in FOR_TRAINING else {}
        for name, (k, n) in {**cells_of(one.observed.seen, one.facts.n_rooms), **alarming}.items():
            cells.setdefault(name, []).append(np.stack([k[keep], n[keep]]))
    counted = {name: np.concatenate(parts, axis=1) for name, parts in cells.items()}
    return Honest(
        {name: np.concatenate(parts) for name, parts in columns.items()}, np.concatenate(sizes),
        edges_of({name: (both[0], both[1]) for name, both in counted.items()}),
    )  # fmt: skip


def reference_of(honest: Honest, other: Honest, made: Mapping[str, Any]) -> Reference:
    """Return the shipped reference: scores of one world, edges that hold in both."""
    return build(
        honest.columns, honest.size, shared_edges(honest.edges, other.edges), {**made, "watch_nats": WATCH_NATS},
        word="simulated", is_simulated=True,
    )  # fmt: skip


def _named(model: Model) -> Model:
    plain = replace(model, name="")
    return replace(model, name=hashlib.sha256(plain.text().encode()).hexdigest()[:16])
