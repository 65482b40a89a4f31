"""From scores to nats: a small additive model whose every row can be explained.

Within a family of detectors each score moves the family's log-likelihood ratio (LLR) by a step function that never
falls; over the families the LLRs add, each between -2 and +4 nats, and the sum is recalibrated for the set of families
that could look. What each score contributed is the explanation.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

import numpy as np

from truecrowd.verdict.features import FAMILIES, Features

FLOOR: Final = -2.0
CEILING: Final = 4.0
"""Nats one family can move a sum by: looking clean is cheap to buy, so it weighs less (detectors.md 5.3)."""
WEAK_CEILING: Final = 1.0
"""Nats a weaker reading can add (detectors.md 2)."""


CUTS: Final = (-1.0, -0.25, 0.25, 1.0, 2.0, 3.0)
"""Nats of one family at which one level ends and the next begins."""
Widening = tuple[float, float, float, float, float, float]
"""Floor, factor and thinness below an estimated share, then the same above it (`shares.estimated`)."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How often the families are at each level (`CUTS`) in training.

    Args:
        honest, bought: Shape (4, levels), rows add up to 1, all > 0; of honest and of manufactured subjects.
    """

    honest: np.ndarray
    bought: np.ndarray


@dataclass(frozen=True, slots=True)
class Steps:
    """A step function of one score that never falls.

    Args:
        family: Place in `FAMILIES`.
        edges: Shape (k,), ascending.
        nats: Shape (k + 1,), never falling: below the first edge, ..., from the last edge on.
    """

    family: int
    edges: np.ndarray
    nats: np.ndarray

    def at(self, scores: np.ndarray) -> np.ndarray:
        """Return nats, 0 where the score is NaN."""
        found = self.nats[np.searchsorted(self.edges, scores, side="right")]
        return np.where(np.isnan(scores), 0.0, found)


@dataclass(frozen=True, slots=True)
class Curve:
    """What a sum of nats amounts to: straight lines between knots, level beyond them; never falls.

    Args:
        sums: Shape (k,), ascending.
        nats: Shape (k,), never falling.
    """

    sums: np.ndarray
    nats: np.ndarray

    def at(self, sums: np.ndarray) -> np.ndarray:
        """Return calibrated nats, shape (n,)."""
        return np.asarray(np.interp(sums, self.sums, self.nats))


@dataclass(frozen=True, slots=True)
class Fused:
    """What the fusion says of each subject.

    Args:
        total: Shape (n,), nats: recalibrated sum over families, without a prior.
        families: Shape (n, 4), nats of each family, 0 where it could not look.
        parts: By feature, shape (n,), what it contributed to its family before the caps.
    """

    total: np.ndarray
    families: np.ndarray
    parts: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Fusion:
    """The model for subjects of one kind and one scheme.

    Args:
        steps: By feature.
        sets: By set of families that looked (bits in the order of `FAMILIES`): what a sum amounts to.
    """

    steps: Mapping[str, Steps]
    sets: Mapping[int, Curve]

    def fuse(self, features: Features) -> Fused:
        """Return the nats of every subject; features the model does not know contribute nothing."""
        families = np.zeros((len(features), len(FAMILIES)))
        parts = {}
        for name, steps in self.steps.items():
            if name in features.values:
                nats = steps.at(features.values[name])
                parts[name] = np.where(features.weak[name], np.minimum(nats, WEAK_CEILING), nats)
                families[:, steps.family] += parts[name]
        families = np.where(features.looked, families.clip(FLOOR, CEILING), 0.0)
        return Fused(self.calibrated(families, features.looked), families, parts)

    def calibrated(self, families: np.ndarray, looked: np.ndarray) -> np.ndarray:
        """Return the recalibrated sums, shape (n,), nats; 0 where no family looked."""
        codes = looked @ (1 << np.arange(len(FAMILIES)))
        total = families.sum(axis=1)
        for code in np.unique(codes).tolist():
            here = codes == code
            total[here] = self.sets[code].at(total[here]) if code in self.sets else total[here]
        return np.asarray(total)


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that is trained.

    Args:
        name: Hash of the content, 16 hexadecimal digits.
        made: How it was made: command, worlds, seeds, detectors' versions.
        fusions: By kind ("account", "order", "product") or "room/<scheme>".
        widening: How much wider than their standard errors intervals of shares are, by measure.
        habits: By kind, how the families' nats are spread in training; kinds without are not corrected by room.
    """

    name: str
    made: Mapping[str, Any]
    fusions: Mapping[str, Fusion]
    widening: Mapping[str, Widening]
    habits: Mapping[str, Habits] = field(default_factory=dict)

    def fused(self, features: Features) -> tuple[Features, Fused]:
        """Return the features with their nats; zeros where no fusion was trained for their kind."""
        return features, self.fusions.get(features.kind, Fusion({}, {})).fuse(features)

    @classmethod
    def parse(cls, text: str) -> "Model":
        """Return the model of one JSON text, as `text()` writes it."""
        tree = json.loads(text)
        fusions = {key: _fusion(value) for key, value in tree["fusions"].items()}
        widening = {key: _six(numbers) for key, numbers in tree["widening"].items()}
        habits = {
            key: Habits(np.array(value["honest"], float), np.array(value["bought"], float))
            for key, value in tree["habits"].items()
        }
        return cls(tree["name"], tree["made"], fusions, widening, habits)

    def text(self) -> str:
        """Return the model as JSON, the same text for the same model."""
        tree = {
            "name": self.name, "made": dict(self.made),
            "fusions": {key: _plain(fusion) for key, fusion in self.fusions.items()},
            "widening": {key: list(numbers) for key, numbers in self.widening.items()},
            "habits": {
                key: {"honest": one.honest.tolist(), "bought": one.bought.tolist()} for key, one in self.habits.items()
            },
        }  # fmt: skip
        return json.dumps(tree, sort_keys=True, indent=1) + "\n"


def shipped() -> Model:
    """Return the model that comes with the package; `truecrowd train` makes it again."""
    return Model.parse((files("truecrowd.verdict") / "model.json").read_text("utf-8"))


def _six(numbers: list[float]) -> Widening:
    a, b, c, d, e, f = map(float, numbers)
    return a, b, c, d, e, f


def _fusion(tree: Mapping[str, Any]) -> Fusion:
    steps = {
        name: Steps(FAMILIES.index(part["family"]), np.array(part["edges"], float), np.array(part["nats"], float))
        for name, part in tree["steps"].items()
    }
    sets = {_bits(word): Curve(np.array(x, float), np.array(y, float)) for word, (x, y) in tree["sets"].items()}
    return Fusion(steps, sets)


def _plain(fusion: Fusion) -> dict[str, Any]:
    steps = {
        name: {"family": FAMILIES[one.family], "edges": one.edges.tolist(), "nats": one.nats.tolist()}
        for name, one in fusion.steps.items()
    }
    sets = {
        "".join(f for at, f in enumerate(FAMILIES) if code >> at & 1): [curve.sums.tolist(), curve.nats.tolist()]
        for code, curve in fusion.sets.items()
    }
    return {"steps": steps, "sets": sets}


def _bits(word: str) -> int:
    return sum(1 << FAMILIES.index(family) for family in word)
