"""River's half-space trees over the same features, one account at a time, in the order they were last seen."""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

import numpy as np

from truecrowd.bench.peers_quality.outliers import prepared
from truecrowd.bench.peers_quality.peer import Level, Material, Peer, Setting
from truecrowd.bench.quality.measures import F64


def run(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Score each account in a room before learning from it; columns are scaled to 0 to 1 as they come.

    Source: Tan, Ting, Liu, "Fast Anomaly Detection for Streaming Data" (IJCAI 2011).
    """
    from river.anomaly import HalfSpaceTrees
    from river.preprocessing import MinMaxScaler

    rows = prepared(material.features, setting)
    order = _order(material)
    scale: Any = MinMaxScaler()
    trees: Any = HalfSpaceTrees(
        n_trees=int(setting["n_trees"]), height=int(setting["height"]), window_size=int(setting["window"]), seed=0
    )
    found = np.empty(len(rows))
    for at, values in zip(order.tolist(), rows[order].tolist(), strict=True):
        row = dict(enumerate(values))
        scale.learn_one(row)
        row = scale.transform_one(row)
        found[at] = trees.score_one(row)
        trees.learn_one(row)
    return {"account": found}


def _order(material: Material) -> np.ndarray:
    """Return accounts in rooms by the time of their last event."""
    last = np.full(material.truth.accounts.columns.num_rows, -np.inf)
    seen = material.seen.columns
    row = material.truth.accounts.index.find(seen["room_id"], seen["account_id"])
    np.maximum.at(last, row[row >= 0], material.seen.at_s[row >= 0])
    return np.argsort(last, kind="stable")


_TREES: Final = ((10, 8, 250), (10, 8, 1_000), (25, 8, 250), (10, 6, 1_000), (25, 10, 1_000))
_COLUMNS: Final = (("all", "raw"), ("all", "log"), ("counts", "log"), ("scores", "raw"))
PEER: Final = Peer(
    "river_half_space", "package", "BSD-3-Clause", ("account",), "all our account features, streaming",
    tuple(
        {"n_trees": n, "height": height, "window": window, "columns": columns, "scale": scale}
        for (n, height, window), (columns, scale) in product(_TREES, _COLUMNS)
    ),
    run, ("river",),
)  # fmt: skip
