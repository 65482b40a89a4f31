"""The preset `tiny`, played once, and its two rooms as plain rows."""

from collections.abc import Callable
from typing import Any

import pytest

from truecrowd.simulate import Chunk, simulate

Rows = list[dict[str, Any]]
Pick = Callable[..., Rows]


@pytest.fixture(scope="session")
def tiny() -> Chunk:
    return simulate("tiny").whole()


def _room(tiny: Chunk, *, dirty: bool) -> dict[str, Any]:
    return next(room for room in tiny.truth["rooms"].to_pylist() if room["dirty"] is dirty)


@pytest.fixture(scope="session")
def clean(tiny: Chunk) -> dict[str, Any]:
    return _room(tiny, dirty=False)


@pytest.fixture(scope="session")
def dirty(tiny: Chunk) -> dict[str, Any]:
    return _room(tiny, dirty=True)


@pytest.fixture(scope="session")
def pick(tiny: Chunk) -> Pick:
    by_room: dict[str, Rows] = {}
    for row in tiny.events.to_pylist():
        by_room.setdefault(row["room_id"], []).append(row)

    def rows_of(room: dict[str, Any], *event_types: str) -> Rows:
        return [row for row in by_room[room["room_id"]] if not event_types or row["event_type"] in event_types]

    return rows_of


@pytest.fixture(scope="session")
def known(tiny: Chunk) -> Callable[..., Rows]:
    def rows_of(table: str, room: dict[str, Any], **wanted: object) -> Rows:
        rows = [row for row in tiny.truth[table].to_pylist() if row["room_id"] == room["room_id"]]
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    return rows_of
