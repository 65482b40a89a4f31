"""What waits to be delivered: kept through a kill, tried ever more seldom, in order, given up after a day."""

import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from truecrowd.stream.outbox import GIVEN_UP_S, Outbox, UndeliveredError
from truecrowd.stream.outputs import Raised


class Receiver:
    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.refuses: set[str] = set()
        self.tried: list[tuple[float, str]] = []
        self.taken: list[str] = []
        self.boxes: list[Outbox] = []

    def __call__(self, key: str, body: bytes) -> None:
        self.tried.append((self.now, key))
        if json.loads(body)["room_id"] in self.refuses:
            raise UndeliveredError("receiver answers 503")
        self.taken.append(key)

    def outbox(self, path: Path) -> Outbox:
        self.boxes.append(Outbox("webhook", path, self, clock=lambda: self.now, is_started=False))
        return self.boxes[-1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.ndjson"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    for box in receiver.boxes:
        box.close()


def alarm(key: str, room: str = "r") -> Raised:
    return Raised(key, room, "any", 1_770_000_000_000_000, 2_000.0)


def test_what_was_not_delivered_before_a_kill_is_delivered_by_the_next_run(receiver: Receiver, path: Path) -> None:
    killed = receiver.outbox(path)
    killed.tell([alarm("one", "a"), alarm("two", "b")])
    receiver.refuses = {"b"}
    killed.step()  # and never closed
    receiver.refuses = set()

    again = receiver.outbox(path)
    again.step()
    third = receiver.outbox(path)

    assert receiver.taken == ["one", "two"]
    assert again.notes() == ["webhook: 1 alarms of an earlier run wait to be delivered"]
    assert third.waiting == []


def test_a_line_that_a_crash_cut_off_is_no_alarm(receiver: Receiver, path: Path) -> None:
    receiver.outbox(path).tell([alarm("one")])
    with path.open("ab") as file:
        file.write(b'{"key": "two", "room')

    assert [one.key for one in receiver.outbox(path).waiting] == ["one"]


def test_the_same_alarm_told_twice_waits_once(receiver: Receiver, path: Path) -> None:
    box = receiver.outbox(path)
    box.tell([alarm("one")])
    box.tell([alarm("one")])

    assert [one.key for one in box.waiting] == ["one"]


def test_pauses_double_from_five_seconds_to_an_hour_and_after_a_day_it_is_a_dead_letter(
    receiver: Receiver, path: Path
) -> None:
    receiver.refuses = {"r"}
    box = receiver.outbox(path)
    box.tell([alarm("one")])
    start = receiver.now
    while box.waiting:
        receiver.now = max(receiver.now, box.waiting[0].next_at)
        box.step()

    times = [at for at, _ in receiver.tried]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert pauses[:10] == [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]
    assert set(pauses[10:]) == {3_600}
    assert 0 <= receiver.now - start - GIVEN_UP_S < 3_600
    assert json.loads(path.with_name("outbox.ndjson.dead").read_text(encoding="utf-8"))["alarm_id"] == "one"
    assert "webhook: alarms wait to be delivered (receiver answers 503)" in (notes := box.notes())
    assert any("24 hours" in note for note in notes)


def test_alarms_of_a_room_keep_their_order_and_hold_up_no_other_room(receiver: Receiver, path: Path) -> None:
    receiver.refuses = {"a"}
    box = receiver.outbox(path)
    box.tell([alarm("a1", "a"), alarm("a2", "a"), alarm("b1", "b")])
    box.step()
    before = list(receiver.taken)
    receiver.refuses = set()
    receiver.now += 5
    box.step()
    box.step()

    assert before == ["b1"]
    assert receiver.taken == ["b1", "a1", "a2"]


def test_the_thread_delivers_and_the_end_waits_for_what_was_just_told(path: Path) -> None:
    taken: list[str] = []
    told = threading.Event()

    def send(key: str, _body: bytes) -> None:
        taken.append(key)
        told.set()

    box = Outbox("webhook", path, send)
    box.tell([alarm("one")])
    assert told.wait(20)
    box.tell([alarm("two", "b"), alarm("three", "b")])
    box.close()

    assert taken == ["one", "two", "three"]
