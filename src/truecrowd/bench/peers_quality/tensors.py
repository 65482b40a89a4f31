"""M-Zoom and D-Cube: dense blocks of (account, room, hour), by the authors' Java programs the user points to (GPL-3)."""

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from truecrowd.bench.peers_quality.peer import Level, Material, Peer, Setting
from truecrowd.bench.peers_quality.programs import java, ran
from truecrowd.bench.quality.measures import F64, I64
from truecrowd.bench.quality.truth import codes

_ONE_THREAD: Final = ("-XX:ActiveProcessorCount=1", "-XX:+UseSerialGC")


def run(name: str, main: str, *more: str) -> Callable[[Material, Setting], Mapping[Level, F64]]:
    """Return a run of a class of the jar given as `name`: INPUT OUTPUT 3 DENSITY, `more`, BLOCKS.

    The input is `account,room,slot,n events`; of the output the files block_N.attributes are read, `attribute,value` a
    line. An account in a room scores higher the earlier the first block that holds both; 0 outside every block.
    """

    def scored(material: Material, setting: Setting) -> Mapping[Level, F64]:
        tuples, blocks = material.scratch / f"{name}.csv", material.scratch / f"{name}-blocks"
        account, room = _written(material, float(setting["slot_s"]), tuples)
        blocks.mkdir(exist_ok=True)
        for old in blocks.iterdir():
            old.unlink()
        n = int(setting["n_blocks"])
        launcher = java()
        if launcher is None:
            raise RuntimeError("java is not installed")
        command = [launcher, *_ONE_THREAD, "-cp", str(material.programs[name]), main, str(tuples), str(blocks), "3"]
        ran([*command, str(setting["density"]), *more, str(n)], material.scratch)
        score = _scores(blocks, n, account, room)
        return {"account": score, "fleet": np.where(score > 0.0, n - score, np.nan)}

    return scored


def _written(material: Material, slot_s: float, path: Path) -> tuple[I64, I64]:
    """Write the tuples; return the number of the account and of the room of each row of the truth."""
    accounts, seen = material.truth.accounts, material.seen
    account, room = codes(accounts.columns["account_id"]), codes(accounts.columns["room_id"])
    row = accounts.index.find(seen.columns["room_id"], seen.columns["account_id"])
    known = row >= 0
    slot = ((seen.at_s - seen.at_s.min(initial=np.inf)) // slot_s).astype(np.int64)[known]
    cells, counts = np.unique(np.column_stack([row[known], slot]), axis=0, return_counts=True)
    np.savetxt(
        path, np.column_stack([account[cells[:, 0]], room[cells[:, 0]], cells[:, 1], counts]), fmt="%d", delimiter=","
    )
    return account, room


def _scores(blocks: Path, n: int, account: I64, room: I64) -> F64:
    found = np.zeros(len(account))
    for at in range(n, 0, -1):
        path = blocks / f"block_{at}.attributes"
        if path.exists():
            pairs = np.loadtxt(path, dtype=np.int64, delimiter=",", ndmin=2)
            inside = [np.isin(key, pairs[pairs[:, 0] == place, 1]) for place, key in enumerate((account, room))]
            found[inside[0] & inside[1]] = n - at + 1
    if not any(blocks.glob("block_*.attributes")):
        raise RuntimeError("it wrote no block_N.attributes")
    return found


_SLOTS_S: Final = (3_600.0, 600.0, 86_400.0)
_SETTINGS: Final[tuple[Setting, ...]] = tuple(
    {"density": density, "n_blocks": n, "slot_s": slot_s}
    for slot_s, density, n in product(_SLOTS_S, ("geo", "ari", "susp"), (3, 10))
)
PEERS: Final = (
    Peer(
        "mzoom", "program", "GPL-3.0", ("account", "fleet"), "account x room x hour", _SETTINGS, run("mzoom", "mzoom.MZoom"),
    ),
    Peer(
        "dcube", "program", "GPL-3.0", ("account", "fleet"), "account x room x hour", _SETTINGS,
        run("dcube", "dcube.Proposed", "density", "1.0"),
    ),
)  # fmt: skip
