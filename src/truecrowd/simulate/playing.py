"""`simulate`: a preset in a world, played room by room in bounded memory."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import pyarrow as pa

from truecrowd.errors import ConfigError
from truecrowd.simulate import faults, ids, people
from truecrowd.simulate.events import Log, Register, events_of, merged
from truecrowd.simulate.preset_week import WEEK_EVENTS, week
from truecrowd.simulate.presets import (
    CLEAN_EVENTS,
    FARM20K_EVENTS,
    GUARDS_EVENTS,
    HEAD_EVENTS,
    TINY_EVENTS,
    Preset,
    _clean,
    _farm20k,
    _guards,
    _head,
    _tiny,
    evaded,
)
from truecrowd.simulate.room import Chunk, Pool, RoomPlan, play
from truecrowd.simulate.truth import TRUTH, truth_of
from truecrowd.simulate.world import World
from truecrowd.simulate.worlds import WORLDS, named

_MOST: Final = 50_000_000
PRESETS: Final[dict[str, Preset]] = {
    "tiny": Preset("one honest room and one with a crowd", TINY_EVENTS, 6_000, 5_000_000, _tiny),
    "clean": Preset("every lookalike in ordinary rooms, nothing bought", CLEAN_EVENTS, 20_000, _MOST, _clean),
    "guards": Preset("thin rooms of every lookalike, and plain ones", GUARDS_EVENTS, 40_000, _MOST, _guards),
    "week": Preset("300 rooms of a week, operators who serve many", WEEK_EVENTS, 300_000, _MOST, week),
    "head": Preset("one room with over a million viewers", HEAD_EVENTS, 50_000, _MOST, _head),
    "farm20k": Preset("one room, 20,000 phones, 2,000 lines all different", FARM20K_EVENTS, 20_000, _MOST, _farm20k),
}
"""Every set of rooms by name; `evade` is three of them."""
EVADE: Final = {"low": 1, "mid": 2, "high": 3}
"""Folders of `evade` with the quality level bought in each."""
for _name, _level in EVADE.items():
    PRESETS[f"evade/{_name}"] = Preset(
        f"crowds that evade at level {_level}", 400_000, 40_000, _MOST,
        lambda _world, _seed, n_events, level=_level: evaded(level, n_events),  # type: ignore[misc]
    )  # fmt: skip

_BATCH_EVENTS: Final = 400_000
_EVENTS_A_VIEWER: Final = 5.0


@dataclass(frozen=True, slots=True)
class Simulated:
    """Rooms that can be played, as often as wanted, with the same result.

    Args:
        preset: Name of the set of rooms.
        world: What people are like in it.
        seed: Of all its random streams.
        plans: Its rooms, in order of their start.
        faults: Names of `faults.FAULTS` the record suffers from.
    """

    preset: str
    world: World
    seed: int
    plans: tuple[RoomPlan, ...]
    faults: tuple[str, ...] = ()

    def chunks(self) -> Iterator[Chunk]:
        """Yield events in order of time over all rooms, holding no more in memory than rooms that overlap.

        A chunk's events may belong to rooms whose truth came earlier (refunds) or comes later. The rooms of the next chunk
        are played in a second thread while the caller uses this one.
        """
        root = f"{self.world.name}/{self.seed}/{self.preset}"
        register = Register(self.world)
        for log, told in _ahead(self._played(root, register)):
            yield from self._cut(register, log, told, root)

    def _played(self, root: str, register: Register) -> Iterator[tuple[Log, dict[str, pa.Table]]]:
        """Yield rows that are complete up to some time, with the truth about the rooms that end in them."""
        pool = _pool(self.world, root, self.plans)
        waiting: list[Log] = []
        batches = _batches(self.plans)
        for batch, following in zip(batches, [*batches[1:], None], strict=True):
            ended = [play(self.world, plan, root, pool) for plan in batch]
            streams = [ids.generator(f"{room.stage.key}/clients") for room in ended]
            fresh = merged(
                [register.enter(rng, room.stage, room.table) for rng, room in zip(streams, ended, strict=True)]
            )
            told = truth_of(ended)
            del ended
            parts = [log.cut(None if following is None else following[0].opens_us) for log in [*waiting, fresh]]
            waiting = [*(rest for _, rest in parts[:-1] if len(rest)), parts[-1][1].copy()]
            yield merged([ready for ready, _ in parts]), told

    def _cut(self, register: Register, log: Log, told: dict[str, pa.Table], root: str) -> Iterator[Chunk]:
        for start in range(0, max(len(log), 1), _BATCH_EVENTS):
            part = log.take(slice(start, start + _BATCH_EVENTS))
            events = events_of(register, part)
            if self.faults:
                events = faults.suffered(f"{root}/{int(part.us[0]) if len(part) else 0}", events, self.faults)
            yield Chunk(events, told if start == 0 else {name: table.slice(0, 0) for name, table in told.items()})

    def whole(self) -> Chunk:
        """Return all events and all truth in one piece."""
        parts = list(self.chunks())
        truth = {name: pa.concat_tables([part.truth[name] for part in parts]).combine_chunks() for name in TRUTH}
        events = pa.concat_tables([part.events for part in parts]).unify_dictionaries().combine_chunks()
        return Chunk(events, truth)


def _ahead(parts: Iterator[tuple[Log, dict[str, pa.Table]]]) -> Iterator[tuple[Log, dict[str, pa.Table]]]:
    """Yield the parts; the next one is made meanwhile by one other thread, so their order never changes."""
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = other.submit(next, parts, None)
            yield part


def _pool(world: World, root: str, plans: tuple[RoomPlan, ...]) -> Pool | None:
    n_shared = sum(plan.n_viewers for plan in plans if plan.is_shared)
    at_us = plans[0].opens_us
    stream = ids.generator(f"{root}/pool")
    n = max(1, max(plan.n_viewers for plan in plans) * 2, n_shared * 2 // 3) if n_shared else 1
    return Pool(people.ordinary(stream, world, f"{root}/pool", n, "casual"), at_us)


def _batches(plans: tuple[RoomPlan, ...]) -> list[list[RoomPlan]]:
    """Return the rooms in order, as many together as make some 400,000 events."""
    found: list[list[RoomPlan]] = []
    size = 0.0
    for plan in plans:
        own = (plan.n_viewers + sum(each.n * 3 for each in plan.bought)) * _EVENTS_A_VIEWER + 500.0
        if not found or size + own > _BATCH_EVENTS:
            found.append([])
            size = 0.0
        found[-1].append(plan)
        size += own
    return found


def simulate(
    preset: str, *, world: str = "develop", seed: int = 0, n_events: int | None = None, faults: tuple[str, ...] = ()
) -> Simulated:
    """Return the rooms of a preset, ready to be played.

    Args:
        preset: One of `PRESETS`.
        world: One of `WORLDS`, or a variation of one, by its number ("develop~3").
        seed: Any integer >= 0; the same one gives the same bytes.
        n_events: About how many events there should be in all; scales the audience. The preset's own size if None.
        faults: Names of `faults.FAULTS`: what the record suffers from; they are put on in its order.

    Raises:
        ConfigError: Unknown preset, world or fault, a negative seed, or a size that cannot be had.
    """
    if preset == _DISPUTES:
        fix = "call truecrowd.simulate.disputes"
        raise ConfigError("preset 'disputes' is more than events, wanted rooms", where="preset of simulate", fix=fix)
    if preset not in PRESETS:
        raise unknown("preset", preset, (*PRESETS, _DISPUTES))
    played = named(world)
    if played is None:
        raise unknown("world", world, tuple(WORLDS))
    for name in faults:
        if name not in _FAULTS:
            raise unknown("fault", name, _FAULTS)
    require_seed(seed)
    chosen = PRESETS[preset]
    if n_events is not None and not chosen.least <= n_events <= chosen.most:
        what = f"{n_events:,} events cannot be had, wanted {chosen.least:,} to {chosen.most:,}"
        raise ConfigError(what, where="option --events", fix=f"use --events {chosen.n_events}, or leave it out")
    plans = chosen.plan(world, seed, chosen.n_events if n_events is None else n_events)
    return Simulated(preset, played, seed, plans, tuple(name for name in _FAULTS if name in faults))


_FAULTS: Final = faults.FAULTS
_DISPUTES: Final = "disputes"


def require_seed(seed: int) -> None:
    """Raise a ConfigError where a seed is negative."""
    if seed < 0:
        raise ConfigError(f"seed {seed} is below 0", where="option --seed", fix="use 0 or a larger whole number")


def unknown(kind: str, name: str, known: tuple[str, ...]) -> ConfigError:
    """Return the error that says a name is not known, and which one may have been meant."""
    near = get_close_matches(name, known, n=1)
    fix = f"use {near[0]}" if near else f"use one of: {', '.join(known)}"
    return ConfigError(f"{kind} '{name}' is not known", where=f"{kind} of simulate", fix=fix)
