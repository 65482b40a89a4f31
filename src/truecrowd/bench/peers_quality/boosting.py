"""Plain gradient boosting over all account features: what labels alone give, and how much of it another world keeps."""

from collections.abc import Mapping
from itertools import product
from typing import Final

import numpy as np

from truecrowd.bench.peers_quality.peer import Level, Material, Peer, Setting
from truecrowd.bench.quality.measures import F64


def run(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Learn from the labels of another world, score this one; a detector we would not ship, as a mark to beat.

    Raises:
        ValueError: There is no material to learn from.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    source = material.learnt_on
    if source is None:
        raise ValueError("gradient boosting needs a world to learn from")
    names = tuple(name for name in source.features.names if _is_wanted(name, str(setting["columns"])))
    model = HistGradientBoostingClassifier(
        learning_rate=float(setting["learning_rate"]),
        max_iter=int(setting["max_iter"]),
        max_leaf_nodes=int(setting["max_leaf_nodes"]),
        early_stopping=False,
        random_state=0,
    )
    model.fit(source.features.like(names).values, source.truth.accounts.positive["any"])
    found = model.predict_proba(material.features.like(names).values)[:, 1]
    return {"account": np.asarray(found, np.float64)}


def _is_wanted(name: str, columns: str) -> bool:
    return columns == "all" or name.startswith("score ") == (columns == "scores")


_SHAPES: Final = ((0.1, 100, 31), (0.1, 100, 7), (0.03, 100, 15), (0.1, 30, 15), (0.3, 30, 4), (0.05, 300, 7))
PEER: Final = Peer(
    "gradient_boosting", "package", "BSD-3-Clause", ("account",), "all our account features, labels of develop",
    tuple(
        {"learning_rate": rate, "max_iter": n, "max_leaf_nodes": leaves, "columns": columns}
        for (rate, n, leaves), columns in product(_SHAPES, ("all", "counts", "scores"))
    ),
    run, ("sklearn",), fits=True,
)  # fmt: skip
