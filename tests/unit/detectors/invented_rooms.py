"""Invented rooms as EVENTS, one detector's look at them, and its scores: what the tests beside this file share."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from truecrowd.detectors import Detector
from truecrowd.engine.run import Observed, observe_all
from truecrowd.engine.settings import Settings
from truecrowd.features.goods import events_table
from truecrowd.schema import EVENTS

OPENS_US = 1_767_268_800_000_000  # second 0 of `of_acts`
START_US = 1_785_000_007_123_457  # when the first orders are placed; no round number
DAY_US = 86_400_000_000
KINDS = dict(EVENTS.columns)

Row = dict[str, object]


def of_columns(*parts: Mapping[str, Any], drop: Iterable[str] = (), **words: str) -> pa.Table:
    """Return the parts one below the other, in room `r` unless they name theirs; `words` say the same in every row."""
    columns = {
        name: [value for part in parts for value in np.asarray(part[name], object).tolist()] for name in parts[0]
    }
    n = len(columns["ts"])
    columns = {"room_id": ["r"] * n} | columns | {"event_id": [f"e{k}" for k in range(n)]}
    table = {name: pa.array(values, KINDS[name]) for name, values in columns.items() if name not in drop}
    return pa.table(table | _said(n, words))


def of_acts(rows: Sequence[tuple[Any, ...]], **words: str) -> pa.Table:
    """Return the acts of room `r`, each (account, seconds, type) or (account, seconds, type, value)."""
    accounts, seconds, kinds, *more = zip(*rows, strict=True)
    n = len(rows)
    made = {
        "event_id": pa.array([f"e{k}" for k in range(n)]),
        "ts": pa.array(OPENS_US + np.round(np.array(seconds) * 1e6).astype(np.int64), KINDS["ts"]),
        "event_type": pa.array([str(kind) for kind in kinds]).dictionary_encode(), "room_id": pa.array(["r"] * n),
        "account_id": pa.array(accounts, pa.string()),
    }  # fmt: skip
    value = {"value": pa.array(more[0], pa.float64())} if more else {}
    return pa.table(made | value | _said(n, words))


def look(detector: Detector, table: pa.Table, declared: frozenset[tuple[str, str]] = frozenset()) -> Observed:
    return observe_all([table], Settings(threads=1), detectors=[detector], declared=lambda: declared)


def look_at_rows(detector: Detector, *parts: Iterable[Row]) -> Observed:
    return look(detector, events_table([row for part in parts for row in part]))


def scores_of(seen: Observed, prefix: str, subject: str = "account") -> np.ndarray:
    """Return the scores of the subjects whose names begin with `prefix`."""
    return np.array([score for _, score in _scored(seen, subject, prefix)])


def by_name(seen: Observed, subject: str = "account", prefix: str = "") -> dict[str, float]:
    return dict(_scored(seen, subject, prefix))


def params_of(seen: Observed) -> list[dict[str, Any]]:
    return [json.loads(text) for text in seen.findings["params"].to_pylist()]


def _said(n: int, words: Mapping[str, str]) -> dict[str, pa.Array]:
    return {name: pa.array([word] * n).dictionary_encode() for name, word in words.items()}


def _scored(seen: Observed, subject: str, prefix: str) -> list[tuple[str, float]]:
    rows = [row for row in seen.scores.to_pylist() if row["subject_type"] == subject]
    return [(row["subject_id"], row["score"]) for row in rows if row["subject_id"].startswith(prefix)]
