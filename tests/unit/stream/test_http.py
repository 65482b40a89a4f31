"""A listener: who may send, what a sender is told, and that what was answered is on the disk."""

import errno
import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from truecrowd.errors import ConfigError, InputError
from truecrowd.ingest import Options
from truecrowd.stream import http as listener
from truecrowd.stream import sent
from truecrowd.stream.http import Http, token_of
from truecrowd.stream.journal import Journal

ROW = b'{"event_id":"e%d","ts":"2026-01-31T20:00:00Z","event_type":"join","room_id":"r","account_id":"a"}\n'


@contextmanager
def listening(state: Path, position: dict[str, int] | None = None, **more: Any) -> Iterator[Http]:
    source = Http("http://127.0.0.1:0/events", state, Options(), **more)
    source.open(position)
    try:
        yield source
    finally:
        source.close()


def send(
    source: Http, body: bytes, path: str = "/events", **headers: str
) -> tuple[int, dict[str, Any], dict[str, str]]:
    token = (source._state / "token").read_text().strip()
    asked = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection = http.client.HTTPConnection("127.0.0.1", source.port, timeout=30)
    try:
        connection.request("POST", path, body, asked)
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    named = {name.lower(): value for name, value in response.getheaders()}
    return response.status, json.loads(text) if text.startswith(b"{") else {}, named


def test_a_sender_is_told_which_lines_cannot_be_read_and_all_go_on(tmp_path: Path) -> None:
    body = ROW % 1 + b"{\n" + (ROW % 2)[:-1]  # the last without its end

    with listening(tmp_path) as source:
        status, said, _ = send(source, body)
        batch = source.read(5)

    assert (status, said["accepted"], said["n_rejected"], said["rejected"][0]["line"]) == (200, 2, 1, 2)
    assert said["rejected"][0]["reason"]
    assert batch is not None
    assert batch.text == body + b"\n"


def test_what_was_answered_comes_again_after_a_kill_and_what_a_snapshot_holds_does_not(tmp_path: Path) -> None:
    with listening(tmp_path) as source:
        send(source, ROW % 1)
        first = source.read(5)
        assert first is not None
        send(source, ROW % 2)

    with listening(tmp_path, dict(first.position)) as again:
        found = again.read(5)
        assert found is not None
        again.stored(found.position)
        assert again.read(0) is None

    assert found.text == ROW % 2


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_batch_that_comes_again_is_taken_once_also_after_a_restart(tmp_path: Path, is_stored: bool) -> None:
    with listening(tmp_path) as source:
        _, before, _ = send(source, ROW % 1 + b"{\n", Idempotency_Key="k1")
        batch = source.read(5)
        assert batch is not None
        if is_stored:
            source.stored(batch.position)
        _, twice, _ = send(source, ROW % 1 + b"{\n", Idempotency_Key="k1")
        assert source.read(0) is None

    with listening(tmp_path, dict(batch.position)) as again:
        _, later, _ = send(again, ROW % 1 + b"{\n", Idempotency_Key="k1")
        other, *_ = send(again, ROW % 2, Idempotency_Key="k1")
        assert again.read(0) is None

    assert twice == later == {**before, "repeated": True}
    assert other == 422


def test_when_the_queue_is_full_senders_come_again_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent, "MOST_WAITING", 5 * len(ROW % 10))
    bodies = [ROW % number for number in range(10, 30)]
    taken, n_full = b"", 0

    with listening(tmp_path) as source:
        for body in bodies:
            status, _, headers = send(source, body)
            while status == 429:
                n_full += 1
                assert int(headers["retry-after"]) >= 1
                batch = source.read(5)
                assert batch is not None
                taken += batch.text
                status, *_ = send(source, body)
            assert status == 200
        batch = source.read(5)
        assert batch is not None
        taken += batch.text

    assert n_full >= 3
    assert taken == b"".join(bodies)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Basic x"}, 401), ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421), ({"Content_Encoding": "gzip"}, 415), ({"Idempotency_Key": "k" * 201}, 400),
    ],
)  # fmt: skip
def test_strangers_and_what_cannot_be_served_are_refused(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    with listening(tmp_path) as source:
        found, said, _ = send(source, ROW % 1, **headers)

        assert source.read(0) is None
    assert found == status
    assert said["error"]


def test_a_batch_that_is_too_long_is_refused_also_where_it_does_not_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_BODY", 1_000)

    with listening(tmp_path) as source:
        declared, *_ = send(source, b" " * 1_001)
        chunked, *_ = send(source, iter([b" " * 600] * 2))  # type: ignore[arg-type]  # sent in chunks
        after, *_ = send(source, ROW % 1)

    assert (declared, chunked, after) == (413, 413, 200)


def test_a_sender_that_goes_away_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    with listening(tmp_path) as source:
        token = (tmp_path / "token").read_text().strip()
        with socket.create_connection(("127.0.0.1", source.port)) as gone:
            head = f"POST /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 5000\r\n\r\n"
            gone.sendall(head.encode() + ROW % 1)
        status, *_ = send(source, ROW % 2)
        batch = source.read(5)

    assert status == 200
    assert batch is not None
    assert batch.text == ROW % 2


def test_times_without_a_zone_are_refused_at_the_door_and_stop_nobody(tmp_path: Path) -> None:
    with listening(tmp_path) as source:
        status, said, _ = send(source, (ROW % 1).replace(b"Z", b""))

        assert source.read(0) is None
    assert status == 400
    assert "zone" in said["error"]


def test_a_full_disk_is_told_and_the_next_batch_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with listening(tmp_path) as source:
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "append", full)
            status, said, _ = send(source, ROW % 1, Idempotency_Key="k")
        after, *_ = send(source, ROW % 1, Idempotency_Key="k")
        batch = source.read(5)

    assert (status, after) == (503, 200)
    assert "no space left" in said["error"]
    assert batch is not None
    assert batch.text == ROW % 1


def test_the_token_is_for_its_owner_only(tmp_path: Path) -> None:
    token = token_of(tmp_path / "token")

    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert token_of(tmp_path / "token") == token
    assert len(token) > 30
    (tmp_path / "token").chmod(0o640)
    with pytest.raises(InputError, match="others may read"):
        token_of(tmp_path / "token")


@pytest.mark.parametrize(
    "url", ["http://0.0.0.0:0/events", "http://127.0.0.1/events", "http://u:p@127.0.0.1:1/", "http://127.0.0.1:99999/"]
)
def test_addresses_that_others_reach_or_nobody_can_read_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError):
        Http(url, tmp_path, Options())


def test_a_named_host_may_be_called(tmp_path: Path) -> None:
    with listening(tmp_path, hosts=("Rooms.Example",)) as source:
        status, *_ = send(source, ROW % 1, Host="rooms.example:8710")

    assert status == 200


def test_the_state_of_another_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="another source"):
        Http("http://127.0.0.1:0/events", tmp_path, Options()).open({"bytes": 5})


def test_a_record_cut_off_by_a_crash_does_not_spoil_what_comes_later(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(b"one\n", 4)
    journal.append(b"two\n", 8)
    journal.close()
    path = next(tmp_path.glob("journal-*"))
    os.truncate(path, path.stat().st_size - 3)

    again = Journal(tmp_path)
    assert list(again.after(0)) == [(b"one\n", 4)]
    again.append(b"new\n", 8)
    again.close()

    assert list(Journal(tmp_path).after(0)) == [(b"one\n", 4), (b"new\n", 8)]


def test_decisions_are_kept_apart_from_events(tmp_path: Path) -> None:
    decision = {
        "subject_type": "room",
        "subject_id": "r",
        "outcome": "honest",
        "by": "li",
        "at": "2026-02-01T09:00:00Z",
    }
    body = json.dumps(decision).encode() + b"\n{\n"

    with listening(tmp_path) as source:
        status, said, _ = send(source, body, "/feedback")
        stranger, *_ = send(source, body, "/feedback", Authorization="Bearer wrong")
        assert source.read(0) is None

    assert status == 200
    assert said == {"accepted": 1, "rejected": [{"line": 2, "reason": "not JSON"}], "n_rejected": 1}
    assert stranger == 401
    assert json.loads((tmp_path / "feedback.ndjson").read_bytes()) == decision
