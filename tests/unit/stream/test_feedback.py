"""What people decided: kept once, checked, and seen by nothing that judges."""

import json
from pathlib import Path

import pytest

from truecrowd.engine.settings import Settings
from truecrowd.errors import ConfigError, InputError
from truecrowd.ingest import Options
from truecrowd.reference import shipped
from truecrowd.stream import feedback
from truecrowd.stream.feedback import FILE, Feedback, followed
from truecrowd.stream.opening import opened

ONE = {
    "subject_type": "room", "subject_id": "r1", "room_id": "r1", "outcome": "honest", "by": "wang",
    "at": "2026-02-01T09:00:00+08:00", "reason": "抽奖",
}  # fmt: skip


def line(**changed: object) -> bytes:
    return json.dumps({**ONE, **changed}).encode() + b"\n"


def kept(folder: Path) -> list[dict[str, str]]:
    return [json.loads(row) for row in (folder / FILE).read_bytes().splitlines()]


def test_a_decision_is_kept_once_also_after_a_restart(tmp_path: Path) -> None:
    assert Feedback(tmp_path).take(line() + line()) == (2, [])
    assert Feedback(tmp_path).take(line() + line(subject_id="r2")) == (2, [])

    assert [row["subject_id"] for row in kept(tmp_path)] == ["r1", "r2"]
    assert kept(tmp_path)[0] == ONE


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b"{\n", "not JSON"), (b"[]\n", "not an object"), (b"[" * 100_000 + b"\n", "not JSON"), (line(outcome="guilty"), "outcome"),
        (line(subject_type="account"), "subject_type"), (line(at="2026-02-01T09:00:00"), "zone"), (line(at="soon"), "no time"),
        (line(by=""), "by"), (line(reason="x" * 2_001), "reason"), (line(phone="1"), "a field that is none of"), (b"\xff\n", "not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_decision_is_named_by_line_and_the_others_are_kept(tmp_path: Path, row: bytes, why: str) -> None:
    n, bad = Feedback(tmp_path).take(line() + row + line(subject_id="r2"))

    assert n == 2
    assert [number for number, _ in bad] == [2]
    assert why in bad[0][1]
    assert len(kept(tmp_path)) == 2


def test_a_line_cut_off_by_a_crash_is_taken_away(tmp_path: Path) -> None:
    Feedback(tmp_path).take(line())
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"subject_type":"ro')

    Feedback(tmp_path).take(line(subject_id="r2"))

    assert [row["subject_id"] for row in kept(tmp_path)] == ["r1", "r2"]


def test_more_than_people_can_review_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "_MOST", 1)
    found = Feedback(tmp_path)
    found.take(line())

    with pytest.raises(InputError, match="wait for review"):
        found.take(line(subject_id="r2"))


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "decided.ndjson"
    file = followed(path, tmp_path, None)
    assert file.look() == []

    path.write_bytes(line())
    first = file.look()
    path.write_bytes(line() + b"{\n" + line(subject_id="r2") + line(subject_id="r3")[:-1])  # the last is being written

    assert first == []
    assert file.look() == ["feedback line 2: not JSON"]
    assert file.look() == []
    assert [row["subject_id"] for row in kept(tmp_path)] == ["r1", "r2"]


def test_without_a_state_folder_there_is_nowhere_to_keep_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="state folder"):
        followed(tmp_path / "x", None, None)


def test_decisions_change_no_table(tmp_path: Path) -> None:
    rows = "".join(
        f'{{"event_id":"e{at}","ts":"2026-01-31T20:00:{at % 60:02d}Z","event_type":"join","room_id":"r1","account_id":"a{at}"}}\n'
        for at in range(120)
    )
    (tmp_path / "events.ndjson").write_text(rows)
    tables = []
    for name in ("without", "with"):
        state = tmp_path / name
        live = opened(str(tmp_path / "events.ndjson"), Options(), Settings(threads=1), frozenset(), shipped(), [], state=state, until_end=True)  # fmt: skip
        if name == "with":
            Feedback(state).take(line(outcome="manufactured"))
        with live.runner:
            live.run()
            tables.append(live.result().tables)
            live.close()

    assert tables[0]["verdicts"].num_rows > 0
    assert tables[0]["verdicts"].equals(tables[1]["verdicts"])
    assert tables[0]["scores"].equals(tables[1]["scores"])
