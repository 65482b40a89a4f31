"""Sets of rooms by name: what each holds, at its own size and at any other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from truecrowd.simulate import guards, ids
from truecrowd.simulate.promises import Offer
from truecrowd.simulate.room import RoomPlan
from truecrowd.simulate.schemes import Bought
from truecrowd.simulate.worlds import WORLDS

_BEIJING: Final = timezone(timedelta(hours=8))
_EVENING_US: Final = int(datetime(2026, 3, 12, 19, 0, tzinfo=_BEIJING).timestamp()) * 1_000_000
_TINY_VIEWERS: Final = {"honest": 5_200, "paid": 4_300}
_TINY_FIXED: Final = 1_700
"""Events of `tiny` that do not grow with the audience (stats, staff, troupe, brushing); measured."""
FAMILIES: Final = ("draw", "deal", "red_packet", "masked", *guards.GUARDS)
"""Every lookalike a room can be given."""
_THIN_VIEWERS, _THIN_LENGTH_S = 110, 3_000.0
_PER_FAMILY, _PLAIN = 300, 3_000


@dataclass(frozen=True, slots=True)
class Preset:
    """One set of rooms.

    Args:
        about: What is in it, one line.
        n_events: At its own size, about (measured in the world develop).
        least: Fewest events that can be asked for.
        most: Most events that can be asked for.
        plan: World name, seed and number of events -> rooms in order of their start.
    """

    about: str
    n_events: int
    least: int
    most: int
    plan: Callable[[str, int, int], tuple[RoomPlan, ...]]


def _tiny(_: str, __: int, n_events: int) -> tuple[RoomPlan, ...]:
    scale = (n_events - _TINY_FIXED) / (TINY_EVENTS - _TINY_FIXED)
    honest = RoomPlan(
        key="1",
        opens_us=_EVENING_US,
        length_s=3 * 3_600.0,
        category="apparel",
        n_viewers=max(1, round(_TINY_VIEWERS["honest"] * scale)),
        crowds=("raid", "draw", "deal"),
        offers=(Offer("sell_out", 2), Offer("extended", 5)),
    )
    n_paid = max(1, round(_TINY_VIEWERS["paid"] * scale))
    paid = RoomPlan(
        key="2",
        opens_us=_EVENING_US,
        length_s=3 * 3_600.0,
        category="apparel",
        n_viewers=n_paid,
        offers=(Offer("only_minutes", 1), Offer("staged", 3), Offer("last_pieces", 5)),
        bought=(
            Bought("farm", max(40, round(0.07 * n_paid)), 1_800.0),
            Bought("popup", max(12, round(0.014 * n_paid)), 3_000.0, 3_600.0),
            Bought("troupe", 40, 0.0),
            Bought("brushing", 10, 7_950.0, orders=76, product=7),
        ),
    )
    return honest, paid


def languages(world: str, key: str, n: int) -> list[str]:
    """Return the language of each of `n` rooms or hosts; some of every world speak English."""
    is_english = ids.generator(f"{key}/language").random(n) < WORLDS[world.partition("~")[0]].english_room_share
    return ["en" if each else "zh" for each in is_english.tolist()]


def _clean(world: str, seed: int, n_events: int) -> tuple[RoomPlan, ...]:
    """Every lookalike in some ordinary room, three to a room, and nothing bought."""
    n_rooms = max(4, -(-len(FAMILIES) // 3))
    n_viewers = max(60, round(n_events / n_rooms / _EVENTS_A_VIEWER))
    spread = [FAMILIES[place::n_rooms] for place in range(n_rooms)]
    spoken = languages(world, f"{world}/{seed}/clean", n_rooms)
    return tuple(
        RoomPlan(
            key=str(place),
            opens_us=_EVENING_US + place * 420_000_000,
            length_s=2 * 3_600.0,
            category=("apparel", "household")[place % 2],
            n_viewers=n_viewers,
            crowds=spread[place],
            offers=(Offer("sell_out", 2), Offer("extended", 5)) if place % 2 == 0 else (Offer("sell_out", 2),),
            language=spoken[place],
        )
        for place in range(n_rooms)
    )


def _guards(world: str, seed: int, n_events: int) -> tuple[RoomPlan, ...]:
    """Thin rooms, so many of each family, and plain ones; with `n_events` in the same proportion."""
    scale = n_events / GUARDS_EVENTS
    names: list[str] = []
    for family in FAMILIES:
        names.extend([family] * max(1, round(_PER_FAMILY * scale)))
    names.extend([""] * max(1, round(_PLAIN * scale)))
    offers = {"deal": (Offer("sell_out", 2),)}
    spoken = languages(world, f"{world}/{seed}/guards", len(names))
    return tuple(
        RoomPlan(
            key=f"{name or 'plain'}/{place}",
            opens_us=_EVENING_US + place * 2_000_000,
            length_s=_THIN_LENGTH_S,
            category=("apparel", "household")[place % 2],
            n_viewers=_THIN_VIEWERS + place * 37 % 150,
            crowds=(name,) if name else (),
            offers=offers.get(name, ()),
            language=spoken[place],
        )
        for place, name in enumerate(names)
    )


def _farm20k(_: str, __: int, n_events: int) -> tuple[RoomPlan, ...]:
    """The case of the public reports: one room, 20,000 phones with an address each, 2,000 lines, no two alike."""
    scale = n_events / FARM20K_EVENTS
    n = max(200, round(20_000 * scale))
    farm = Bought("farm", n, 1_800.0, 7_200.0, 0, "farm20k", n, lines=max(20, n // 10))
    room = RoomPlan("1", _EVENING_US, 3 * 3_600.0, "household", max(200, round(15_000 * scale)), bought=(farm,))
    return (room,)


def _head(_: str, __: int, n_events: int) -> tuple[RoomPlan, ...]:
    """One room with over a million viewers, a farm among them."""
    n = max(2_000, round(1_050_000 * n_events / HEAD_EVENTS))
    return (
        RoomPlan(
            key="1",
            opens_us=_EVENING_US,
            length_s=4 * 3_600.0,
            category="household",
            n_viewers=n,
            crowds=("raid", "draw", "commanded_words", "deal"),
            offers=(Offer("sell_out", 2), Offer("extended", 5)),
            bought=(
                Bought("farm", max(100, n // 60), 3_600.0, 7_200.0, 1, "head", max(100, n // 60)),
                Bought("popup", max(20, n // 2_000), 3_600.0, 7_200.0, 0, "head"),
            ),
        ),
    )


def evaded(level: int, n_events: int) -> tuple[RoomPlan, ...]:
    """Return rooms of one quality level: eight that operators serve, each beside an honest room of the same size."""
    n_viewers = max(200, round(n_events / 16 / _EVENTS_A_VIEWER))
    shares = (0.02, 0.05, 0.1, 0.2)
    plans = []
    for place in range(16):
        bought: tuple[Bought, ...] = ()
        if place % 2:
            n = max(20, round(shares[place // 2 % 4] * n_viewers))
            kinds = (
                Bought("farm", n, 1_500.0, 5_400.0, level, "farms", 2 * n),
                Bought("popup", max(12, n // 8), 2_400.0, 3_600.0, level, "popups", 400),
                Bought("troupe", 40, 0.0, 3_600.0, level, "troupes", 60),
                Bought("brushing", 10 * (1 + level), 3_900.0, 3_600.0, level, "brushers", 60, 70, 3),
            )
            bought = tuple(kinds[at] for at in {0, place // 2 % 4})
        plans.append(
            RoomPlan(
                key=f"{place}", opens_us=_EVENING_US + place // 2 * 1_800_000_000, length_s=2.5 * 3_600.0,
                category="apparel", n_viewers=n_viewers, bought=bought, host=f"host/{place}",
                crowds=("draw",) if place % 3 == 0 else (),
            )
        )  # fmt: skip
    return tuple(plans)


TINY_EVENTS: Final = 49_400
CLEAN_EVENTS: Final = 240_000
GUARDS_EVENTS: Final = 11_300_000
FARM20K_EVENTS: Final = 180_000
HEAD_EVENTS: Final = 5_000_000
_EVENTS_A_VIEWER: Final = 5.0
