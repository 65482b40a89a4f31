"""What an order export holds, before it is audited: which column is read as what, totals to compare, what is missing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.ingest import Options, Reading
from truecrowd.ingest.orders.headers import places
from truecrowd.ingest.orders.mapping import Mapping
from truecrowd.ingest.sources import Source
from truecrowd.surfaces.probe import Found
from truecrowd.surfaces.report.phrases import Lang, Money, Phrase, _, _n, say, visible
from truecrowd.surfaces.terminal import wrapped

_EVENTS: Final = 5
_SMALL: Final = 64 << 20
"""Bytes up to which the file is read a second time to count live sessions."""
_NOWHERE: Final = ((0, 1),)
"""A window nothing falls into: what hosts sold live then forms their sessions."""


@dataclass(frozen=True, slots=True)
class Preview:
    """One export.

    Args:
        read_as: Column of EVENTS, and the headers it is read from.
        n_orders: Distinct orders.
        gross, refunds: Minor units by currency.
        first: First events, as text.
        n_sessions: Live sessions of hosts the export marks; None where it marks none or was too large.
        lacks: What is not in the file.
        blind: What cannot be looked at because of that.
    """

    read_as: tuple[tuple[str, str], ...]
    n_orders: int
    gross: dict[str, int]
    refunds: dict[str, int]
    first: tuple[str, ...]
    n_sessions: int | None
    lacks: tuple[Phrase, ...]
    blind: tuple[Phrase, ...]


def preview(one: Found) -> Preview:
    """Read one export whole and return what it holds.

    Raises:
        InputError: It cannot be read as it is.
    """
    mapping, sample = one.planned.mapping, one.planned.sample
    assert mapping is not None
    assert sample is not None
    gross: Counter[str] = Counter()
    refunds: Counter[str] = Counter()
    orders: set[str] = set()
    first: list[str] = []
    for rows in Reading([one.planned.source], one.options).batches():
        kinds = rows.column("event_type").cast(pa.string())
        placed = rows.filter(pc.equal(kinds, "order"))
        orders.update(placed.column("order_id").to_pylist())
        gross.update(_sums(placed))
        refunds.update(_sums(rows.filter(pc.equal(kinds, "refund"))))
        first += [_line(row) for row in rows.slice(0, max(_EVENTS - len(first), 0)).to_pylist()]
    there = places(sample.header, mapping.wanted, mapping)
    lacks, blind = _missing(mapping, set(there))
    return Preview(
        _read_as(mapping, set(there)), len(orders), dict(gross), dict(refunds), tuple(first),
        _sessions(one.planned.source, one.options) if mapping.live else None, lacks, blind,
    )  # fmt: skip


def lines_of(shown: Preview, lang: Lang, width: int, *, has_events: bool) -> list[str]:
    """Return the preview as lines.

    Args:
        shown: The preview.
        lang: Language.
        width: Of the terminal.
        has_events: Whether the first events are shown.
    """
    out = _items(_("read as"), [f"{name} <- {headers}" for name, headers in shown.read_as], lang, width)
    totals = [say(_n("{n} order", "{n} orders", shown.n_orders, n=shown.n_orders), lang)]
    totals += [say(_("ordered {sum}", sum=Money(sum_, code)), lang) for code, sum_ in sorted(shown.gross.items())]
    totals += [say(_("refunded {sum}", sum=Money(sum_, code)), lang) for code, sum_ in sorted(shown.refunds.items())]
    out += _items(_("totals, to compare with the shop's own page"), totals, lang, width)
    if shown.n_sessions is not None:
        rooms = _n("{n} live session of a host", "{n} live sessions of hosts", shown.n_sessions, n=shown.n_sessions)
        out += _items(_("marked as sold live"), [say(rooms, lang)], lang, width)
    out += _items(_("no column for"), [say(one, lang) for one in shown.lacks], lang, width)
    out += _items(_("so no answer to"), [say(one, lang) for one in shown.blind], lang, width)
    if has_events:
        out.append(f"  {say(_('{head}:', head=_('first events')), lang)}")
        out += [f"    {line}" for line in shown.first]
    return out


def _items(head: Phrase, items: Sequence[str], lang: Lang, width: int) -> list[str]:
    return wrapped(f"  {say(_('{head}:', head=head), lang)}", list(items), width) if items else []


def _sums(rows: pa.Table) -> dict[str, int]:
    if "amount_minor" not in rows.column_names or not rows.num_rows:
        return {}
    money = rows.select(["currency", "amount_minor"]).filter(rows.column("amount_minor").is_valid())
    found = money.group_by("currency").aggregate([("amount_minor", "sum")]).to_pylist()
    return {row["currency"]: row["amount_minor_sum"] for row in found if row["currency"]}


def _line(row: dict[str, object]) -> str:
    """Return an event as text: no buyer, for ids of people are shown nowhere."""
    ts = str(row["ts"]).removesuffix("+00:00") + "Z"
    amount = row.get("amount_minor")
    money = say(Money(int(str(amount)), str(row["currency"])), "en") if amount is not None else ""
    parts = [ts, row["event_type"], row["order_id"], row.get("product_title") or row.get("product_id") or "", money]
    return "  ".join(visible(str(part), 40) for part in parts if part)


def _read_as(mapping: Mapping, there: set[str]) -> tuple[tuple[str, str], ...]:
    out = [(f"ts ({rule.type})", [name for name in rule.ts if name in there]) for rule in mapping.events]
    out += [(name, [one for one in value.columns if one in there]) for name, value in mapping.row.items()]
    if mapping.amount is not None:
        out.append(("amount_minor", [name for name in mapping.amount.columns if name in there]))
    shown = [(name, " / ".join(visible(one) for one in headers)) for name, headers in out if headers]
    return tuple(dict.fromkeys(shown))


def _missing(mapping: Mapping, there: set[str]) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    """Return what the file has no column for, and which figures need it."""
    has_time = {rule.type for rule in mapping.events if any(name in there for name in rule.ts)}
    has = {name for name, value in mapping.row.items() if any(one in there for one in value.columns)}
    wanted = [
        ("refund" in has_time, _("refund time"), _("refunds by age")),
        ("ship" in has_time, _("shipping time"), _("refunds before shipping")),
        ("account_id" in has, _("buyer"), _("orders and refunds per buyer")),
        ("product_id" in has or "product_title" in has, _("product"), _("orders of one product")),
        ("host_id" in has, _("host"), _("the merchant's other rooms")),
        (bool(mapping.amount and set(mapping.amount.columns) & there), _("amount"), _("sums of money")),
    ]
    gone = [(what, blind) for is_there, what, blind in wanted if not is_there]
    return tuple(what for what, _blind in gone), tuple(blind for _what, blind in gone)


def _sessions(source: Source, options: Options) -> int | None:
    """Return how many live sessions of hosts the export marks; None where the file is too large to read again."""
    if source.path is None or source.path.stat().st_size > _SMALL:
        return None
    rooms: set[str] = set()
    for rows in Reading([source], replace(options, broadcasts=_NOWHERE)).batches():
        rooms.update(pc.unique(rows.column("room_id")).to_pylist())
    return sum(not room.startswith("off:") for room in rooms)
