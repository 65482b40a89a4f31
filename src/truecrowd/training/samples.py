"""Simulated rooms with their truth, as the fusion sees them: what it learns from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.detectors import SUBJECT_COLUMNS
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.facts import Facts
from truecrowd.fleets import Config as FleetsConfig
from truecrowd.fleets import Fleets, group
from truecrowd.simulate import TRUTH, for_training, simulate
from truecrowd.verdict.features import Features, features_of, keys, with_fleets

KINDS = ("account", "order", "product")
"""Kinds of subjects whose truth is one label each; rooms have one a scheme."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The truth about the rows of `Features`.

    Args:
        is_true: Shape (n,), bool: manufactured.
        is_known: Shape (n,), bool: the truth names this subject.
        scheme: Shape (n,), text, "" where honest.
    """

    is_true: np.ndarray
    is_known: np.ndarray
    scheme: np.ndarray


@dataclass(frozen=True, slots=True)
class Sample:
    """One simulation, looked at.

    Args:
        name: "<preset> <world> <seed>".
        observed: What the detectors said.
        fleets: Accounts that act as one.
        features: By kind (`KINDS`).
        labels: By kind.
        schemes: By room code, the schemes that were bought there; empty where honest.
        guards: By room code, the honest lookalikes in it.
        shares: By measure, shape (rooms,), the true share; NaN where it has no meaning.
    """

    name: str
    observed: Observed
    fleets: Fleets
    features: Mapping[str, Features]
    labels: Mapping[str, Labels]
    schemes: tuple[frozenset[str], ...]
    guards: tuple[frozenset[str], ...]
    shares: Mapping[str, np.ndarray]

    @property
    def world(self) -> str:
        """Its world."""
        return self.name.split(" ")[1]

    @property
    def facts(self) -> Facts:
        """Facts of its rooms."""
        return self.observed.facts


@dataclass(frozen=True, slots=True)
class Wanted:
    """One simulation to make."""

    preset: str
    world: str
    seed: int
    n_events: int


@dataclass(slots=True)
class _Played:
    truth: dict[str, list[pa.Table]] = field(default_factory=lambda: {name: [] for name in TRUTH})

    def events(self, wanted: Wanted) -> Iterator[pa.Table]:
        rooms = simulate(wanted.preset, world=wanted.world, seed=wanted.seed, n_events=wanted.n_events)
        for chunk in rooms.chunks():
            for name, parts in self.truth.items():
                parts.append(chunk.truth[name])
            yield chunk.events

    def table(self, name: str) -> pa.Table:
        return pa.concat_tables(self.truth[name])


def sample(wanted: Wanted, settings: Settings) -> Sample:
    """Make one simulation and look at it.

    Raises:
        ConfigError: The world is unknown, or kept for reporting.
    """
    for_training(wanted.world)
    played = _Played()
    observed = observe_all(played.events(wanted), settings)
    facts = observed.facts
    fleets = group(facts, observed.seen, FleetsConfig())
    found = {kind: features_of(kind, observed.seen, facts) for kind in KINDS}
    found["account"] = with_fleets(found["account"], fleets)
    rooms = played.table("rooms")
    at = _codes(facts, "room_id", rooms["room_id"])
    schemes: list[frozenset[str]] = [frozenset()] * facts.n_rooms
    for code, names in zip(at.tolist(), rooms["schemes"].to_pylist(), strict=True):
        if code >= 0:
            schemes[code] = frozenset(names or ())
    return Sample(
        name=f"{wanted.preset} {wanted.world} {wanted.seed}", observed=observed, fleets=fleets, features=found,
        labels={kind: _labels(kind, found[kind], played, facts) for kind in KINDS}, schemes=tuple(schemes),
        guards=_guards(facts, played.table("guards")), shares=_shares(facts, rooms, at),
    )  # fmt: skip


def _codes(facts: Facts, column: str, names: pa.ChunkedArray) -> np.ndarray:
    found = pc.index_in(names.combine_chunks().cast(pa.string()), value_set=facts.names[column])
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False)).astype(np.int64)


def _labels(kind: str, features: Features, played: _Played, facts: Facts) -> Labels:
    table = played.table(f"{kind}s")
    if kind == "product":
        is_true = np.asarray(pc.or_(table["staged_stock"], table["false_limited"]))
        scheme = np.where(np.asarray(table["staged_stock"]), "staged_stock", "false_limited").astype(object)
    else:
        is_true = np.asarray(table["label"]) > 0
        scheme = np.asarray(pc.fill_null(table["scheme"], ""), object)
    room = _codes(facts, "room_id", table["room_id"])
    subject = _codes(facts, SUBJECT_COLUMNS[kind], table[SUBJECT_COLUMNS[kind]])
    seen = (room >= 0) & (subject >= 0)
    known, base = keys(room[seen], subject[seen]), features.key()
    at = np.searchsorted(base, known).clip(max=max(len(base) - 1, 0))
    hit = base[at] == known if len(base) else np.zeros(len(known), np.bool_)
    out = Labels(np.zeros(len(base), np.bool_), np.zeros(len(base), np.bool_), np.full(len(base), "", object))
    out.is_known[at[hit]] = True
    out.is_true[at[hit]] = is_true[seen][hit]
    out.scheme[at[hit]] = np.where(is_true[seen][hit], scheme[seen][hit], "")
    return out


def _guards(facts: Facts, guards: pa.Table) -> tuple[frozenset[str], ...]:
    out: list[set[str]] = [set() for _ in range(facts.n_rooms)]
    for code, name in zip(
        _codes(facts, "room_id", guards["room_id"]).tolist(), guards["guard"].to_pylist(), strict=True
    ):
        if code >= 0:
            out[code].add(name)
    return tuple(frozenset(names) for names in out)


def _shares(facts: Facts, rooms: pa.Table, at: np.ndarray) -> dict[str, np.ndarray]:
    out = {}
    for name in rooms.column_names:
        if name.startswith("share_"):
            column = np.full(facts.n_rooms, np.nan)
            column[at[at >= 0]] = np.asarray(rooms[name], float)[at >= 0]
            out[name.removeprefix("share_")] = column
    return out
