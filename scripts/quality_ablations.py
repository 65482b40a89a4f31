"""What breaks when something is left out: a family, a scheme, a column, honesty of the reference.

Trained on world develop, judged on world tune, small samples: these figures rank what is left out, and are not those of
the shipped model. The world kept for judging is never touched (`training.samples` refuses it).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.measures import F64, auc, average_precision, recall_at
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.fleets import Config as FleetsConfig
from truecrowd.fleets import Fleets, group
from truecrowd.reference import Reference, build, edges_of, of_honest
from truecrowd.simulate import for_training, simulate
from truecrowd.training.fusions import fused_from, habits_of, schemes_of
from truecrowd.training.make import LEAST_ROOMS, OF_ROOMS, OF_SUBJECTS
from truecrowd.training.samples import Labels, Sample, Wanted, sample
from truecrowd.verdict import roomwise
from truecrowd.verdict.alarms import cells as alarm_cells
from truecrowd.verdict.features import FAMILIES, Features, features_of, keys, with_fleets
from truecrowd.verdict.fusion import Model
from truecrowd.verdict.judge import Weighed, weigh
from truecrowd.verdict.levels import ORDER, WATCH_NATS
from truecrowd.verdict.mixture import posterior
from truecrowd.verdict.rooms import cells_of, seen_by
from truecrowd.verdict.shares import at_least, estimated, weights_of

FIT, JUDGE = "develop", "tune"
N_EVENTS = 300_000
FIT_SEEDS, JUDGE_SEED, OWN_SEEDS = (211, 212), 221, (231, 232)
"""Seeds of nothing else."""
N_HONEST = 250
"""Honest rooms of the reference whose dirty part is varied; with 200 and more there are p-values."""
DIRTY = (0.0, 0.1, 0.3)
COLUMNS: dict[str, tuple[str, ...]] = {
    "device_model": ("device_model",), "asn_ip": ("asn", "ip"), "account_created_at": ("account_created_at",),
    "text": ("text",), "host_id": ("host_id",), "leave": (),
}  # fmt: skip
"""By name, the columns that are emptied; `leave`: events of that type are dropped."""
SCHEMES = ("farm", "popup", "likes", "popularity", "troupe", "brushing", "reviews")
"""Schemes whose accounts or orders are ranked; the others are exact or said of whole rooms."""
PARTS = ("families", "schemes", "columns", "reference")


class Row(NamedTuple):
    """One thing left out, and what is measured without it.

    Args:
        part: One of `PARTS`.
        name: What is left out.
        values: By measure.
    """

    part: str
    name: str
    values: dict[str, float | None]


def run(parts: Sequence[str]) -> list[Row]:
    """Measure some parts; whoever runs several processes gives each its own."""
    settings = Settings()
    fit = [sample(Wanted("week", FIT, seed, N_EVENTS), settings) for seed in FIT_SEEDS]
    judge = sample(Wanted("week", JUDGE, JUDGE_SEED, N_EVENTS), settings)
    steps: dict[str, Callable[[list[Sample], Sample], Iterator[Row]]] = {
        "families": families, "schemes": schemes, "columns": columns, "reference": references,
    }  # fmt: skip
    return [row for part in parts for row in steps[part](fit, judge)]


def families(fit: list[Sample], judge: Sample) -> Iterator[Row]:
    """Yield everything, then each family switched off in training and judging."""
    yield Row("families", "nothing", judged(judge, fitted(fit)))
    for letter in FAMILIES:
        model = fitted([without_family(one, letter) for one in fit])
        yield Row("families", letter, judged(without_family(judge, letter), model))


def schemes(fit: list[Sample], judge: Sample) -> Iterator[Row]:
    """Yield how each scheme ranks by a model that saw it, and by one whose samples lack every room it was bought in."""
    whole = fitted(fit)
    for scheme in SCHEMES:
        with_it, without = (of_scheme(judge, model, scheme) for model in (whole, fitted(fit, drop=scheme)))
        yield Row("schemes", scheme, with_it | {f"{name}_without": value for name, value in without.items()})


def columns(fit: list[Sample], judge: Sample) -> Iterator[Row]:
    """Yield everything, then each column emptied in the record that is judged; the model is trained on all of them."""
    model = fitted(fit)
    yield Row("columns", "nothing", judged(judge, model))
    events = pa.concat_tables(
        chunk.events
        for chunk in simulate("week", world=for_training(JUDGE).name, seed=JUDGE_SEED, n_events=N_EVENTS).chunks()
    )
    for name in COLUMNS:
        yield Row("columns", name, judged(again(judge, emptied(events, name)), model))


def references(fit: list[Sample], judge: Sample) -> Iterator[Row]:
    """Yield verdicts by a reference of the user's own rooms, some of which are dirty, and by none."""
    model = fitted(fit)
    week, thin = OWN_SEEDS
    own = [
        sample(Wanted(*each), Settings())
        for each in (("week", JUDGE, week, N_EVENTS), ("guards", JUDGE, thin, N_EVENTS))
    ]
    yield Row("reference", "none", by_reference(judge, model, None))
    for dirty in DIRTY:
        reference, n_left = own_reference(own, model, dirty)
        found = by_reference(judge, model, reference)
        yield Row("reference", f"{dirty:g}", found | {"n_rooms": reference.n_rooms, "n_left_out": n_left})


def fitted(samples: Sequence[Sample], *, drop: str = "") -> Model:
    """Return a model of accounts, orders and rooms as `training.make` fits it.

    Args:
        samples: To fit to.
        drop: Rooms in which this scheme was bought take no part.
    """
    kept = [~schemes_of(one.schemes, drop) for one in samples]
    fusions, habits = {}, {}
    for kind in ("account", "order"):
        rows = [keep[one.features[kind].room] for one, keep in zip(samples, kept, strict=True)]
        features = [among(one.features[kind], own) for one, own in zip(samples, rows, strict=True)]
        truth = [one.labels[kind].is_true[own] for one, own in zip(samples, rows, strict=True)]
        fusions[kind] = fused_from(features, truth, OF_SUBJECTS)
        if kind == "account":
            habits[kind] = habits_of(fusions[kind], features, truth)
    first = Model("", {}, fusions, {})
    rooms = [among(weighed(one, first).rooms, keep) for one, keep in zip(samples, kept, strict=True)]
    for scheme in roomwise.ALL:
        truth = [schemes_of(one.schemes, scheme)[keep] for one, keep in zip(samples, kept, strict=True)]
        if sum(int(is_true.sum()) for is_true in truth) >= LEAST_ROOMS:
            fusions[f"room/{scheme}"] = fused_from([seen_by(one, scheme) for one in rooms], truth, OF_ROOMS)
    return Model("", {}, fusions, {}, habits)


def among(features: Features, keep: np.ndarray) -> Features:
    """Return the features of some rows."""
    values = {name: column[keep] for name, column in features.values.items()}
    weak = {name: column[keep] for name, column in features.weak.items()}
    return replace(
        features, room=features.room[keep], subject=features.subject[keep], values=values, weak=weak,
        looked=features.looked[keep],
    )  # fmt: skip


def without_family(one: Sample, letter: str) -> Sample:
    """Return a sample as it would be without the detectors of one family; without L there are no fleets either."""
    seen = tuple(each for each in one.observed.seen if each[0].family != letter)
    fleets = group(one.facts, seen, FleetsConfig())
    return seen_again(one, replace(one.observed, seen=seen), none_of(fleets) if letter == "L" else fleets, one.labels)


def none_of(fleets: Fleets) -> Fleets:
    """Return fleets with nobody in them."""
    return replace(fleets, account=fleets.account[:0], fleet=fleets.fleet[:0], p_member=fleets.p_member[:0])


def emptied(events: pa.Table, name: str) -> pa.Table:
    """Return the events with some columns empty, or without the events of one type."""
    if not COLUMNS[name]:
        return events.filter(pc.not_equal(events["event_type"].cast(pa.string()), name))
    for column in COLUMNS[name]:
        at = events.schema.get_field_index(column)
        field = events.schema.field(at)
        events = events.set_column(at, field, pa.nulls(events.num_rows, field.type))
    return events


def again(one: Sample, events: pa.Table) -> Sample:
    """Look at a changed record of the same rooms."""
    observed = observe_all(iter([events]), Settings())
    if not observed.facts.names["room_id"].equals(one.facts.names["room_id"]):
        raise RuntimeError("a change of columns left out a room")  # the truth is by room
    fleets = group(observed.facts, observed.seen, FleetsConfig())
    labels = {kind: labels_again(one, kind, observed) for kind in ("account", "order")}
    return seen_again(one, observed, fleets, labels)


def seen_again(one: Sample, observed: Observed, fleets: Fleets, labels: Any) -> Sample:
    """Return a sample of the same rooms with other features of accounts and orders."""
    features = {kind: features_of(kind, observed.seen, observed.facts) for kind in ("account", "order")}
    features["account"] = with_fleets(features["account"], fleets)
    return replace(one, observed=observed, fleets=fleets, features=features, labels=labels)


def labels_again(one: Sample, kind: str, observed: Observed) -> Labels:
    """Return the labels of accounts or orders in another record of the same rooms; found by their names."""
    column = f"{kind}_id"
    fresh = features_of(kind, observed.seen, observed.facts)
    code = pc.fill_null(pc.index_in(observed.facts.names[column], value_set=one.facts.names[column]), -1)
    subject = code.to_numpy(zero_copy_only=False).astype(np.int64)[fresh.subject]
    known, wanted = one.features[kind].key(), keys(fresh.room, subject)
    at = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    hit = (known[at] == wanted) & (subject >= 0)
    old = one.labels[kind]
    return Labels(hit & old.is_true[at], hit & old.is_known[at], np.where(hit, old.scheme[at], ""))


def weighed(one: Sample, model: Model) -> Weighed:
    """Return everything weighed."""
    return weigh(one.observed.seen, one.facts, one.fleets, model)


def judged(one: Sample, model: Model) -> dict[str, float | None]:
    """Return how accounts, orders and rooms rank, and how far the share of viewers is off in dirty rooms."""
    said = weighed(one, model)
    p = posterior(said.accounts[1].total, said.priors[0])
    truth = one.labels["account"].is_true
    orders = posterior(said.orders[1].total, said.priors[1])
    brushed, honest = one.labels["order"].scheme == "brushing", ~one.labels["order"].is_true
    dirty = schemes_of(one.schemes, "any")
    return {
        "account_ap": ranked(p, truth, ~truth, average_precision),
        "account_recall": ranked(p, truth, ~truth, recall_at_1),
        "order_ap": ranked(orders, brushed, honest, average_precision),
        "room_auc": ranked(said.fused["any"].total, dirty, ~dirty, auc),
        "share_mae": share_error(one, said),
    }


def of_scheme(one: Sample, model: Model, scheme: str) -> dict[str, float | None]:
    """Return how the accounts (orders where goods are bought), and the rooms of one scheme rank above honest ones."""
    said = weighed(one, model)
    kind, place = ("order", 1) if scheme in ("brushing", "reviews") else ("account", 0)
    p = posterior((said.accounts, said.orders)[place][1].total, said.priors[place])
    labels = one.labels[kind]
    honest = ~schemes_of(one.schemes, "any")
    return {
        "ap": ranked(p, labels.scheme == scheme, ~labels.is_true, average_precision),
        "recall": ranked(p, labels.scheme == scheme, ~labels.is_true, recall_at_1),
        "room_auc": ranked(said.fused["any"].total, schemes_of(one.schemes, scheme), honest, auc),
    }


def recall_at_1(positives: F64, negatives: F64) -> F64:
    """Return recall at 1 % false positives."""
    return recall_at(positives, negatives, 0.01)


def ranked(
    score: np.ndarray, positive: np.ndarray, negative: np.ndarray, measure: Callable[[F64, F64], F64]
) -> float | None:
    """Return a measure of a ranking; None where one side is empty."""
    if not positive.any() or not negative.any():
        return None
    place = np.unique(-score, return_inverse=True)[1]
    counts = [np.bincount(place[which], minlength=place.max() + 1).astype(float) for which in (positive, negative)]
    return round(float(measure(*counts)), 4)


def share_error(one: Sample, said: Weighed) -> float | None:
    """Return the mean absolute error of the share of viewers in rooms where a part of them was bought."""
    features, fused = said.accounts
    weight = weights_of("viewers", one.facts)
    found = estimated(features, fused, said.priors[0], weight, one.facts.n_rooms).share
    true = one.shares["viewers"]
    error = np.abs(found - true)[true > 0.0]
    return round(float(np.nanmean(error)), 4) if (~np.isnan(error)).any() else None


def own_reference(own: Sequence[Sample], model: Model, dirty: float) -> tuple[Reference, int]:
    """Return the reference of 250 honest rooms and so many dirty ones that they are `dirty` of all.

    Rooms are taken in order; `of_honest` then has to find the dirty ones, as `truecrowd reference build` does.

    Returns:
        The reference, and how many rooms it left out.
    """
    said = [weighed(one, model) for one in own]
    is_dirty = np.concatenate([schemes_of(one.schemes, "any") for one in own])
    n_dirty = round(N_HONEST * dirty / (1.0 - dirty))
    taken = np.concatenate([np.flatnonzero(~is_dirty)[:N_HONEST], np.flatnonzero(is_dirty)[:n_dirty]])
    nats = np.concatenate([each.fused["any"].total for each in said])
    size = np.concatenate([each.size for each in said])
    chosen = taken[of_honest(nats[taken], WATCH_NATS) & (size[taken] > 0)]
    columns = {
        f"nats/{scheme}": np.concatenate([each.fused[scheme].total for each in said])[chosen]
        for scheme in said[0].fused
    }
    counts = [
        {**cells_of(one.observed.seen, one.facts.n_rooms), **alarm_cells(one.facts)} for one in own
    ]  # fmt: skip
    cells = {
        name: tuple(np.concatenate([each[name][side] for each in counts])[chosen] for side in (0, 1))
        for name in counts[0]
        if all(name in each for each in counts)
    }
    built = build(columns, size[chosen], edges_of(cells), {}, word="own", is_simulated=False)  # type: ignore[arg-type]
    return built, len(taken) - len(chosen)


def by_reference(one: Sample, model: Model, reference: Reference | None) -> dict[str, float | None]:
    """Return the parts of honest and of dirty rooms at watch and at high, and what `at_least` says."""
    said = weighed(one, model)
    n_rooms = one.facts.n_rooms
    lower = at_least(cells_of(one.observed.seen, n_rooms), reference.edges if reference else {}, n_rooms)
    looked = roomwise.families_of(one.observed.seen, n_rooms)
    level = roomwise.conclude(said.rooms, said.fused, said.size, lower, reference, looked).level["any"]
    dirty, true = schemes_of(one.schemes, "any"), one.shares["viewers"]
    out: dict[str, float | None] = {}
    for name in ("watch", "high"):
        reached = level >= ORDER.index(name)
        out |= {f"honest_{name}": part(reached, ~dirty), f"dirty_{name}": part(reached, dirty)}
    known = ~np.isnan(lower)
    bought = known & (true > 0.0)
    out["at_least"] = round(float(lower[bought].mean()), 4) if bought.any() else None
    out["above"] = part(np.nan_to_num(lower) > true + 1e-12, known) if known.any() else None
    return out


def part(which: np.ndarray, among_these: np.ndarray) -> float | None:
    """Return how much of some rows is also in others."""
    return round(float(which[among_these].mean()), 4) if among_these.any() else None
