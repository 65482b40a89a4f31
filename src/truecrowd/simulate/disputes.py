"""The preset `disputes`: eight disputes with their published figures exact, each with its variants and honest twin."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.simulate.disputes_cases import CASES, VARIANTS, Case
from truecrowd.simulate.disputes_deal import deal_of
from truecrowd.simulate.disputes_export import exported
from truecrowd.simulate.disputes_orders import Orders, cut, ends_s, orders_of
from truecrowd.simulate.disputes_rooms import Told, buyers_of, played
from truecrowd.simulate.disputes_seen import seen
from truecrowd.simulate.disputes_twin import TOLD, honest
from truecrowd.simulate.kinds import U64
from truecrowd.simulate.playing import require_seed, unknown
from truecrowd.simulate.room import Chunk
from truecrowd.simulate.world import World
from truecrowd.simulate.worlds import WORLDS

ORDERS, EARLIER, DEAL = "orders.csv", "orders_earlier.csv", "deal.toml"
"""Texts of a folder; the second one is there in `two_exports` alone."""
ABOUT: Final = (
    "R1 to R8: orders.csv (a shop's export), deal.toml (its contract), events.parquet, labels (the truth), and once more "
    "in variants/" + ", variants/".join(VARIANTS)
)
"""What stands where, one line; it is in meta.json."""
_ROLES: Final = {"brushing": "brushing", "organised": "fan_group", "": "casual"}
_TWIN_ROLES: Final = tuple("price_error" if each == "price" else "casual" for each in TOLD)
_TWIN_GUARDS: Final = ("bulk_buyer", "coupon_top_up", "price_error", "size_swap")
_YOUNG_S: Final = 86_400.0
"""Age of the youngest export: a day after the last broadcast."""
_HIDES: Final = {"no_refund_time": frozenset({"refund_time"}), "no_shipping": frozenset({"shipping"})}


@dataclass(frozen=True, slots=True)
class Folder:
    """What one folder of a dispute holds.

    Args:
        place: Path inside the output: R1, or R1/variants/honest_twin.
        case: R1 to R8.
        variant: One of `disputes_cases.VARIANTS`; empty for the base.
        texts: File name -> text.
        chunk: Events and truth.
        n_orders: Orders in it.
    """

    place: str
    case: str
    variant: str
    texts: dict[str, str]
    chunk: Chunk
    n_orders: int


@dataclass(frozen=True, slots=True)
class Disputes:
    """Disputes of one world and seed; made folder by folder, with the same result each time."""

    world: World
    seed: int
    cases: tuple[str, ...]
    variants: tuple[str, ...]

    def folders(self) -> Iterator[Folder]:
        """Yield every folder: each case, and behind it its variants."""
        for key in self.cases:
            root = f"{self.world.name}/{self.seed}/disputes/{key}"
            base = _told(CASES[key], self.world, root)
            yield base.folder("")
            for variant in self.variants:
                telling = _twin(base, self.world, f"{root}/{variant}") if variant == "honest_twin" else base
                yield telling.folder(variant)


def disputes(
    *,
    world: str = "develop",
    seed: int = 0,
    cases: tuple[str, ...] = tuple(CASES),
    variants: tuple[str, ...] = VARIANTS,
) -> Disputes:
    """Return the disputes, ready to be written.

    Args:
        world: One of `WORLDS`: how people pay, merchants ship and ordinary buyers send back.
        seed: Any integer >= 0; the same one gives the same bytes.
        cases: Keys of the disputes wanted.
        variants: What each is written as besides its base.

    Raises:
        ConfigError: Unknown world, case or variant, or a negative seed.
    """
    if world not in WORLDS:
        raise unknown("world", world, tuple(WORLDS))
    for kind, names, known in (("dispute", cases, tuple(CASES)), ("variant", variants, VARIANTS)):
        for each in names:
            if each not in known:
                raise unknown(kind, each, known)
    require_seed(seed)
    return Disputes(WORLDS[world], seed, cases, variants)


@dataclass(frozen=True, slots=True)
class _Telling:
    """A case told once: its orders, the events and truth they give, and what buyers and terms are."""

    told: Told
    chunk: Chunk
    accounts: U64
    deal: str
    root: str

    def folder(self, variant: str) -> Folder:
        """Return the telling as one variant shows it."""
        case, orders, chunk = self.told.case, self.told.orders, self.chunk
        hides, is_masked = case.lacks | _HIDES.get(variant, frozenset()), variant == "masked_buyers"
        texts = {DEAL: self.deal}
        if variant == "young_refunds":
            until_s = ends_s(case) + _YOUNG_S
            orders, chunk = cut(orders, until_s), Chunk(_until(chunk.events, until_s), chunk.truth)
        elif variant == "two_exports":
            earlier, orders = split(orders)
            texts[EARLIER] = self._export(earlier, hides, is_masked=is_masked)
        texts[ORDERS] = self._export(orders, hides, is_masked=is_masked)
        events = seen(chunk.events, hides, is_masked=is_masked)
        place = f"{case.key}/variants/{variant}" if variant else case.key
        return Folder(place, case.key, variant, texts, Chunk(events, chunk.truth), len(self.told.orders))

    def _export(self, orders: Orders, hides: frozenset[str], *, is_masked: bool) -> str:
        is_led = replace(self.told, orders=orders).is_role("fan_group")
        return exported(orders, self.accounts, is_led, self.root, hides, is_masked=is_masked)


def split(orders: Orders) -> tuple[Orders, Orders]:
    """Return an earlier and a later export that share a third of the orders; neither holds them all.

    The first two thirds stand in the earlier one, as they were when the first third had come to rest; the last two thirds
    in the later one, as they are in the end.
    """
    third = len(orders) // 3
    places = np.arange(len(orders))
    at_rest_s = float(orders.last_s()[:third].max(initial=0.0))
    return cut(orders.take(places[: 2 * third]), at_rest_s), orders.take(places[third:])


def _told(case: Case, world: World, root: str) -> _Telling:
    told = Told(case, orders_of(case, world, root), tuple(_ROLES[part.scheme] for part in case.parts))
    return _telling(told, world, deal_of(case, told.orders, root), root)


def _twin(base: _Telling, world: World, root: str) -> _Telling:
    told = Told(base.told.case, honest(base.told.case, base.told.orders, root), _TWIN_ROLES, _TWIN_GUARDS)
    return _telling(told, world, base.deal, root)


def _telling(told: Told, world: World, deal: str, root: str) -> _Telling:
    return _Telling(told, played(told, world, root), buyers_of(told, world, root).account, deal, root)


def _until(events: pa.Table, until_s: float) -> pa.Table:
    last = pa.scalar(round(until_s * 1_000_000), pa.timestamp("us", tz="UTC"))
    return events.filter(pc.less_equal(events["ts"], last))
