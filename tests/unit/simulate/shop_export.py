"""Reads what `simulate disputes` wrote, knowing only what a reader of the files can know."""

import csv
import io
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

BEIJING = timedelta(hours=8)
Row = dict[str, str]


def rows_of(text: str) -> list[Row]:
    """Rows of an export; the tab that keeps spreadsheets from rounding order numbers is taken off."""
    assert text.startswith("\ufeff")
    found = list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))
    return [{name: cell.rstrip("\t") for name, cell in row.items()} for row in found]


def minor(cell: str) -> int:
    yuan, fen = cell.split(".")
    assert len(fen) == 2
    return int(yuan) * 100 + int(fen)


def money(rows: list[Row]) -> int:
    return sum(minor(row["订单应付金额"]) for row in rows)


def at(cell: str) -> datetime:
    """A time of the export, in Beijing's clock."""
    return datetime.fromisoformat(cell)


def is_refunded(row: Row) -> bool:
    return row["售后状态"] == "退款成功"


def is_kept(row: Row) -> bool:
    return row["订单状态"] == "已完成" and not is_refunded(row)


def is_unpaid(row: Row) -> bool:
    return row["订单状态"] == "已关闭" and not is_refunded(row)


def is_before_shipping(row: Row) -> bool:
    return is_refunded(row) and not row["发货时间"]


@lru_cache(maxsize=8)
def _read(path: Path) -> list[Row]:
    return rows_of(path.read_bytes().decode())


@dataclass(frozen=True, slots=True)
class Dispute:
    """One folder of a dispute, as read from disk."""

    folder: Path

    @property
    def rows(self) -> list[Row]:
        return _read(self.folder / "orders.csv")

    @property
    def contract(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "deal.toml").read_text(encoding="utf-8"))

    @property
    def deal(self) -> dict[str, Any]:
        return self.contract["deal"]

    @property
    def shown(self) -> dict[str, Any]:
        return self.contract["shown"]

    @property
    def broadcasts(self) -> list[tuple[datetime, datetime]]:
        """Start and end of each broadcast, in Beijing's clock."""
        return [tuple(span[name].replace(tzinfo=None) for name in ("start", "end")) for span in self.deal["broadcast"]]

    def variant(self, name: str) -> "Dispute":
        return Dispute(self.folder / "variants" / name)
