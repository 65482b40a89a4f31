"""Sets of rooms by name, and `simulate`, which plays them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from difflib import get_close_matches
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import ConfigError
from truecrowd.simulate.promises import Offer
from truecrowd.simulate.room import Chunk, RoomPlan, play
from truecrowd.simulate.truth import TRUTH
from truecrowd.simulate.world import World
from truecrowd.simulate.world_develop import DEVELOP

WORLDS: Final[dict[str, World]] = {"develop": DEVELOP}
"""Every world by name."""

PRESETS: Final = ("tiny",)
"""Every preset."""

_BEIJING: Final = timezone(timedelta(hours=8))
_TINY_OPENS: Final = datetime(2026, 3, 12, 19, 0, tzinfo=_BEIJING)
_TINY_LENGTH_S: Final = 3 * 3_600.0
_TINY_VIEWERS: Final = {"honest": 5_200, "paid": 4_300}
_TINY_EVENTS: Final = 49_400
"""Events of `tiny` at its own size, measured over seeds 0 to 9 in the world develop."""
_TINY_FIXED: Final = 1_700
"""Events of `tiny` that do not grow with the audience (stats, staff, troupe, brushing); measured."""
_LEAST_EVENTS, _MOST_EVENTS = 6_000, 5_000_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """Rooms that can be played, as often as wanted, with the same result.

    Args:
        preset: Name of the set of rooms.
        world: What people are like in it.
        seed: Of all its random streams.
        plans: Its rooms, in order of their start.
    """

    preset: str
    world: World
    seed: int
    plans: tuple[RoomPlan, ...]

    def chunks(self) -> Iterator[Chunk]:
        """Yield events in order of time over all rooms, holding no more in memory than rooms that overlap.

        A chunk's events may belong to rooms whose truth came earlier (refunds) or comes later.
        """
        held: list[pa.Table] = []
        for place, plan in enumerate(self.plans):
            played = play(self.world, plan, self.seed)
            held.append(played.events)
            until_us = self.plans[place + 1].opens_us if place + 1 < len(self.plans) else None
            ready, held = _split(held, until_us)
            yield Chunk(ready, played.truth)

    def whole(self) -> Chunk:
        """Return all events and all truth in one piece."""
        parts = list(self.chunks())
        truth = {name: pa.concat_tables([part.truth[name] for part in parts]).combine_chunks() for name in TRUTH}
        return Chunk(pa.concat_tables([part.events for part in parts]).combine_chunks(), truth)


def _split(held: list[pa.Table], until_us: int | None) -> tuple[pa.Table, list[pa.Table]]:
    table = pa.concat_tables(held, promote_options="none").unify_dictionaries().combine_chunks()
    ts = table.column("ts").cast(pa.int64())
    table = table.take(pc.sort_indices(pa.table({"ts": ts}), sort_keys=[("ts", "ascending")]))
    if until_us is None:
        return table, []
    n_ready = pc.sum(pc.less(ts, until_us)).as_py() or 0
    return table.slice(0, n_ready), [table.slice(n_ready)]


def simulate(preset: str, *, world: str = "develop", seed: int = 0, n_events: int | None = None) -> Simulated:
    """Return the rooms of a preset, ready to be played.

    Args:
        preset: One of `PRESETS`.
        world: One of `WORLDS`.
        seed: Any integer >= 0; the same one gives the same bytes.
        n_events: About how many events there should be in all; scales the audience. The preset's own size if None.

    Raises:
        ConfigError: Unknown preset or world, a negative seed, or a size that cannot be had.
    """
    if preset not in PRESETS:
        raise _unknown("preset", preset, PRESETS)
    if world not in WORLDS:
        raise _unknown("world", world, tuple(WORLDS))
    if seed < 0:
        raise ConfigError(f"seed {seed} is below 0", where="option --seed", fix="use 0 or a larger whole number")
    if n_events is not None and not _LEAST_EVENTS <= n_events <= _MOST_EVENTS:
        what = f"{n_events:,} events cannot be had, wanted {_LEAST_EVENTS:,} to {_MOST_EVENTS:,}"
        raise ConfigError(what, where="option --events", fix=f"use --events {_TINY_EVENTS}, or leave it out")
    return Simulated(preset, WORLDS[world], seed, _tiny(_TINY_EVENTS if n_events is None else n_events))


def _unknown(kind: str, name: str, known: tuple[str, ...]) -> ConfigError:
    near = get_close_matches(name, known, n=1)
    fix = f"use {near[0]}" if near else f"use one of: {', '.join(known)}"
    return ConfigError(f"{kind} '{name}' is not known", where=f"{kind} of simulate", fix=fix)


def _tiny(n_events: int) -> tuple[RoomPlan, ...]:
    scale = (n_events - _TINY_FIXED) / (_TINY_EVENTS - _TINY_FIXED)
    opens_us = int(_TINY_OPENS.timestamp()) * 1_000_000
    honest = RoomPlan(
        key="tiny/1",
        opens_us=opens_us,
        length_s=_TINY_LENGTH_S,
        category="apparel",
        n_viewers=max(1, round(_TINY_VIEWERS["honest"] * scale)),
        crowds=("raid", "draw", "deal"),
        offers=(Offer("sell_out", 2), Offer("extended", 5)),
    )
    paid = RoomPlan(
        key="tiny/2",
        opens_us=opens_us,
        length_s=_TINY_LENGTH_S,
        category="apparel",
        n_viewers=max(1, round(_TINY_VIEWERS["paid"] * scale)),
        offers=(Offer("only_minutes", 1), Offer("staged", 3), Offer("last_pieces", 5)),
        schemes=("farm", "popup", "troupe", "brushing"),
        brushed=7,
    )
    return honest, paid
