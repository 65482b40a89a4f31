"""What a detector is, and which ones there are. Each is one file in this folder that sets `DETECTOR`.

A detector turns a View into `Seen`: a score for every subject it looked at, and findings where there is something to
show. The engine asks coverage first, so a detector never sees a room in which it cannot look.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Final, Literal

import numpy as np

from truecrowd.features.facts import Facts
from truecrowd.features.promise import Promise
from truecrowd.features.state import Layout
from truecrowd.features.view import View

OFF: Final = "off:"
"""How the name of what is no room begins: orders of no broadcast (ingest.md 6); no detector looks there."""
MAX_EVIDENCE: Final = 50
"""Most event ids kept with a finding (contract: `findings.evidence`)."""

SUBJECT_COLUMNS: Final[Mapping[str, str]] = {
    "room": "room_id", "account": "account_id", "order": "order_id", "product": "product_id", "host": "host_id",
    "merchant": "merchant_id", "claim": "event_id",
}  # fmt: skip
"""Whose code a subject is; a claim is named by the hash of its event."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of many subjects of one type, silent ones too.

    Scores of accounts and orders are comparable between rooms: nats by which the lower bound of what is seen of the
    subject's kind in the room exceeds the upper edge of what an honest room shows of it; 0 where it does not. So an
    honest room of any size scores near 0, and a thin room cannot score high by chance.

    Args:
        subject_type: As in the contract.
        room: Shape (n,), room codes.
        subject: Shape (n,), codes of `SUBJECT_COLUMNS[subject_type]` (event hashes for claims).
        score: Shape (n,), float64, higher is more suspicious, no fixed scale, finite.
        n: Shape (n,), int64, events or accounts the score rests on.
        population: viewers, likers, buyers, reviewers, or None where no population is meant.
        mode: Shape (n,) of text, or one for all: "full", or the name of the weaker reading used.
    """

    subject_type: str
    room: np.ndarray
    subject: np.ndarray
    score: np.ndarray
    n: np.ndarray
    population: str | None = None
    mode: np.ndarray | str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about one subject.

    Args:
        subject_type, subject: As in `Scores`.
        room: Room code.
        start, end: Microseconds, half-open.
        score: The subject's score.
        evidence: Hashes (`event_id` of the View) of the events behind it, most telling first; the first 50 are kept.
        n_evidence: How many events there are in all.
        params: Counts and names that the report's sentence needs; plain JSON values.
        scheme: Where it is not the detector's own.
        p_value: Where a reference of at least 200 rooms gives one.
    """

    subject_type: str
    subject: int
    room: int
    start: int
    end: int
    score: float
    evidence: np.ndarray
    n_evidence: int
    params: Mapping[str, object] = field(default_factory=dict)
    scheme: str | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a room's people fall into a cell that was fixed before looking (detectors.md 5.6).

    The verdict stage holds the share k / n against the upper edge of honest rooms: what exceeds it is a lower bound of
    the manufactured part that needs no example of fraud.

    Args:
        name: Of the cell, one word ("young"); unique within the detector.
        population: As in `Scores`.
        room: Shape (r,), room codes, each at most once.
        k: Shape (r,), int64, people in the cell, 0 <= k <= n.
        n: Shape (r,), int64, people of whom it is known whether they are.
    """

    name: str
    population: str
    room: np.ndarray
    k: np.ndarray
    n: np.ndarray


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector saw: scores of all it looked at, findings where there is something to show, counted cells.

    `promises`: every promise of a host and what became of it, from the detector that judges them.
    """

    scores: Sequence[Scores] = ()
    findings: Sequence[Finding] = ()
    counts: Sequence[Counts] = ()
    promises: Sequence[Promise] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """The live form: rows of one slice, how rows of equal key reduce, and what is seen in the reduced rows.

    `finish(merge(update(any slices)))` equals `detect(view)`: rows of equal key are reduced field by field with
    commutative and associative reducers, and `finish` sees codes in the order of their names, so neither the cutting
    nor the order of slices changes a bit. Memory is one record per key.

    Args:
        layout: What a record holds and how records of equal key merge.
        update: Rows of one slice (need not be reduced). Has no facts.
        finish: What is seen; the rows are reduced, sorted by key, and only of rooms that can be looked at.
    """

    layout: Layout
    update: Callable[[View, Any], np.ndarray]
    finish: Callable[[np.ndarray, Facts, Any], Seen]

    def detect(self, view: View, config: object) -> Seen:
        """Return what `detect` returns: the whole view as one slice."""
        if view.facts is None:
            raise TypeError("detect() needs a view of closed rooms, with facts")
        return self.finish(self.layout.reduce(self.update(view, config)), view.facts, config)


@dataclass(frozen=True, slots=True)
class Look:
    """Where a detector can look.

    Args:
        reason: Shape (rooms,) of text: "" where it looks in full, else why not ("no_device_model", "sampled_join").
        mode: Shape (rooms,) of text: "full", the name of the weaker reading used, or "" where it cannot look.
    """

    reason: np.ndarray
    mode: np.ndarray

    @property
    def looks(self) -> np.ndarray:
        """Shape (rooms,), bool: rooms in which it looks, in full or by a weaker reading."""
        return np.asarray(self.mode != "")

    def unless(self, is_blind: np.ndarray, reason: str) -> "Look":
        """Return the same with rooms taken out for `reason`; a room taken out before keeps its first reason."""
        out = self.looks & is_blind
        return Look(np.where(out, reason, self.reason), np.where(out, "", self.mode))

    def weaker(self, is_weaker: np.ndarray, mode: str, reason: str) -> "Look":
        """Return the same with rooms in which only the reading `mode` is possible; the first one named stays."""
        out = (self.mode == "full") & is_weaker
        return Look(np.where(out, reason, self.reason), np.where(out, mode, self.mode))


@dataclass(frozen=True, slots=True)
class Detector:
    """Everything the engine, the contract tests and the reader need to know of a detector.

    Args:
        name: What is seen, not who did it; permanent.
        version: Raised whenever the same input can give another score.
        family: S shape, L lockstep, D dispersion, M money (detectors.md 1).
        scheme: Main scheme of its findings (contract.md).
        subject: Main subject of its scores.
        scope: "room", or "cross-room" where rooms of one host or account are read together.
        event_types: The only types it is shown.
        reads: The only columns it is shown.
        needs: What must be in a room for it to look: a type, a column (filled in rows of `event_types`), or a tuple
            of alternatives. Anything else missing is a weaker reading, named by `look`.
        lookback: How far before a slice its evidence reaches.
        finds: One line, lower case.
        source: Report, paper or case the idea comes from.
        config: Frozen dataclass of plain values.
        detect: Pure; scores and findings of closed rooms.
        honest, faked: Small EVENTS tables without randomness: one it must be silent on, one it must find.
        is_exact: Arithmetic on complete records rather than statistics.
        keeps_staff: Whether rows of accounts in the staff file are shown (arithmetic on goods needs every order).
        look: Refines the coverage that `needs` gives.
        stream: The live form, where there is one.
    """

    name: str
    version: int
    family: Literal["S", "L", "D", "M"]
    scheme: str
    subject: str
    scope: Literal["room", "cross-room"]
    event_types: tuple[str, ...]
    reads: tuple[str, ...]
    needs: tuple[str | tuple[str, ...], ...]
    lookback: timedelta
    finds: str
    source: str
    config: type
    detect: Callable[[View, Any], Seen]
    honest: Callable[[], Any]
    faked: Callable[[], Any]
    is_exact: bool = False
    keeps_staff: bool = False
    look: Callable[[Look, Facts, Any], Look] | None = None
    stream: Stream | None = None


def looked(detector: Detector, facts: Facts, config: object) -> Look:
    """Return where the detector can look: its `needs`, then its own refinement."""
    look = Look(np.full(facts.n_rooms, "", object), np.full(facts.n_rooms, "full", object))
    is_off = [str(name).startswith(OFF) for name in facts.names["room_id"].to_pylist()]
    look = look.unless(np.array(is_off, np.bool_), "not_a_room")
    for need in detector.needs:
        names = (need,) if isinstance(need, str) else need
        there = np.zeros(facts.n_rooms, np.bool_)
        for name in names:
            there |= _is_there(name, detector, facts)
        look = look.unless(~there, "no_" + "_or_".join(names))
    return look if detector.look is None else detector.look(look, facts, config)


def _is_there(name: str, detector: Detector, facts: Facts) -> np.ndarray:
    if name in detector.event_types:
        return facts.has_type(name)
    return facts.has_column(name, detector.event_types)


@cache
def installed() -> tuple[Detector, ...]:
    """Return every detector, sorted by name: files of this folder, then entry points `truecrowd.detectors`."""
    found = [
        importlib.import_module(f"{__name__}.{module.name}").DETECTOR
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_")
    ]
    found += [entry.load() for entry in entry_points(group="truecrowd.detectors")]
    return tuple(sorted(found, key=lambda detector: detector.name))
