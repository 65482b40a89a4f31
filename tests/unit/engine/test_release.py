"""Rooms that are forgotten: the others stay as they are, and nothing of those is left."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from truecrowd.engine.run import Observed, Runner
from truecrowd.engine.settings import Settings
from truecrowd.reference import shipped
from truecrowd.simulate import simulate


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    chunks = simulate("tiny", world="develop", seed=5, n_events=9_000).chunks()
    return pa.concat_tables([chunk.events for chunk in chunks]).combine_chunks()


@pytest.fixture(scope="module")
def rooms(rows: pa.Table) -> list[str]:
    return sorted(rows["room_id"].unique().to_pylist())


def observed(slices: list[pa.Table], released: list[str], settings: Settings) -> Observed:
    edges = shipped().edges
    with Runner(settings, edges=edges) as runner:
        for at, part in enumerate(slices):
            runner.push(part)
            if at == 0 and released:
                names = {runner.room(code): code for code in range(len(slices[0]["room_id"].unique()))}
                runner.release([names[room] for room in released])
        return runner.finish()


def test_the_other_rooms_are_as_if_those_had_never_been(rows: pa.Table, rooms: list[str]) -> None:
    first, rest = rows.slice(0, 6_000), rows.slice(6_000)
    here = sorted(first["room_id"].unique().to_pylist())
    gone = here[:1]
    others = pc.invert(pc.is_in(rest["room_id"], pa.array(gone)))
    settings = Settings(threads=1)

    found = observed([first, rest.filter(others)], gone, settings)
    wanted = observed([first.filter(pc.invert(pc.is_in(first["room_id"], pa.array(gone)))), rest.filter(others)], [], settings)  # fmt: skip

    assert len(here) > 1
    for name in ("coverage", "scores", "findings"):
        assert getattr(found, name).equals(getattr(wanted, name)), name
    assert found.alarms == wanted.alarms
    assert not set(gone) & set(found.facts.names["room_id"].to_pylist())


def test_texts_of_forgotten_rooms_are_forgotten(rows: pa.Table, rooms: list[str]) -> None:
    with Runner(Settings(threads=1)) as runner:
        runner.push(rows)
        runner.release(range(len(rooms)))
        pieces = runner.pieces()

    assert pieces["names/account_id"] == []
    assert pieces["ticks/items/people"].n == 0
