"""MIDAS, MIDAS-R and MIDAS-F as their authors' programs, on edges (account, asn, model or address; room; tick)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from truecrowd.bench.peers_quality.peer import Level, Material, Peer, Setting
from truecrowd.bench.peers_quality.programs import ran
from truecrowd.bench.peers_quality.simple import EDGES
from truecrowd.bench.quality import rivals
from truecrowd.bench.quality.measures import F64


def run(name: str, *options: str) -> Callable[[Material, Setting], Mapping[Level, F64]]:
    """Return a run of the program given as `name`, called as PROGRAM -i EDGES -o SCORES with `options`.

    That is the command line of the authors' first program. Edges are `source,destination,tick`, whole numbers in order
    of time; scores one number a line. An account or room has its highest.

    Source: Bhatia et al. (AAAI 2020; TKDD 2022).
    """

    def scored(material: Material, setting: Setting) -> Mapping[Level, F64]:
        acts, value, tick = rivals.edges_of(material.seen, str(setting["column"]), float(setting["tick_s"]))
        known = np.flatnonzero(value >= 0)
        edges, scores = material.scratch / f"{name}.csv", material.scratch / f"{name}.txt"
        table = np.column_stack([value[known] + 1, acts.room[known] + 1, tick[known]])
        np.savetxt(edges, table, fmt="%d", delimiter=",")
        buckets = ("-b", str(setting["buckets"])) if "buckets" in setting else ()
        ran([material.programs[name], "-i", edges, "-o", scores, *buckets, *options], material.scratch)
        by_event = np.full(len(value), np.nan)
        by_event[known] = _read(scores, len(known))
        truth = material.truth
        return {
            "room": rivals.by_room(acts, by_event, truth.rooms),
            "account": rivals.by_account(acts, by_event, truth.accounts),
        }

    return scored


def _read(scores: Path, n: int) -> F64:
    found = np.loadtxt(scores, dtype=np.float64, ndmin=1)
    if len(found) != n:
        raise RuntimeError(f"it wrote {len(found):,} scores for {n:,} edges")
    return np.nan_to_num(np.asarray(found, np.float64), nan=0.0, posinf=float(np.finfo(np.float64).max))


EXACT: Final = 65_536
"""Buckets with which hardly two edges share a count, so that the program counts as exactly as a re-implementation."""
_SETTINGS: Final[tuple[Setting, ...]] = (*EDGES[:12], *({**edge, "buckets": EXACT} for edge in EDGES[:8]))
"""The program's own 769 buckets first."""
_GETS: Final = "(account, asn, model or ip; room; tick)"
PEERS: Final = (
    Peer(
        "midas", "program", "Apache-2.0", ("account", "room"), _GETS, _SETTINGS, run("midas", "--norelations"),
    ),
    Peer(
        "midas_r", "program", "Apache-2.0", ("account", "room"), _GETS, _SETTINGS, run("midas_r"),
    ),
    Peer(
        "midas_f", "program", "Apache-2.0", ("account", "room"), _GETS, _SETTINGS, run("midas_f"),
    ),
)  # fmt: skip
