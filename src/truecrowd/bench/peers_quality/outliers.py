"""PyOD's ECOD and isolation forest over all account features."""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

import numpy as np

from truecrowd.bench.peers_quality.peer import Features, Level, Material, Peer, Setting
from truecrowd.bench.quality.measures import F64

_SEED: Final = 0


def prepared(features: Features, setting: Setting) -> F64:
    """Return the features a setting asks for: no NaN, no constant column.

    Args:
        features: All of them.
        setting: `columns` all, counts or scores; `scale` raw or log.

    Returns:
        What is not known is the column's lowest value: a check that did not look has seen nothing.
    """
    wanted = {"all": ("", ""), "counts": ("score ", "no"), "scores": ("score ", "yes")}[str(setting["columns"])]
    is_score = np.array([name.startswith("score ") for name in features.names])
    at = {"": np.ones(len(is_score), bool), "yes": is_score, "no": ~is_score}[wanted[1]]
    values = features.values[:, at]
    if str(setting["scale"]) == "log":
        values = np.sign(values) * np.log1p(np.abs(values))
    known = ~np.isnan(values)
    lowest = np.where(known, values, np.inf).min(0, initial=np.inf)
    filled = np.where(known, values, np.where(np.isfinite(lowest), lowest, 0.0))
    return np.asarray(filled[:, np.ptp(filled, axis=0) > 0.0])


def ecod(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Run ECOD (Li et al. 2022)."""
    from pyod.models.ecod import ECOD

    return _fitted(ECOD(n_jobs=1), material, setting)


def iforest(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Run the isolation forest (Liu et al. 2008)."""
    from pyod.models.iforest import IForest

    size = str(setting["max_samples"])
    model = IForest(
        n_estimators=int(setting["n_estimators"]),
        max_samples=size if size == "auto" else min(int(size), len(material.features.values)),
        max_features=float(setting["max_features"]),
        random_state=_SEED,
        n_jobs=1,
    )
    return _fitted(model, material, setting)


def _fitted(model: Any, material: Material, setting: Setting) -> Mapping[Level, F64]:
    rows = prepared(material.features, setting)
    if rows.shape[1] == 0:
        return {"account": np.full(len(rows), np.nan)}
    model.fit(rows)
    return {"account": np.asarray(model.decision_scores_, np.float64)}


_COLUMNS: Final = tuple(product(("all", "counts", "scores"), ("raw", "log")))
_FOREST: Final = (("auto", 100, 1.0), ("1024", 100, 1.0), ("auto", 300, 0.5), ("4096", 100, 0.5))
PEERS: Final = (
    Peer(
        "pyod_ecod", "package", "BSD-2-Clause", ("account",), "all our account features",
        tuple({"columns": columns, "scale": scale} for columns, scale in _COLUMNS), ecod, ("pyod",),
    ),
    Peer(
        "pyod_iforest", "package", "BSD-2-Clause", ("account",), "all our account features",
        tuple(
            {"columns": columns, "scale": scale, "max_samples": size, "n_estimators": n, "max_features": part}
            for (size, n, part), (columns, scale) in product(_FOREST, _COLUMNS[:5])
        ),
        iforest, ("pyod",),
    ),
)  # fmt: skip
