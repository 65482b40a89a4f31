"""Verdicts about accounts: one row for everybody seen, so that a threshold can be swept; nobody above watch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from truecrowd.features.facts import Facts
from truecrowd.schema import VERDICTS

if TYPE_CHECKING:
    from truecrowd.verdict.judge import Sign


def account_rows(facts: Facts, signs: Sequence["Sign"]) -> pa.Table:
    """Return one VERDICTS row per room and account, scheme `any`.

    An account with a finding is at watch: one family from one room says no more. The others are undetermined until
    there is a calibration. Masked and guest ids are nobody and have no row; staff are never judged.
    """
    rows = facts.accounts
    names = facts.names["account_id"].take(pa.array(rows["account_id"]))
    rooms = facts.names["room_id"].take(pa.array(rows["room_id"]))
    reasons = [["not_calibrated"], ["staff"]]
    state = np.isin(rows["account_id"], facts.staff).astype(np.int64)
    for key, detectors in _signs_of_accounts(facts, signs).items():
        at = np.flatnonzero((rows["room_id"] == key[0]) & (rows["account_id"] == key[1]))
        state[at] = len(reasons)
        reasons.append([*detectors, "not_calibrated"])
    none = pa.nulls(len(rows), pa.float64())
    columns = {
        "subject_type": pa.array(["account"] * len(rows), pa.string()), "subject_id": names, "room_id": rooms,
        "scheme": pa.array(["any"] * len(rows), pa.string()), "p_manufactured": none, "n": pa.array(rows["n"]),
        "share": none, "share_low": none, "share_high": none, "at_least": none,
        "reference_id": pa.nulls(len(rows), pa.string()),
        "level": pa.array(["undetermined", "watch"]).take(pa.array((state > 1).astype(np.int64))),
        "reasons": pa.array(reasons, pa.list_(pa.string())).take(pa.array(state)),
    }  # fmt: skip
    return pa.table(columns, schema=VERDICTS.schema)


def _signs_of_accounts(facts: Facts, signs: Sequence["Sign"]) -> dict[tuple[int, int], list[str]]:
    rooms = facts.names["room_id"].to_pylist()
    out: dict[tuple[int, int], list[str]] = {}
    for sign in signs:
        if sign.subject_type == "account":
            account = facts.names["account_id"].index(sign.subject_id).as_py()
            names = out.setdefault((rooms.index(sign.room_id), account), [])
            names += [sign.detector] if sign.detector not in names else []
    return out
