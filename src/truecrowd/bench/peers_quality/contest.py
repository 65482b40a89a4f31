"""One comparison: settings are chosen on one world, everybody is judged on another, differences to us are paired."""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from truecrowd.bench.peers_quality import midas, ours
from truecrowd.bench.peers_quality.grouped import F1, Groups
from truecrowd.bench.peers_quality.paired import Measured, Rows, rank_correlation
from truecrowd.bench.peers_quality.peer import LEVELS, MOST_SETTINGS, Level, Material, Peer, Setting
from truecrowd.bench.peers_quality.result import Cost, Entry, Outcome, Value, Variant
from truecrowd.bench.peers_quality.roster import PEERS, is_installed
from truecrowd.bench.peers_quality.words import PUBLISHED
from truecrowd.bench.peers_quality.worlds import timed
from truecrowd.bench.quality.bootstrap import Estimate
from truecrowd.bench.quality.measures import F64

DECIDES: Final[dict[str, str]] = {"fleet": F1}
"""The measure by which settings are chosen and outcomes told, by level; elsewhere the average precision."""
_AP: Final = "average_precision"
_SEED: Final = 0
_FAILURES: Final = (
    RuntimeError,
    ValueError,
    TypeError,
    OSError,
    ArithmeticError,
    LookupError,
    AttributeError,
    ImportError,
)
"""What other people's code may raise; its cell then says so and the rest goes on."""
_BY_NAME: Final = {peer.name: peer for peer in PEERS}
_ORIGINALS: Final = {"after_midas": "midas"}
"""Re-implementations and the authors' own programs they are checked by."""


@dataclass(frozen=True, slots=True)
class Run:
    """Scores of one peer with one setting, or why there are none."""

    scores: Mapping[Level, F64]
    cost: Cost
    error: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one level, and the average precisions on the tuning world that told."""

    default: Setting
    chosen: Setting
    tuned: Mapping[str, float]
    n_settings: int


def held(
    judged: Material, tuned: Material, audit: Cost, budget: int
) -> tuple[tuple[Entry, ...], dict[str, float | None]]:
    """Return every entry, by level, ours first, and the rank correlations of re-implementations to their originals.

    Args:
        judged: Where everybody is judged.
        tuned: Where settings are chosen.
        audit: What our own audit of the judged rows cost.
        budget: Most settings anybody chooses from, ours too.
    """
    contest = Contest(judged, audit)
    choices = {peer.name: chosen(peer, tuned, budget) for peer in PEERS if is_installed(peer, judged)}
    entries = [
        entry
        for level in LEVELS
        for peer in PEERS
        if level in peer.levels
        for entry in contest.entries(peer, level, choices.get(peer.name))
    ]
    return tuple(entries), contest.correlations()


def chosen(peer: Peer, tuned: Material, budget: int) -> dict[Level, Choice] | str:
    """Return the best setting of a peer for each level it speaks at, or why none of them ran."""
    settings = peer.settings[: min(budget, MOST_SETTINGS)]
    rows = {level: rows_of(tuned, level) for level in peer.levels}
    found: dict[Level, dict[str, float]] = {level: {} for level in peer.levels}
    errors = []
    for setting in settings:
        tried = attempted(peer, tuned, setting)
        errors += [tried.error] if tried.error else []
        for level, score in tried.scores.items():
            found[level][_key(setting)] = rows[level].precision(score)
    if len(errors) == len(settings):
        return errors[0]
    return {level: _best(settings, values) for level, values in found.items()}


def rows_of(material: Material, level: Level) -> Rows | Groups:
    """Return what measures a level."""
    return Groups(material.truth, seed=_SEED) if level == "fleet" else Rows(material.labelled(level), seed=_SEED)


def _best(settings: Sequence[Setting], values: Mapping[str, float]) -> Choice:
    """Equal settings: the earliest, so that the defaults stay where nothing is better."""
    told = [(values.get(_key(setting), math.nan), -at) for at, setting in enumerate(settings)]
    best = max((each for each in told if not math.isnan(each[0])), default=(math.nan, 0))
    return Choice(settings[0], settings[-best[1]], values, len(settings))


def attempted(peer: Peer, material: Material, setting: Setting) -> Run:
    """Run a peer once; whatever it raises becomes the reason its cell has no figure."""

    def work() -> Mapping[Level, F64]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of other people's code
            return peer.run(material, setting)

    try:
        scores, cost = timed(work)
    except _FAILURES as error:
        return Run({}, Cost(0.0, 0.0), f"{type(error).__name__}: {str(error)[:200]}")
    return Run(scores, cost)


class Contest:
    """The judged rows, and what everybody scored on them; a setting is run once, whatever it was chosen for.

    Args:
        judged: Where everybody is judged.
        audit: What our own audit cost.
    """

    def __init__(self, judged: Material, audit: Cost) -> None:
        self._judged, self._audit = judged, audit
        self._rows: dict[Level, Rows | Groups] = {}
        self._runs: dict[tuple[str, str], Run] = {}
        self._ours: dict[tuple[Level, str], dict[str, Measured]] = {}

    def entries(self, peer: Peer, level: Level, choice: Mapping[Level, Choice] | str | None) -> Iterator[Entry]:
        """Yield one entry where the defaults are the best setting or nothing ran, else two."""
        about = Entry(level, peer.name, peer.form, peer.licence, "not_installed", PUBLISHED["en"].get(peer.name, ""))
        if choice is None:
            yield about
        elif isinstance(choice, str):
            yield replace(about, status="failed", error=choice)
        elif choice[level].default == choice[level].chosen:
            yield self._entry(about, peer, "both", choice[level].default, choice[level])
        else:
            yield self._entry(about, peer, "default", choice[level].default, choice[level])
            yield self._entry(about, peer, "chosen", choice[level].chosen, choice[level])

    def correlations(self) -> dict[str, float | None]:
        """Return how closely re-implementations follow the authors' programs that were given; empty without any.

        On edges of few values, and twice: as published, and counting exactly, since a sketch that is too small for the
        edges is noise and not the method.
        """
        found: dict[str, float | None] = {}
        for copy, original in ((_BY_NAME[one], _BY_NAME[other]) for one, other in _ORIGINALS.items()):
            if is_installed(original, self._judged):
                setting = next(one for one in copy.settings if one["column"] == "asn")
                own = self._run(copy, setting)
                for how, more in (("as published", {}), ("exact", {"buckets": midas.EXACT})):
                    other = self._run(original, {**setting, **more})
                    for level in sorted(set(own.scores) & set(other.scores)):
                        value = rank_correlation(own.scores[level], other.scores[level])
                        found[f"{copy.name} {original.name} {level} {how}"] = _known(value)
        return found

    def _entry(self, about: Entry, peer: Peer, variant: Variant, setting: Setting, choice: Choice) -> Entry:
        run, level = self._run(peer, setting), about.level
        about = replace(about, variant=variant, setting=dict(setting), n_settings=choice.n_settings)
        if run.error:
            return replace(about, status="failed", error=run.error)
        score = run.scores[level]
        if level not in self._rows:
            self._rows[level] = rows_of(self._judged, level)
        measured = self._rows[level].measured(score)
        is_ours = peer.name == ours.NAME
        if is_ours:
            self._ours[level, variant] = measured
        differences = {name: own.minus(its) for name, own, its in self._beside(level, variant, measured)}
        return replace(
            about,
            status="measured",
            values={name: _value(each.estimate) for name, each in measured.items()},
            differences={name: _value(each) for name, each in differences.items()},
            outcome="ours" if is_ours else outcome(differences[DECIDES.get(level, _AP)]),
            spoken_share=float(1.0 - np.isnan(score).mean()) if len(score) else None,
            tuned=_known(choice.tuned.get(_key(setting), math.nan)),
            cost=self._audit if is_ours else run.cost,
        )

    def _beside(
        self, level: Level, variant: str, measured: Mapping[str, Measured]
    ) -> Iterator[tuple[str, Measured, Measured]]:
        """Yield ours and its: defaults beside defaults, chosen beside chosen; ours may be both."""
        for name in (variant, "both", "chosen"):
            if (level, name) in self._ours:
                own = self._ours[level, name]
                yield from ((key, own[key], each) for key, each in measured.items())
                return

    def _run(self, peer: Peer, setting: Setting) -> Run:
        key = (peer.name, _key(setting))
        if key not in self._runs:
            self._runs[key] = attempted(peer, self._judged, setting)
        return self._runs[key]


def outcome(difference: Estimate) -> Outcome:
    """Return who is ahead: only an interval without zero tells."""
    if math.isnan(difference.low):
        return "unknown"
    return "win" if difference.low > 0.0 else "lose" if difference.high < 0.0 else "tie"


def _key(setting: Setting) -> str:
    return " ".join(f"{name}={value}" for name, value in setting.items())


def _value(estimate: Estimate) -> Value:
    return Value(_known(estimate.value), _known(estimate.low), _known(estimate.high))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
