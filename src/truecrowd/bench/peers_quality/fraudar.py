"""FRAUDAR: dense blocks of accounts and rooms, by the package UGFraud."""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

import numpy as np

from truecrowd.bench.peers_quality.peer import Level, Material, Peer, Setting
from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.truth import codes

_WEIGHTS: Final = {"log": "logWeightedAveDegree", "none": "aveDegree"}


def run(material: Material, setting: Setting) -> Mapping[Level, F64]:
    """Score accounts in rooms by the density of the first block that holds both; 0 outside every block.

    The greedy search is the package's; blocks are taken out one after the other, as its `detectMultiple` does.

    Source: Hooi et al., "FRAUDAR: Bounding Graph Fraud in the Face of Camouflage" (KDD 2016).
    """
    from scipy import sparse
    from UGFraud.Detector import Fraudar

    search: Any = getattr(Fraudar, _WEIGHTS[str(setting["weight"])])
    accounts = material.truth.accounts.columns
    account, room = codes(accounts["account_id"]), codes(accounts["room_id"])
    left = _edges(material, str(setting["edges"]))
    score, block = np.where(left, 0.0, np.nan), np.full(len(left), np.nan)
    for number in range(int(setting["n_blocks"])):
        if not left.any():
            break
        ends, row = np.unique(account[left], return_inverse=True)
        rooms, column = np.unique(room[left], return_inverse=True)
        matrix = sparse.coo_matrix((np.ones(len(row), np.int64), (row, column)), shape=(len(ends), len(rooms)))
        (inside, within), density = search((matrix > 0).astype("int"))
        is_block = left & np.isin(account, ends[sorted(inside)]) & np.isin(room, rooms[sorted(within)])
        score[is_block], block[is_block] = float(density), number
        left &= ~is_block
    return {"account": score, "fleet": block}


def _edges(material: Material, which: str) -> np.ndarray:
    """Return the accounts in rooms that are edges: all, or those that did more than come and go."""
    names, values = material.features.names, material.features.values
    if which == "all":
        return np.ones(len(values), bool)
    done = ("comment", "like", "cart_popup", "order") if which == "acts" else ("order", "review")
    return np.asarray(sum(values[:, names.index(f"n {name}")] for name in done) > 0.0)


_SETTINGS: Final[tuple[Setting, ...]] = tuple(
    {"weight": weight, "edges": edges, "n_blocks": n}
    for weight, edges, n in product(("log", "none"), ("all", "acts", "orders"), (1, 3, 10))
)
PEER: Final = Peer(
    "fraudar", "package", "Apache-2.0", ("account", "fleet"), "account x room", _SETTINGS, run, ("scipy", "UGFraud"),
)  # fmt: skip
