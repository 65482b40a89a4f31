"""The staff list, edited while a run goes on."""

from pathlib import Path

from truecrowd.engine.settings import Settings
from truecrowd.errors import ConfigError
from truecrowd.ingest import Options
from truecrowd.reference import shipped
from truecrowd.stream.opening import opened
from truecrowd.stream.staff import StaffFile

ROW = '{"event_id":"e%d","ts":"2026-01-31T20:00:%02dZ","event_type":"comment","room_id":"r1","account_id":"mod","text":"hi"}\n'


def read(path: Path) -> frozenset[str]:
    if not path.exists():
        raise ConfigError("gone", where="--staff", fix="bring it back")
    return frozenset(path.read_text().split())


def watched(tmp_path: Path, change: str | None) -> tuple[int, list[str]]:
    """Return how many rows counted as staff's, and the notes: ten rows, a change of the list, ten more."""
    events, staff = tmp_path / "events.ndjson", tmp_path / "staff.txt"
    events.write_text("".join(ROW % (at, at) for at in range(10)))
    staff.write_text("")
    live = opened(str(events), Options(), Settings(threads=1), frozenset(), shipped(), [], state=None)
    file = StaffFile(staff, read, frozenset())

    def go_on(_live: object) -> None:
        if live.lines.ledger.n_read == 10 and "changed" not in seen:
            seen.append("changed")
            staff.unlink() if change is None else staff.write_text(change)
            file.look(live)
            with events.open("a") as more:
                more.write("".join(ROW % (at, at) for at in range(10, 20)))
        if live.lines.ledger.n_read == 20:
            live.stop()

    seen: list[str] = []
    with live.runner:
        live.run(go_on)
        file.look(live)
        coverage = live.result().tables["coverage"]
        live.close()
    return max(coverage["n_staff"].to_pylist()), live.notes


def test_rows_after_the_change_are_staffs_and_the_account_says_so(tmp_path: Path) -> None:
    n_staff, notes = watched(tmp_path, "mod\n")

    assert n_staff == 10
    assert notes == ["staff list changed after 10 rows: for rows from here on; accounts in it: 1"]


def test_where_it_cannot_be_read_the_list_before_holds(tmp_path: Path) -> None:
    n_staff, notes = watched(tmp_path, None)

    assert n_staff == 0
    assert len(notes) == 1
    assert "the one before holds" in notes[0]
