"""Integer rows of many rooms -> EVENTS."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from truecrowd.schema import EVENT_TYPES, EVENTS, check
from truecrowd.simulate import ids, talk
from truecrowd.simulate.kinds import I64, U64, Bool, Rng
from truecrowd.simulate.people import People
from truecrowd.simulate.rows import NONE, Rows, is_kind, joined
from truecrowd.simulate.shelf import Shelf
from truecrowd.simulate.world import World

MICROS: Final = 1_000_000
_US = pa.timestamp("us", tz="UTC")
_PLACES: Final = ("room", "host", "merchant", "agency", "source_room")
_OCTETS = pa.array([str(number) for number in range(256)])


@dataclass(frozen=True, slots=True)
class Stage:
    """What the integer rows of one room point to.

    Args:
        key: Root of the room's ids.
        opens_us: The room's start, microseconds since 1970 in UTC.
        shelf: Products.
        people: Accounts.
        orders: Ids of the orders, by place.
        names: Keys of the host, merchant and agency; the room's own where absent.
        is_masked: Whether account ids are shown names that many share.
        language: Of the room, one of `talk.LANGUAGES`.
    """

    key: str
    opens_us: int
    shelf: Shelf
    people: People
    orders: U64
    names: dict[str, str]
    is_masked: bool = False
    language: str = "zh"

    def number(self, kind: str) -> int:
        """Return the id of the room, host, merchant, agency or source_room as a number."""
        return int(ids.numbers(self.names.get(kind) or f"{self.key}/{kind}", 1)[0])

    def id(self, kind: str) -> str:
        """Return the same id as text."""
        return ids.one(self.names.get(kind) or f"{self.key}/{kind}")

    def ts_us(self, table: Rows) -> I64:
        """Return the rows' times, microseconds since 1970 in UTC."""
        return self.opens_us + np.round(table.at_s * MICROS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Log:
    """Rows of many rooms in order of time; their places point into a `Register`."""

    rows: Rows
    us: I64
    event: U64
    room: I64
    seen: I64
    """The account where device and network are known, else `NONE`."""

    def __len__(self) -> int:
        return len(self.us)

    def take(self, which: slice | I64) -> "Log":
        """Return the rows a slice or an index array picks."""
        rows = self.rows.take(which)
        return Log(rows, self.us[which], self.event[which], self.room[which], self.seen[which])

    def cut(self, until_us: int | None) -> tuple["Log", "Log"]:
        """Return the rows before a time and the others; the first are all of them where it is None."""
        n = len(self) if until_us is None else int(np.searchsorted(self.us, until_us))
        return self.take(slice(0, n)), self.take(slice(n, len(self)))

    def copy(self) -> "Log":
        """Return the same rows in memory of their own, so that what they were cut from can go."""
        return self.take(np.arange(len(self)))


def merged(logs: list[Log]) -> Log:
    """Return several logs as one in order of time."""
    names = ("us", "event", "room", "seen")
    log = Log(
        joined([log.rows for log in logs]), *(np.concatenate([getattr(log, name) for log in logs]) for name in names)
    )
    return log.take(np.argsort(log.us, kind="stable"))


class Register:
    """Accounts, products, orders and rooms of all rooms played so far; grows, never changes what is in it.

    One thread may add rooms while another reads what was there before.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._columns: dict[str, tuple[NDArray[Any], int]] = {}
        self._titles: dict[str, int] = {}

    def column(self, name: str) -> NDArray[Any]:
        """Return everything added to a column so far."""
        values, n = self._columns[name]
        return values[:n]

    @property
    def titles(self) -> list[str]:
        """Different product titles; the column `title` points to them."""
        return list(self._titles)

    def enter(self, rng: Rng, stage: Stage, table: Rows) -> Log:
        """Add one room and return its rows, which must be in order of time.

        Args:
            rng: Decides which rows lack device and network.
            stage: What the rows point to.
            table: Rows of that room.
        """
        room = self._add("room", np.array([stage.number("room")], np.uint64))
        for kind in _PLACES[1:]:
            self._add(kind, np.array([stage.number(kind)], np.uint64))
        self._add("masked", np.array([stage.is_masked], np.int64))
        account = self._people(stage)
        product = self._add("product", stage.shelf.product)
        titles = [self._titles.setdefault(title, len(self._titles)) for title in stage.shelf.titles]
        self._add("title", np.array(titles, np.int64))
        moved = table.moved(account, product, self._add("order", stage.orders))
        moved = replace(moved, text=talk.spoken(moved.text, stage.language))
        n = len(table)
        seen = np.where(rng.random(n) < self.world.shown.bare_share, NONE, moved.account)
        return Log(moved, stage.ts_us(table), ids.numbers(f"{stage.key}/event", n), np.full(n, room), seen)

    def _people(self, stage: Stage) -> int:
        people = stage.people
        self._add("created", stage.opens_us - np.round(people.age_s * MICROS).astype(np.int64))
        for name in ("device", "payer"):
            self._add(name, getattr(people, name))
        for name, kind in (("ip", np.int32), *((name, np.int16) for name in ("model", "os", "app", "asn", "region"))):
            self._add(name, getattr(people, name).astype(kind))
        return self._add("account", people.account)

    def _add(self, name: str, values: NDArray[Any]) -> int:
        have, n = self._columns.get(name, (np.empty(0, values.dtype), 0))
        if n + len(values) > len(have):
            have = np.concatenate([have[:n], np.empty(max(len(values), n) + 1_024, values.dtype)])
        have[n : n + len(values)] = values
        self._columns[name] = have, n + len(values)
        return n


def events_of(register: Register, log: Log) -> pa.Table:
    """Return rows as EVENTS, in the same order."""
    columns = _plain(register, log) | _clients(register, log)
    for name in _PLACES:
        columns[f"{name}_id"] = _ids(register.column(name), log.room)
    columns["ts_kind"] = _words(["server"], np.zeros(len(log), np.int64))
    columns["id_kind"] = _words(
        ["stable", "masked"], np.where(log.rows.account == NONE, NONE, register.column("masked")[log.room])
    )
    return check(pa.table({name: columns[name] for name, _ in EVENTS.columns}, schema=EVENTS.schema), EVENTS)


def _plain(register: Register, log: Log) -> dict[str, pa.Array]:
    table = log.rows
    sources = [name for name, _ in register.world.arrivals.sources] + ["raid"]
    buyer = np.where(is_kind(table, "order", "payment"), table.account, NONE)
    payer = register.column("payer")
    return {
        "event_id": _ids(log.event, np.arange(len(log))),
        "ts": pa.array(log.us, pa.int64()).cast(_US),
        "event_type": _words(list(EVENT_TYPES), table.kind),
        "traffic_source": _picked(pa.array(sources), table.traffic),
        "product_id": _ids(register.column("product"), table.product),
        "product_title": _picked(
            pa.array(register.titles), np.where(table.product == NONE, NONE, register.column("title")[table.product])
        ),
        "order_id": _ids(register.column("order"), table.order),
        "ship_hash": _ids(payer, buyer, "ship"),
        "pay_hash": _ids(payer, buyer, "pay"),
        "amount_minor": _whole(table.amount, pa.int64()),
        "currency": _picked(pa.array(["CNY"]), np.where(table.amount == NONE, NONE, 0)),
        "quantity": _whole(table.quantity, pa.int32()),
        "text": talk.render(table.text, register.world.words, register.world.words_en),
        "value": pa.array(table.value, pa.float64(), mask=np.isnan(table.value)),
    }


def _clients(register: Register, log: Log) -> dict[str, pa.Array]:
    world, seen = register.world, log.seen
    is_none = seen == NONE

    def of(name: str) -> I64:
        return np.where(is_none, NONE, register.column(name)[seen])

    ip = of("ip")
    octets = [_picked(_OCTETS, np.where(is_none, NONE, ip >> shift & 255)) for shift in (16, 8, 0)]
    created = pa.array(register.column("created")[log.rows.account], pa.int64(), mask=log.rows.account == NONE)
    return {
        "account_id": _ids(register.column("account"), log.rows.account),
        "account_created_at": created.cast(_US),
        "device_id": _ids(register.column("device"), seen),
        "device_model": _picked(pa.array([name for name, *_ in world.phones.models]), of("model")),
        "os_version": _picked(pa.array([f"{version}.0" for version in range(64)]), of("os")),
        "app_version": _picked(pa.array([name for name, _ in world.phones.apps]), of("app")),
        "ip": pc.binary_join_element_wise(pa.scalar("10"), *octets, "."),
        "asn": _picked(pa.array([number for number, _ in world.networks.asns], pa.int32()), of("asn")),
        "region": _picked(
            pa.array([f"R{number:02d}" for number in range(1, 1 + world.networks.n_regions)]), of("region")
        ),
    }


def _ids(values: U64, places: I64, kind: str = "") -> pa.Array:
    known = values[places[places != NONE]]
    return ids.spread(ids.hashed(known, kind) if kind else known, np.asarray(places != NONE))


def _picked(values: pa.Array, places: I64) -> pa.Array:
    return values.take(pa.array(places, mask=_is_none(places)))


def _words(values: list[str], places: I64) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32(), mask=_is_none(places)), pa.array(values))


def _whole(values: I64, kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind, mask=_is_none(values))


def _is_none(values: I64) -> Bool:
    return np.asarray(values == NONE)
