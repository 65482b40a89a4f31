"""The contract file: what was agreed and what was shown, from one TOML text (docs/reference/contract-file.md).

A clause is the user's reading of a paper; nothing here is guessed. What is not written is not agreed: no line.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from truecrowd.brand.sums import in_words, percent
from truecrowd.errors import ConfigError

MAX_TEXT: Final = 256 << 10
"""Longest contract file, characters."""
MAX_MINOR: Final = 10**15
"""Largest sum, minor units: ten trillion yuan is a slip."""
_HOME_S: Final = 28_800
MAX_ITEMS: Final = 100_000
"""Longest list: of order ids."""
BASES: Final = ("shown", "paid", "kept", "settled")
"""What may count: all that was placed; what was paid; paid and not returned now; not returned at settlement."""
REMEDIES: Final = ("pro_rata", "all_or_nothing", "make_up")
PENALTIES: Final = ("returned", "manufactured")
CHANNELS: Final[Mapping[str, str]] = MappingProxyType(
    {"private_groups": "share"}
    | {name: name for name in ("follow", "recommend", "search", "share", "paid", "raid", "external")}
)
"""A channel of the contract, and the `traffic_source` its orders carry."""


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open `[start, end)`, UTC; `offset_s`: the zone it was written in, seconds east."""

    start: datetime
    end: datetime
    offset_s: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """Figures that a dashboard or a seller showed: as told, never counted, never in a claim; None: not told."""

    orders: int | None = None
    gmv_minor: int | None = None
    viewers: int | None = None
    viewer_minutes: int | None = None
    comments: int | None = None
    likes: int | None = None
    popups: int | None = None
    reviews: int | None = None
    views: int | None = None
    peak_online: int | None = None
    ad_spend_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """The terms of one deal; None: no such clause.

    Args:
        name: What the reader calls it.
        currency: ISO 4217 code of every sum here.
        products: Ids of the products it is about; empty: every product of the merchant.
        broadcast: When it was on air, by time.
        slot: The product's turns, by time.
        slot_fee_minor: Fixed fee, minor units.
        commission_share: Part of `commission_base`, 0 to 1.
        commission_base: One of `BASES`.
        commission_paid_minor: Commission that has been paid, minor units.
        settlement: Day on which commission was settled.
        refund_window_d: Days after payment until an order is final.
        claim_until: Last day for a claim.
        guarantee_minor: Guaranteed sales, minor units, of what `guarantee_counts` (one of `BASES`) says.
        guarantee_remedy: One of `REMEDIES`.
        penalty_share: Part of `penalty_base` (one of `PENALTIES`), 0 to 1.
        channels_barred: Keys of `CHANNELS` from which no buyer may be led in.
        channels_orders: Ids of orders the reader says came that way.
        channels_remedy: "exclude": they do not count; "discount": they count less by `channels_discount_share`.
        stock_scope: "room": the shown stock is sold nowhere else.
        sources: By key: where it stands in the paper.
        shown: As told.
    """

    name: str = ""
    currency: str = "CNY"
    products: tuple[str, ...] = ()
    broadcast: tuple[Span, ...] = ()
    slot: tuple[Span, ...] = ()
    slot_fee_minor: int | None = None
    commission_share: Decimal | None = None
    commission_base: str | None = None
    commission_paid_minor: int | None = None
    settlement: date | None = None
    refund_window_d: int = 15
    claim_until: date | None = None
    guarantee_minor: int | None = None
    guarantee_counts: str | None = None
    guarantee_remedy: str | None = None
    penalty_share: Decimal | None = None
    penalty_base: str | None = None
    channels_barred: tuple[str, ...] = ()
    channels_orders: tuple[str, ...] = ()
    channels_remedy: str | None = None
    channels_discount_share: Decimal | None = None
    stock_scope: str | None = None
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    shown: Shown = Shown()

    @classmethod
    def parse(cls, text: str, *, where: str = "contract file") -> "Deal":
        """Return the deal of one TOML text.

        Args:
            text: The file.
            where: Its name, for errors.

        Raises:
            ConfigError: Not TOML, an unknown key (the nearest one is named), a value of the wrong type or range, or two
                keys that contradict each other.
        """
        tree = _tree(text, where)
        for name, value in tree.items():
            if name not in ("deal", "shown") and (name in _DEAL or name in _SHOWN):
                table = "deal" if name in _DEAL else "shown"
                what = f"'{name}' stands above every [table]"
                raise ConfigError(what, where=where, fix=f"move it below the line [{table}]")
            _known(name, ("deal", "shown"), where)
            if not isinstance(value, dict):
                what = f"{name} = {_short(value)} is not a table"
                raise ConfigError(what, where=where, fix=f"write [{name}] on a line of its own, its keys below")
        if "deal" not in tree:
            raise ConfigError("the table [deal] is missing", where=where, fix="write [deal] above the terms")
        at = f"{where}, [deal]"
        terms, sources = _filled(tree["deal"], _DEAL, at)
        shown, told = _filled(tree.get("shown", {}), _SHOWN, f"{where}, [shown]")
        deal = cls(**terms, shown=Shown(**shown), sources=MappingProxyType(sources | told))
        _agree(deal, at)
        return deal

    def source_of(self, key: str) -> str:
        """Return where a key stands in the paper, or "" where the reader did not say."""
        return self.sources.get(key, "")

    @property
    def ends(self) -> datetime | None:
        """End of the last broadcast, None where no window is given."""
        return max((span.end for span in self.broadcast), default=None)

    @property
    def zone(self) -> timezone:
        """Zone of the contract's days: that of its first window; +08:00 without one."""
        windows = self.broadcast or self.slot
        return timezone(timedelta(seconds=windows[0].offset_s if windows else _HOME_S))

    def in_words(self) -> list[tuple[str, str, str]]:
        """Return (key, Chinese, English) of every window, sum and share as read, so that a slip shows."""
        rows = [(key, *_length(span)) for key in ("broadcast", "slot") for span in getattr(self, key)]
        for holder in (self, self.shown):
            for item in fields(holder):
                value = getattr(holder, item.name)
                key = item.name if holder is self else f"shown.{item.name}"
                if item.name.endswith("_minor") and value is not None:
                    rows.append((key, in_words(value, self.currency, "zh"), in_words(value, self.currency, "en")))
                elif isinstance(value, Decimal):
                    rows.append((key, percent(value, "zh"), percent(value, "en")))
        return rows


def _length(span: Span) -> tuple[str, str]:
    """Return a window in its own zone, and how long it is, in Chinese and English."""
    here = timezone(timedelta(seconds=span.offset_s))
    start, end = (instant.astimezone(here) for instant in (span.start, span.end))
    minutes, zone = round((span.end - span.start).total_seconds() / 60), f"{start:%z}"
    hours, rest = divmod(minutes, 60)
    first, last, zone = f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}", f"{zone[:3]}:{zone[3:]}"
    return (
        f"{first} 至 {last}（{zone}），{hours}小时{rest:02}分",
        f"{first} to {last} ({zone}), {hours} h {rest:02} min",
    )


def _tree(text: str, where: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT:
        what = f"the file has {len(text):,} characters, wanted {MAX_TEXT:,} or fewer"
        raise ConfigError(what, where=where, fix="is this the contract file? docs/reference/contract-file.md shows one")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a plain ValueError
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply, or a number too long"
        raise ConfigError(f"not TOML: {why}", where=where, fix="correct that line") from error


def _known(name: str, known: tuple[str, ...], where: str) -> None:
    if name not in known:
        near = get_close_matches(name[:80], known, 1, 0.0)[0]
        what = f"'{_cut(name)}' is not a key of a contract file"
        raise ConfigError(what, where=where, fix=f"write '{near}', or leave it out")


def _filled(
    table: Mapping[str, object], kinds: "Mapping[str, _Read]", where: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of a table by key, and where each stands in the paper by key."""
    citing = {f"{stem}_source": key for key in kinds for stem in (key, _stem(key))}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, value in table.items():
        _known(name, (*kinds, *citing), where)
        at = f"{where}, {name}"
        if name in kinds:
            values[name] = kinds[name](value, at)
        elif citing[name] not in table:
            what = f"{name} says where {citing[name]} stands, but there is no {citing[name]}"
            raise ConfigError(what, where=where, fix=f"add {citing[name]}, or leave {name} out")
        elif citing[name] in sources:
            raise ConfigError(f"two keys say where {citing[name]} stands", where=at, fix="keep one")
        else:
            sources[citing[name]] = _text(value, at)
    return values, sources


def _stem(key: str) -> str:
    for unit in ("_minor", "_share", "_d"):
        key = key.removesuffix(unit)
    return key


# ---- values ---------------------------------------------------------------------------------------------------------
_Read = Callable[[object, str], object]


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."


def _short(value: object) -> str:
    return _cut(str(value) if isinstance(value, Decimal | date) else repr(value))


def _wrong(value: object, wanted: str, where: str, fix: str) -> ConfigError:
    return ConfigError(f"{_short(value)}, wanted {wanted}", where=where, fix=fix)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) > 1_000:
        raise _wrong(value, "text of at most 1,000 characters", where, 'write it between quotation marks: "..."')
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    fix = 'write ["..."], ids between quotation marks'
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        raise _wrong(value, f"a list of at most {MAX_ITEMS:,} ids", where, fix)
    for item in value:
        if not isinstance(item, str) or not item.strip() or len(item) > 1_000:
            raise _wrong(item, "an id between quotation marks", where, fix)
    return tuple(dict.fromkeys(item.strip() for item in value))


def _currency(value: object, where: str) -> str:
    if not isinstance(value, str) or not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise _wrong(value, "an ISO 4217 code", where, 'write "CNY" for yuan, "USD" for US dollars')
    return value


def _count(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_MINOR:
        raise _wrong(value, f"a whole number of 0 to {MAX_MINOR:,}", where, "write digits only, e.g. 500 or 12_000")
    return value


def _sum(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_MINOR:
        wanted = f"a whole number of minor units (fen, cents) of 0 to {MAX_MINOR:,}"
        raise _wrong(value, wanted, where, "write 2_000_000 for 20,000.00 yuan")
    return value


def _share(value: object, where: str) -> Decimal:
    number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    fix = "write 0.20 for 20 %"
    if not isinstance(number, Decimal) or not number.is_finite() or not 0 <= number <= 1:
        raise _wrong(value, "a share of 0 to 1", where, fix)
    if -int(number.as_tuple().exponent) > 12:
        raise _wrong(value, "at most 12 decimals", where, fix)
    return number


def _days(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 3_650:
        raise _wrong(value, "whole days of 0 to 3,650", where, "write e.g. 15")
    return value


def _date(value: object, where: str) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _wrong(value, "a date", where, "write it without quotation marks: 2020-07-20")
    _in_years(value, where)
    return value


def _spans(value: object, where: str) -> tuple[Span, ...]:
    fix = "write [{ start = 2020-07-18T19:00:00+08:00, end = 2020-07-18T23:00:00+08:00 }]"
    if not isinstance(value, list) or len(value) > 1_000:
        raise _wrong(value, "a list of at most 1,000 windows", where, fix)
    spans = []
    for place, item in enumerate(value, 1):
        at = f"{where}, window {place}"
        if not isinstance(item, dict) or set(item) != {"start", "end"}:
            raise _wrong(item, "start and end", at, fix)
        for name, instant in item.items():
            if not isinstance(instant, datetime) or instant.tzinfo is None:
                raise _wrong(
                    instant, f"{name} with its zone", at, "write 2020-07-18T19:00:00+08:00, no quotation marks"
                )
        if item["end"] <= item["start"]:
            raise _wrong(item["end"], f"an end after {item['start']}", at, "correct the earlier or the later time")
        offset = item["start"].utcoffset() or timedelta()
        spans.append(Span(_utc(item["start"], at), _utc(item["end"], at), round(offset.total_seconds())))
    spans.sort(key=lambda span: span.start)
    for one, other in pairwise(spans):
        if other.start < one.end:
            what = f"two windows overlap: one ends {one.end.isoformat()}, the next starts {other.start.isoformat()}"
            raise ConfigError(what, where=where, fix="join them, or correct their times")
    return tuple(spans)


def _utc(instant: datetime, where: str) -> datetime:
    _in_years(instant, where)
    return instant.astimezone(UTC)


def _in_years(day: date, where: str) -> None:
    if not 2000 <= day.year <= 2200:
        raise _wrong(day, "a year of 2000 to 2200", where, "correct the year")


def _one_of(*wanted: str) -> _Read:
    def read(value: object, where: str) -> str:
        if not isinstance(value, str) or value not in wanted:
            near = get_close_matches(value[:80], wanted, 1, 0.0)[0] if isinstance(value, str) else wanted[0]
            raise _wrong(value, "one of " + ", ".join(wanted), where, f'write "{near}"')
        return value

    return read


def _channels(value: object, where: str) -> tuple[str, ...]:
    read = _one_of(*CHANNELS)
    return tuple(str(read(item, where)) for item in _texts(value, where))


_DEAL: Final[dict[str, _Read]] = {
    "name": _text, "currency": _currency, "products": _texts, "broadcast": _spans, "slot": _spans,
    "slot_fee_minor": _sum, "commission_share": _share, "commission_base": _one_of(*BASES),
    "commission_paid_minor": _sum, "settlement": _date, "refund_window_d": _days, "claim_until": _date,
    "guarantee_minor": _sum, "guarantee_counts": _one_of(*BASES), "guarantee_remedy": _one_of(*REMEDIES),
    "penalty_share": _share, "penalty_base": _one_of(*PENALTIES), "channels_barred": _channels,
    "channels_orders": _texts, "channels_remedy": _one_of("exclude", "discount"), "channels_discount_share": _share,
    "stock_scope": _one_of("room"),
}  # fmt: skip
_SHOWN: Final[dict[str, _Read]] = {
    item.name: _sum if item.name.endswith("_minor") else _count for item in fields(Shown)
}


# ---- keys that belong together ----------------------------------------------------------------------------------------
_NEEDS: Final = (
    ("commission_share", "commission_base", 'commission_base = "kept"'),
    ("commission_base", "commission_share", "commission_share = 0.20"),
    ("guarantee_minor", "guarantee_counts", 'guarantee_counts = "kept"'),
    ("guarantee_counts", "guarantee_minor", "guarantee_minor = 250_000_000"),
    ("guarantee_remedy", "guarantee_minor", "guarantee_minor = 250_000_000"),
    ("penalty_share", "penalty_base", 'penalty_base = "returned"'),
    ("penalty_base", "penalty_share", "penalty_share = 0.30"),
    ("channels_remedy", "channels_barred", 'channels_barred = ["private_groups"]'),
    ("channels_orders", "channels_barred", 'channels_barred = ["private_groups"]'),
    ("channels_discount_share", "channels_remedy", 'channels_remedy = "discount"'),
)
"""A key, the key it means nothing without, and how that one is written."""


def _agree(deal: Deal, where: str) -> None:
    for key, needed, example in _NEEDS:
        if getattr(deal, key) not in (None, ()) and getattr(deal, needed) in (None, ()):
            what = f"{key} says nothing without {needed}, which is missing"
            raise ConfigError(what, where=where, fix=f"add it as the contract has it, e.g. {example}")
    _agree_sums(deal, where)
    _agree_times(deal, where)


def _agree_sums(deal: Deal, where: str) -> None:
    if deal.guarantee_minor == 0:
        raise ConfigError("guarantee_minor = 0 guarantees nothing", where=where, fix="leave it out")
    if deal.guarantee_remedy in ("pro_rata", "all_or_nothing") and deal.slot_fee_minor is None:
        what = f'guarantee_remedy = "{deal.guarantee_remedy}" gives back a fee, and slot_fee_minor is missing'
        raise ConfigError(what, where=where, fix="add slot_fee_minor, or leave guarantee_remedy out")
    if deal.channels_discount_share is not None and deal.channels_remedy != "discount":
        what = f'channels_discount_share is set, and channels_remedy = "{deal.channels_remedy}"'
        raise ConfigError(what, where=where, fix='write channels_remedy = "discount", or leave the share out')
    if deal.settlement is None and "settled" in (deal.commission_base, deal.guarantee_counts):
        what = '"settled" counts what was left on the day of settlement, and settlement is missing'
        raise ConfigError(what, where=where, fix="add e.g. settlement = 2020-07-20")


def _agree_times(deal: Deal, where: str) -> None:
    for span in deal.slot if deal.broadcast else ():
        if not any(air.start <= span.start and span.end <= air.end for air in deal.broadcast):
            what = f"the slot of {span.start.isoformat()} lies outside every broadcast"
            raise ConfigError(what, where=f"{where}, slot", fix="correct the times of the slot or of the broadcast")
    windows = deal.broadcast or deal.slot
    if not windows:
        return
    first = windows[0].start - timedelta(days=1)  # a day by its own zone, whichever it is
    for key in ("settlement", "claim_until"):
        day = getattr(deal, key)
        if day is not None and day < first.date():
            what = f"{key} = {day} is before the first broadcast, {windows[0].start.isoformat()}"
            raise ConfigError(what, where=where, fix="correct the day or the broadcast")
