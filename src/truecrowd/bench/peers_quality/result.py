"""What a comparison gives: plain values, so that they go from process to process and into JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from truecrowd.bench.peers_quality.peer import Form, Level, Setting

Status = Literal["measured", "not_installed", "failed"]
Variant = Literal["default", "chosen", "both"]
Outcome = Literal["ours", "win", "lose", "tie", "unknown"]
"""Of us against it: lose and win where the interval of the difference holds no zero, unknown where there is none."""


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value with its 95 % interval; None where it cannot be computed."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of one thread, programs that were started included, and seconds on the clock."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One system at one level with one setting.

    Args:
        level: account, room, order or fleet.
        peer: Its name.
        form: See `peer.Form`.
        licence: Of what runs; "" where it is part of this package.
        status: not_installed and failed entries have no figures and stay in the table.
        published: What its authors report on other data.
        variant: default, chosen, or both where the defaults were the best.
        setting: The setting.
        n_settings: How many the chosen one was chosen from.
        values: By measure.
        differences: Ours minus its, by measure, paired.
        outcome: Of the average precision; of fleets, of B-cubed F1.
        spoken_share: Part of the rows it spoke of; the others stand under all of them.
        tuned: The same measure on the tuning world.
        cost: Of its run on the judged rows; reading them is apart.
        error: Why it failed.
    """

    level: Level
    peer: str
    form: Form
    licence: str
    status: Status
    published: str = ""
    variant: Variant = "both"
    setting: Setting = field(default_factory=dict)
    n_settings: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    differences: Mapping[str, Value] = field(default_factory=dict)
    outcome: Outcome = "unknown"
    spoken_share: float | None = None
    tuned: float | None = None
    cost: Cost | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """One simulated world and what reading it cost.

    Args:
        use: judged, tuned or learnt.
        preset, world, seed, n_events, n_rooms: What was simulated.
        n_rows, n_positive: By level, rows and manufactured ones among them.
        reading: Events for all peers.
        features: Account features, without the audit whose scores are among them.
        ingest: Our own reading.
        audit: Our audit without it.
        by: What our scores of each level are: p_manufactured, strongest_check or fleets.
    """

    use: str
    preset: str
    world: str
    seed: int
    n_events: int
    n_rooms: int
    n_rows: Mapping[str, int]
    n_positive: Mapping[str, int]
    reading: Cost
    features: Cost
    ingest: Cost
    audit: Cost
    by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Quality:
    """Everything one comparison measured.

    Args:
        budget: Most settings anybody chose from.
        worlds: Judged, tuned and learnt.
        entries: By level, ours first.
        correlations: Rank correlation of a re-implementation to its original, by "name original level"; empty where
            no original ran: then it was not checked.
    """

    budget: int
    worlds: tuple[Played, ...]
    entries: tuple[Entry, ...]
    correlations: Mapping[str, float | None]
