"""Our own column: what an audit states, thin where verdicts are."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.peers_quality.peer import LEVELS, Level, Material, Peer, Setting
from truecrowd.bench.quality.measures import F64
from truecrowd.bench.quality.systems import checks_on, stated_on
from truecrowd.bench.quality.truth import Index, Labelled, codes

NAME: Final = "truecrowd"
SETTINGS: Final[tuple[Setting, ...]] = ({"as": "shipped"},)
"""Settings of ours that may be chosen from on the tuning world, as many as for a peer; so far one: as shipped."""
_MOST_UNSTATED: Final = 0.5
"""Part of a level's rows without a probability above which verdicts do not order it: they would be mostly one tie."""


def run(material: Material, _: Setting) -> Mapping[Level, F64]:
    """Return `p_manufactured` of a level where verdicts state it, else the highest score of any check; and fleets."""
    accounts = material.truth.accounts
    scores: dict[Level, F64] = {"fleet": fleets_of(accounts, material.audited["fleets"])}
    for level in LEVELS:
        if level != "fleet":
            scores[level] = score_of(material.labelled(level), material.audited, level)
    return scores


def fleets_of(accounts: Labelled, found: pa.Table) -> F64:
    """Return the number of the fleet that each account in a room most likely belongs to, NaN where in none."""
    p = np.asarray(pc.fill_null(found["p_member"], 1.0).to_numpy(), np.float64)
    rows = found.take(pa.array(np.argsort(-p, kind="stable")))
    rows = rows.take(pa.array(np.unique(codes(rows["account_id"]), return_index=True)[1]))
    at = Index(rows["account_id"]).find(accounts.columns["account_id"])
    return np.where(at >= 0, np.append(codes(rows["fleet_id"]).astype(np.float64), np.nan)[at], np.nan)


def score_of(labelled: Labelled, audited: Mapping[str, pa.Table], level: Level) -> F64:
    """Return our score of one level's rows, NaN where no check looked."""
    if is_stated(labelled, audited, level):
        return stated_on(labelled, audited["verdicts"], level)
    highest = np.full(labelled.columns.num_rows, np.nan)
    for said in checks_on(labelled, audited["scores"], level, {}):
        highest = np.fmax(highest, said.score)
    return highest


def is_stated(labelled: Labelled, audited: Mapping[str, pa.Table], level: Level) -> bool:
    """Tell whether verdicts state a probability for most rows of a level."""
    if not pc.any(pc.is_valid(audited["verdicts"]["p_manufactured"])).as_py():
        return False
    stated = stated_on(labelled, audited["verdicts"], level)
    return bool(np.isnan(stated).mean() <= _MOST_UNSTATED) if len(stated) else False


PEER: Final = Peer(NAME, "own", "Apache-2.0", LEVELS, "every column of EVENTS", SETTINGS, run)
