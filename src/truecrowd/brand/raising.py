"""What the brand's look changes in verdicts and shares: lower bounds, levels, and what must not be said.

Money alone is worth watching at most, with one exception: repeats are arithmetic, so on complete records a fifth of all
orders from at least two buyers makes scheme brushing high, never critical (brand-audit.md 2). Where no check could look
at the orders there is no share of them, and a room that was not looked at is not clear.
"""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.brand.answers import CHANCE
from truecrowd.brand.bounds import HIGH_SHARE, LEAST_BUYERS, WATCH_SHARE
from truecrowd.brand.look import Bounds, Brand
from truecrowd.brand.scope import OFF
from truecrowd.schema import SHARES, VERDICTS, build, ordered
from truecrowd.verdict.levels import ORDER
from truecrowd.verdict.signs import P_BREACH

ORDER_CHECKS: Final = frozenset({"repeat_buyers", "refund_shape", "order_path"})
"""Detectors that look at orders themselves."""
_ARITHMETIC: Final = frozenset({"repeat_buyers", "exact"})
_SELLING: Final = ("orders", "gmv")
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Judge:
    """What is known of orders, by room id.

    Args:
        bounds: `at_least` of rooms in scope.
        looked: Rooms in which a check looked at orders.
        sold: Rooms with orders.
        watched: Rooms with a recorded audience.
        incomplete: Rooms of which the source delivers only a part of the orders, or ids that are no buyer's own.
        found: Rooms in which a check of orders has a finding.
    """

    bounds: Mapping[str, Bounds]
    looked: Set[str]
    sold: Set[str]
    watched: Set[str]
    incomplete: Set[str]
    found: Set[str]

    def room(self, row: Row) -> Row:
        """Return one VERDICTS row about a room."""
        room, scheme = str(row["room_id"]), row["scheme"]
        if room.startswith(OFF):
            return row | {"level": "undetermined", "reasons": ["not_a_room"]}
        if room not in self.sold or scheme not in ("brushing", "any"):
            return row
        row = self._milder(row, room)
        row = self._graver(row, room)
        if row["level"] == "clear" and room not in self.looked:
            return row | {"level": "undetermined", "reasons": ["orders_not_looked"]}
        if room not in self.watched and (row["level"] == "clear" or self._is_mild(row, room)):
            return row | {"level": "undetermined", "reasons": ["orders_only"]}
        return row

    def _is_mild(self, row: Row, room: str) -> bool:
        """Say whether only a sum over orders lifts a room to watch, and the milder reading of returns shows no more than chance."""
        bounds = self.bounds.get(room)
        if bounds is None or room in self.found or row["level"] != "watch":
            return False
        is_beyond = bounds.repeats.value >= WATCH_SHARE or bounds.excess.value > 0.0
        return not is_beyond and not bounds.chance <= CHANCE

    def _graver(self, row: Row, room: str) -> Row:
        bounds = self.bounds.get(room)
        if bounds is None:
            return row
        if row["scheme"] == "brushing" and not math.isnan(bounds.at_least):
            row = row | {"at_least": round(bounds.at_least, 6)}
        reasons = [str(one) for one in _list(row["reasons"])]
        if self._is_exact(bounds, room):
            names = [
                *[one for one in reasons if one not in (*_ARITHMETIC, "few_families", "not_looked")],
                "repeat_buyers",
                "exact",
            ]
            p = max(P_BREACH, float(str(row["p_manufactured"] or 0.0)))
            return _at_least(row, "high", names) | {"p_manufactured": p}
        found = {"repeats": bounds.repeats.value >= WATCH_SHARE, "excess": bounds.excess.value > 0.0}
        beyond = [name for name, holds in found.items() if holds]
        if not beyond:
            return row
        kept = [
            one
            for one in reasons
            if one not in ("usual_in_reference", "few_families", "not_looked", "wide_share", *beyond)
        ]
        return _at_least(row, "watch", [*kept, *beyond])

    def _is_exact(self, bounds: Bounds, room: str) -> bool:
        one = bounds.repeats
        return (
            one.value >= HIGH_SHARE and one.n_buyers >= LEAST_BUYERS and not one.state and room not in self.incomplete
        )

    def _milder(self, row: Row, room: str) -> Row:
        """Return the row without the exact breach of repeats, where the milder reading of the orders does not show it."""
        bounds = self.bounds.get(room)
        reasons = [str(one) for one in _list(row["reasons"])]
        is_alone = row["level"] == "high" and set(reasons) == _ARITHMETIC
        if bounds is None or not is_alone or self._is_exact(bounds, room):
            return row
        return row | {"level": "watch", "reasons": ["repeat_buyers"], "p_manufactured": None}

    def share(self, row: Row) -> Row:
        """Return one SHARES row of orders or gmv."""
        room = str(row["room_id"])
        if room in self.sold and room not in self.looked:
            return row | {"share": None, "share_low": None, "share_high": None}
        bounds = self.bounds.get(room)
        bound = math.nan
        if bounds is not None:
            bound = bounds.at_least if row["measure"] == "orders" else bounds.money
        if math.isnan(bound):
            return row
        row = row | {"at_least": round(bound, 6)}
        if row["share"] is None:
            return row
        share, low, high = (float(str(row[name])) for name in ("share", "share_low", "share_high"))
        above = 1.0 if bound > share else max(high, bound)  # a pattern not seen in training (verdict.shares.within)
        return row | {
            "share": round(max(share, bound), 6), "share_low": round(max(low, bound), 6), "share_high": round(above, 6),
        }  # fmt: skip


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _at_least(row: Row, level: str, reasons: list[str]) -> Row:
    if ORDER.index(str(row["level"])) >= ORDER.index(level):
        return row
    return row | {"level": level, "reasons": reasons}


def raised(
    verdicts: pa.Table, shares: pa.Table, coverage: pa.Table, findings: pa.Table, brand: Brand
) -> tuple[pa.Table, pa.Table]:
    """Return VERDICTS and SHARES as the brand's look leaves them.

    Args:
        verdicts: VERDICTS.
        shares: SHARES.
        coverage: COVERAGE: whether a check could look at orders.
        findings: FINDINGS.
        brand: The look.
    """
    judge = _judge(coverage, shares, findings, brand)
    is_room = pc.equal(verdicts["subject_type"], "room")
    rooms = [judge.room(row) for row in verdicts.filter(is_room).to_pylist()]
    rest = _unlooked(verdicts.filter(pc.invert(is_room)), judge)
    is_sale = pc.is_in(shares["measure"], pa.array(_SELLING))
    sales = [judge.share(row) for row in shares.filter(is_sale).to_pylist()]
    return (
        ordered(pa.concat_tables([build(VERDICTS, rooms), rest]), VERDICTS),
        ordered(pa.concat_tables([build(SHARES, sales), shares.filter(pc.invert(is_sale))]), SHARES),
    )


def told_of_sales(shares: pa.Table, findings: pa.Table) -> pa.Table:
    """Return SHARES without an estimate of sales where orders stand alone and no check of orders found anything.

    How often orders come back differs more between honest merchants than an export can show, so the estimate of such a
    room says more about the reference than about the room.

    Args:
        shares: SHARES.
        findings: FINDINGS.
    """
    is_sale = pc.is_in(shares["measure"], pa.array(_SELLING))
    seen = shares.filter(pc.and_(pc.invert(is_sale), pc.greater(pc.fill_null(shares["shown"], 0), 0)))
    known = pa.chunked_array([seen["room_id"].combine_chunks(), _by_order_checks(findings)["room_id"].combine_chunks()])
    is_alone = pc.and_(is_sale, pc.invert(pc.is_in(shares["room_id"], known.combine_chunks())))
    for name in ("share", "share_low", "share_high"):
        at = shares.schema.get_field_index(name)
        shares = shares.set_column(at, shares.schema.field(name), pc.if_else(is_alone, None, shares[name]))
    return shares


def _judge(coverage: pa.Table, shares: pa.Table, findings: pa.Table, brand: Brand) -> _Judge:
    looks = _by_order_checks(coverage)
    repeats = coverage.filter(pc.equal(coverage["detector"], "repeat_buyers"))
    partly = repeats.filter(pc.not_equal(pc.fill_null(repeats["mode"], "full"), "full"))
    sold = shares.filter(pc.and_(pc.equal(shares["measure"], "orders"), pc.is_valid(shares["shown"])))
    return _Judge(
        bounds=brand.bounds, looked=frozenset(looks.filter(looks["looked"])["room_id"].to_pylist()),
        sold=frozenset(sold["room_id"].to_pylist()),
        watched=frozenset(one.room_id for one in brand.scope.sessions if one.has_audience),
        incomplete=frozenset(partly["room_id"].to_pylist()),
        found=frozenset(_by_order_checks(findings)["room_id"].to_pylist()),
    )  # fmt: skip


def _by_order_checks(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.is_in(rows["detector"], pa.array(sorted(ORDER_CHECKS))))


def _unlooked(rows: pa.Table, judge: _Judge) -> pa.Table:
    """Return verdicts about orders with nothing said of those no check could look at."""
    blind = pa.array(sorted(judge.sold - judge.looked), pa.string())
    hit = pc.and_(pc.equal(rows["subject_type"], "order"), pc.is_in(rows["room_id"], blind))
    if not pc.any(hit).as_py():
        return rows
    n = rows.num_rows
    mask = hit.combine_chunks().to_numpy(zero_copy_only=False) if n else np.zeros(0, np.bool_)
    reasons = pa.array([["not_looked"]], VERDICTS.schema.field("reasons").type).take(pa.array(np.zeros(n, np.int64)))
    changed = {
        "level": pc.if_else(hit, "undetermined", rows["level"]), "p_manufactured": pc.if_else(hit, None, rows["p_manufactured"]),
        "reasons": pc.if_else(pa.array(mask), reasons, rows["reasons"].combine_chunks()),
    }  # fmt: skip
    for name, column in changed.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, VERDICTS.schema.field(name), column)
    return rows
