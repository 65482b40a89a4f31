"""Sessions: a room's night is one session, cut by silence, the same in any order of chunks."""

import numpy as np
import pyarrow as pa

from truecrowd.ingest.sessions import Sessions, room_id

HOUR = 3_600_000_000
START = 1_640_864_083_000_000


def names(rooms: list[str], hours: list[float], sessions: Sessions | None = None) -> list[str]:
    sessions = sessions or Sessions(2 * HOUR)
    ts = np.array([START + int(hour * HOUR) for hour in hours], np.int64)
    return sessions.names(pa.array(rooms), ts).to_pylist()


def test_a_session_is_named_by_room_and_start() -> None:
    assert names(["a"], [0]) == ["a@20211230T113443Z"]
    assert room_id("a", 0) == "a@19700101T000000Z"


def test_silence_longer_than_the_gap_starts_another() -> None:
    first, same, second = names(["a"] * 3, [0, 2, 4.01])

    assert first == same != second


def test_rooms_have_sessions_of_their_own() -> None:
    one, other, again = names(["a", "b", "a"], [0, 1.5, 3.5])

    assert one == "a@20211230T113443Z"
    assert other.startswith("b@")
    assert again != one


def test_a_late_event_joins_the_session_it_fell_into() -> None:
    first, second, late = names(["a"] * 3, [0, 5, 1])

    assert late == first != second


def test_an_event_before_the_first_belongs_to_the_first() -> None:
    assert len(set(names(["a"] * 2, [0, -1]))) == 1


def test_chunks_do_not_matter() -> None:
    rooms, hours = ["a", "b"] * 5, [0, 0, 1, 3, 4, 9, 3.5, 9.5, 12, 1]
    whole = names(rooms, hours)

    sessions = Sessions(2 * HOUR)
    apart = [name for room, hour in zip(rooms, hours, strict=True) for name in names([room], [hour], sessions)]

    assert apart == whole
