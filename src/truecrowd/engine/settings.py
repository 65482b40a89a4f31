"""Settings: one tree of frozen dataclasses, parsed from one TOML text."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from truecrowd.detectors import Detector, installed
from truecrowd.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may be told. Every result carries the hash of its settings.

    Args:
        seed: Key of the hashes that tell events apart, any whole number.
        lateness_s: How far behind the newest row a row may come and still count as on time, seconds. Late rows are
            counted and used all the same (engine.md 2: 30 s for unordered sources, a guess).
        tick_lateness_s: How far behind the newest rows of its room a tick of 10 s closes, after which its alarms are
            raised, seconds. Rows that come later change no alarm and count in every other table. 2 s suits a source
            whose rows come in order; give 30 where many machines send without order (engine.md 2, both guesses).
        retention_d: How long after its last live event a room is kept in the memory of `watch`, days of event time. Its
            rows in the tables stay as they were; what comes later is counted and said in the coverage. An audit keeps
            every room. 30 days is longer than most refund and review windows (a guess).
        threads: Detectors run at the same time, >= 1; no result depends on it.
        memory_mb: What event ids may take in memory before they go to a temporary file, mebibytes, >= 1.
        without: Names of detectors that are not run.
        detectors: By detector name, its Config.
    """

    seed: int = 0
    lateness_s: float = 30.0
    tick_lateness_s: float = 2.0
    retention_d: float = 30.0
    threads: int = 2
    memory_mb: int = 256
    without: tuple[str, ...] = ()
    detectors: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, *, where: str = "settings") -> "Settings":
        """Return the settings of one TOML text; keys that are absent keep their default.

        Raises:
            ConfigError: Not TOML, an unknown key (the nearest one is named), or a value of the wrong type or range.
        """
        try:
            tree = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"not TOML: {error}", where=where, fix="correct that line") from error
        tables = tree.pop("detectors", {})
        plain = _filled(cls, tree, where)
        known = {detector.name: detector for detector in installed()}
        configs = {}
        for name, table in tables.items():
            _known(name, known, f"{where}, [detectors]")
            configs[name] = known[name].config(**_filled(known[name].config, table, f"{where}, [detectors.{name}]"))
        for name in plain.get("without", ()):
            _known(name, known, f"{where}, without")
        for name, least in (
            ("lateness_s", 0),
            ("tick_lateness_s", 0),
            ("retention_d", 0),
            ("threads", 1),
            ("memory_mb", 1),
        ):
            if plain.get(name, least) < least:
                what = f"{name} = {plain[name]}, wanted {least} or more"
                raise ConfigError(what, where=where, fix=f"set {name} to {least} or more")
        return cls(**plain, detectors=configs)

    def config_of(self, detector: Detector) -> Any:
        """Return the detector's settings, its defaults where none are given."""
        return self.detectors.get(detector.name) or detector.config()

    def chosen(self) -> tuple[Detector, ...]:
        """Return the detectors to run."""
        return tuple(detector for detector in installed() if detector.name not in self.without)

    def digest(self) -> str:
        """Return the SHA-256 (hex) of all settings, detectors' defaults and versions included."""
        tree = {
            "seed": self.seed, "lateness_s": self.lateness_s, "tick_lateness_s": self.tick_lateness_s, "without": self.without,
            "detectors": {
                detector.name: [detector.version, asdict(self.config_of(detector))] for detector in self.chosen()
            },
        }  # fmt: skip
        return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


def _known(name: str, known: Mapping[str, object], where: str) -> None:
    if name not in known:
        near = get_close_matches(name, known, 1, 0.0)
        fix = f"write '{near[0]}', or leave it out" if near else "leave it out"
        raise ConfigError(f"'{name}' is not a setting", where=where, fix=fix)


def _filled(kind: type, table: object, where: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise ConfigError(f"{table!r} is not a table", where=where, fix="write key = value lines below a [header]")
    defaults = {item.name: getattr(kind(), item.name) for item in fields(kind)}
    out = {}
    for name, value in table.items():
        _known(name, defaults, where)
        out[name] = _as(value, defaults[name], f"{where}, {name}")
    return out


def _as(value: object, default: object, where: str) -> object:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    if type(value) is not type(default):
        wanted = type(default).__name__
        raise ConfigError(f"{value!r} is not of type {wanted}", where=where, fix=f"write a value like {default!r}")
    return value
