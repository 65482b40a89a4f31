"""A reference: how honest rooms score, by size, and how much of their people fall into cells fixed in advance."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import numpy as np

from truecrowd.errors import InputError

SIZES: Final = (300, 3_000)
"""Viewers at which one stratum of rooms ends and the next begins. Guess: thin, ordinary, big."""
STRATA: Final = ("small", "middle", "large", "all")
LEAST_ROOMS: Final = 200
"""Fewest rooms before any p-value is said (detectors.md 5.1, 5.2)."""
LEAST_STRATUM: Final = 500
"""Fewest rooms of a stratum before it is used and not all: with fewer no p-value is small enough for `high`, so a room
would be judged more mildly because more is known of rooms like it."""
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Sketch:
    """Scores of honest rooms: all of them, or so many that the upper tail is exact.

    Args:
        n: Rooms.
        values: Shape (k,), ascending.
        above: Shape (k,), int64: rooms scoring at least as high as the value.
    """

    n: int
    values: np.ndarray
    above: np.ndarray

    def p_value(self, scores: np.ndarray) -> np.ndarray:
        """Return (1 + rooms scoring at least as high) / (1 + n), shape (n,).

        Between two kept values the rooms of the lower one are counted, so p is never too small.
        """
        at = np.searchsorted(self.values, scores, side="right") - 1
        n_above = np.where(at < 0, self.n, self.above[np.maximum(at, 0)])
        n_above = np.where(scores > self.values[-1], 0, n_above)
        return np.asarray((1 + n_above) / (1 + self.n))


@dataclass(frozen=True, slots=True)
class Reference:
    """How honest rooms look.

    Args:
        name: "<word>-<16 hexadecimal digits of its content>".
        made: What it was made of: command, number of rooms, what was left out, versions of the detectors.
        is_simulated: Made of simulated rooms, so nothing probabilistic goes above `high`.
        n_rooms: Rooms it was made of.
        scores: By feature of rooms and stratum.
        edges: By "<detector>/<cell>": share of a room's people that honest rooms hardly ever exceed.
    """

    name: str
    made: Mapping[str, Any]
    is_simulated: bool
    n_rooms: int
    scores: Mapping[str, Mapping[str, Sketch]]
    edges: Mapping[str, float]

    def p_value(self, feature: str, scores: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Return how often honest rooms of this size score as high; NaN with fewer than 200 rooms to say so.

        Args:
            feature: Of rooms.
            scores: Shape (n,).
            size: Shape (n,), viewers.
        """
        out = np.full(len(scores), np.nan)
        sketches = self.scores.get(feature, {})
        stratum = stratum_of(size)
        for place, word in enumerate(STRATA[:-1]):
            own = sketches.get(word)
            sketch = own if own is not None and own.n >= LEAST_STRATUM else sketches.get("all")
            here = (stratum == place) & ~np.isnan(scores)
            if sketch is not None and sketch.n >= LEAST_ROOMS and here.any():
                out[here] = sketch.p_value(scores[here])
        return out

    def text(self) -> str:
        """Return the reference as JSON, the same text for the same reference."""
        return json.dumps({"name": self.name, **_tree(self)}, sort_keys=True) + "\n"


def stratum_of(size: np.ndarray) -> np.ndarray:
    """Return the place in `STRATA` of rooms with so many viewers."""
    return np.searchsorted(np.array(SIZES), size, side="right")


def named(
    word: str, made: Mapping[str, Any], scores: Mapping[str, Mapping[str, Sketch]], edges: Mapping[str, float],
    *, n_rooms: int, is_simulated: bool,
) -> Reference:  # fmt: skip
    """Return a reference named by its content."""
    plain = Reference("", made, is_simulated, n_rooms, scores, edges)
    digest = hashlib.sha256(json.dumps(_tree(plain), sort_keys=True).encode()).hexdigest()
    return Reference(f"{word}-{digest[:16]}", made, is_simulated, n_rooms, scores, edges)


def read(text: str, *, where: str) -> Reference:
    """Return the reference of one JSON text.

    Raises:
        InputError: It is not a reference, or was changed after it was written.
    """
    fix = "make it again with 'truecrowd reference build PATH...'"
    try:
        tree = json.loads(text)
        if tree.get("format") != FORMAT:
            raise InputError(f"format {tree.get('format')!r}, wanted {FORMAT}", where=where, fix=fix)
        scores = {
            feature: {
                word: Sketch(int(one["n"]), np.array(one["values"], float), np.array(one["above"], np.int64))
                for word, one in sketches.items()
            }
            for feature, sketches in tree["scores"].items()
        }
        found = named(
            tree["name"].rpartition("-")[0], tree["made"], scores, tree["edges"], n_rooms=int(tree["n_rooms"]),
            is_simulated=bool(tree["is_simulated"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError(f"not a reference: {problem}", where=where, fix=fix) from problem
    if found.name != tree["name"]:
        raise InputError(f"content does not match its name '{tree['name']}'", where=where, fix=fix)
    return found


def shipped() -> Reference:
    """Return the reference that comes with the package: simulated rooms; `truecrowd train` makes it again."""
    return read((files("truecrowd.reference") / "shipped.json").read_text("utf-8"), where="the shipped reference")


def _tree(reference: Reference) -> dict[str, Any]:
    scores = {
        feature: {
            word: {"n": one.n, "values": one.values.tolist(), "above": one.above.tolist()}
            for word, one in sketches.items()
        }
        for feature, sketches in reference.scores.items()
    }
    return {
        "format": FORMAT, "made": dict(reference.made), "is_simulated": reference.is_simulated,
        "n_rooms": reference.n_rooms, "scores": scores, "edges": dict(reference.edges),
    }  # fmt: skip
