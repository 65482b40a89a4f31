"""Classes that run, holds that block them, records that are erased; what is left, byte by byte."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from invented_log import BEGIN, DAY_US, add, bytes_from, events, opened

from truecrowd.errors import ConfigError, EvidenceError
from truecrowd.evidence import salts
from truecrowd.evidence.log import Log, Ring, Writer, keeping
from truecrowd.evidence.records import split
from truecrowd.evidence.retention import (
    Due,
    Ends,
    Times,
    any_value,
    due_events,
    emptied,
    free,
    rooms_held,
)
from truecrowd.schema import FINDINGS, build

WHY = keeping.Request("q1", "asked for", "privacy officer")
YEAR_US = 366 * DAY_US


def kept_bytes(folder: Path) -> bytes:
    """Every byte a thief of log and keys could read: files as they are, Parquet unpacked, salts unwrapped."""
    found = []
    keys = Ring(folder / "keys").salt_keys()
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        body = path.read_bytes()
        found.append(body)
        if path.suffix == ".parquet":
            found.append(str(pq.read_table(BytesIO(body)).to_pydict()).encode())
            found.append(str(pq.read_table(BytesIO(body)).combine_chunks().to_batches()).encode())
        if path.suffix == ".salts":
            found.append(salts.unwrapped(body, bytes.fromhex(path.stem), keys, where=path.name))
    return b"\n".join(found)


def original(made: Writer, body: bytes, sha256: str) -> None:
    path = made.folder / "originals" / sha256 / "night"
    path.parent.mkdir(parents=True)
    path.write_bytes(body)


def run(folder: Path, now_us: int) -> keeping.Plan:
    with opened(folder, now_us, Ring(folder / "keys", bytes_from(9))) as made:
        found = keeping.plan(made.log, Times(), now_us)
        if found.parts:
            keeping.carry_out(made, found, WHY, class_="retention")
    return found


def test_after_half_a_year_client_values_are_gone_and_all_else_is_proven(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        segment = add(made, events())
        original(made, b"raw 192.0.2.3", "a" * 64)

    run(tmp_path, BEGIN + 200 * DAY_US)

    left = kept_bytes(tmp_path)
    assert [one for one in (b"192.0.2.", b"Phone ") if one in left] == []
    assert b"said by R1 3" in left
    assert b"R1-account-3" in left
    log = Log(tmp_path / "log")
    kept = log.segment(segment.root.hex(), Ring(tmp_path / "keys").salt_keys())
    assert kept.leaves == segment.leaves
    log.record_proof(kept, segment.root, 3, ["who", "said"])
    with pytest.raises(EvidenceError, match="'client' of record 3 was erased"):
        kept.opening(3, "client")


def test_after_four_years_nothing_is_left_but_what_names_nobody(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        add(made, events())
        original(made, b"raw R1-account-3", "a" * 64)

    run(tmp_path, BEGIN + 4 * YEAR_US)

    left = kept_bytes(tmp_path)
    assert [one for one in (b"R1-", b"192.0.2.", b"Phone ", b"said by") if one in left] == []
    names = {path.relative_to(tmp_path / "log").parts[0] for path in (tmp_path / "log").rglob("*") if path.is_file()}
    assert names == {".lock", "checkpoint", "tile"}
    log = Log(tmp_path / "log")
    log.check()
    assert log.said[-1][1]["originals"] == ["a" * 64]


def test_an_order_stays_three_years_after_its_last_refund(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        first = add(made, events(kinds=("order",)))
        refund = events(n=1, at_us=BEGIN + 2 * YEAR_US, kinds=("refund",), room="R2")
        refund = refund.set_column(refund.column_names.index("order_id"), "order_id", pa.array(["R1-o4"]))
        add(made, refund, "b" * 64)

    run(tmp_path, BEGIN + 4 * YEAR_US)

    kept = Log(tmp_path / "log").segment(first.root.hex(), Ring(tmp_path / "keys").salt_keys())
    assert kept.salts.is_gone.tolist() == [True, True, True, True, False, True]
    assert kept.rows.column("order_id").to_pylist() == [None, None, None, None, "R1-o4", None]
    kept.record(4)
    with pytest.raises(EvidenceError, match="past its time"):
        kept.record(0)
    with pytest.raises(EvidenceError, match="was erased"):
        kept.opening(0, "who")


def test_a_hold_keeps_its_room_and_nothing_else(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        add(made, events(room="R1"))
        add(made, events(room="R2"), "b" * 64)
        keeping.hold(made, "H1", ["R1"], WHY)

    found = run(tmp_path, BEGIN + 4 * YEAR_US)

    left = kept_bytes(tmp_path)
    assert found.n_held == 6
    assert b"R1-account-3" in left
    assert b"192.0.2.3" in left
    assert b"R2-" not in left


def test_a_lifted_hold_keeps_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        add(made, events())
        keeping.hold(made, "H1", None, WHY)
        assert keeping.plan(made.log, Times(), BEGIN + 4 * YEAR_US).parts == ()
        with pytest.raises(ConfigError, match="no hold 'H2'"):
            keeping.lift(made, "H2", WHY)
        keeping.lift(made, "H1", WHY)
        with pytest.raises(ConfigError, match="no hold 'H1'"):
            keeping.lift(made, "H1", WHY)

        assert len(keeping.plan(made.log, Times(), BEGIN + 4 * YEAR_US).parts) == 1


def test_a_plan_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        add(made, events())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    found = keeping.plan(Log(tmp_path / "log"), Times(), BEGIN + 4 * YEAR_US)

    assert found.parts[0].n == 6
    assert found.parts[0].groups == ["all"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def findings_table() -> pa.Table:
    one = {
        "finding_id": "f1", "detector": "d", "detector_version": 1, "scheme": "farm", "subject_type": "account",
        "subject_id": "R1-account-3", "room_id": "R1", "score": 1.0, "evidence": ["R1-e3"], "evidence_count": 1,
        "params": "{}",
    }  # fmt: skip
    return build(FINDINGS, [one])


def add_table(made: Writer, rows: pa.Table) -> bytes:
    groups = split(rows.column_names)
    part = made.segment(rows, "findings", groups)
    said = made.statement(
        "table", table="findings", rows=1, groups=groups, root="", segments=[{"root": part.root.hex(), "rows": 1}]
    )
    made.commit([said], part.files)
    return part.root


def test_a_table_is_never_let_go_before_the_rows_it_may_cite(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        add(made, events(at_us=BEGIN + 2 * YEAR_US))
        add_table(made, findings_table())

    early = keeping.plan(Log(tmp_path / "log"), Times(), BEGIN + 4 * YEAR_US)
    late = keeping.plan(Log(tmp_path / "log"), Times(), BEGIN + 6 * YEAR_US)

    assert [part.table for part in early.parts] == ["events"]
    assert [part.groups for part in early.parts] == [["client"]]
    assert [part.table for part in late.parts] == ["events", "findings"]


def test_an_erased_account_is_in_no_byte_and_the_others_are_proven(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        segment = add(made, events())
        root = add_table(made, findings_table())
        original(made, b"raw R1-account-3", "a" * 64)
        old = made.log.segment(segment.root.hex(), made.ring.salt_keys())
        salt = old.salts.groups["who"].salts[3].tobytes()
        table_key = made.ring.secret("tables.key")

        keeping.carry_out(made, keeping.chosen(made.log, ["R1-account-3"]), WHY)

    left = kept_bytes(tmp_path)
    assert [one for one in (b"R1-account-3", b"192.0.2.3", b"said by R1 3", salt) if one in left] == []
    assert b"R1-account-4" in left
    log, keys = Log(tmp_path / "log"), Ring(tmp_path / "keys").salt_keys()
    kept = log.segment(segment.root.hex(), keys)
    log.record_proof(kept, segment.root, 4, ["who", "said", "client"])
    log.record_proof(kept, segment.root, 3)
    log.segment(root.hex(), keys)
    assert Ring(tmp_path / "keys").secret("tables.key") != table_key


def test_an_unsalted_commitment_would_be_guessed() -> None:
    """Why there are salts: a phone number or address is found by trying all of them."""
    from hashlib import sha256

    from truecrowd.evidence.records import commit, fields

    rows = pa.table({"ip": ["192.0.2.77"]})
    unsalted = sha256(fields(rows, ["ip"])[0].as_py()).digest()
    salted = commit(rows, ["ip"], bytes(range(16)))

    guesses = pa.table({"ip": [f"192.0.2.{at}" for at in range(256)]})
    tried = [sha256(one).digest() for one in fields(guesses, ["ip"]).to_pylist()]
    assert tried.index(unsalted) == 77
    assert salted not in tried


def test_a_held_account_is_not_erased(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        add(made, events(room="R2"), "b" * 64)
        add(made, events())
        keeping.hold(made, "H0", ["R7"], WHY)
        keeping.chosen(made.log, ["R1-account-3"])
        keeping.hold(made, "H1", ["R1"], WHY)

        with pytest.raises(ConfigError, match="hold 'H1' keeps some of these rows"):
            keeping.chosen(made.log, ["R1-account-3"])


@pytest.mark.parametrize("step", ["staged", "committed", "half"])
def test_an_erasure_cut_short_is_finished_or_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with opened(tmp_path) as made:
        segment = add(made, events())
        found = keeping.chosen(made.log, ["R1-account-3"])
        with monkeypatch.context() as patch:
            if step == "staged":
                patch.setattr(Writer, "commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            elif step == "committed":
                patch.setattr(keeping, "_apply", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
            else:
                patch.setattr(Ring, "forget_old_salts", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                keeping.carry_out(made, found, WHY)

    with opened(tmp_path, of=Ring(tmp_path / "keys")) as made:
        kept = made.log.segment(segment.root.hex(), made.ring.salt_keys())

    is_erased = step != "staged"
    assert kept.salts.groups["who"].is_closed.tolist() == [False, False, False, is_erased, False, False]
    assert (b"R1-account-3" in kept_bytes(tmp_path)) is not is_erased
    assert not (tmp_path / "log" / "pending").exists()
    assert (len(made.ring.salt_keys()) == 1) is is_erased


def test_a_half_staged_erasure_is_taken_back(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        segment = add(made, events())
        (made.folder / "pending").mkdir()
        (made.folder / "pending" / "half").write_bytes(b"")

    with opened(tmp_path, of=Ring(tmp_path / "keys")) as made:
        made.log.segment(segment.root.hex(), made.ring.salt_keys())

    assert not (tmp_path / "log" / "pending").exists()


def test_an_erasure_after_one_cut_short_uses_a_new_key_once(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        segment = add(made, events())
        made.ring.renew_salts()
        made.ring.renew_salts()
        keys = made.ring.salt_keys()

        keeping.carry_out(made, keeping.chosen(made.log, ["R1-account-3"]), WHY)

        assert len(keys) == 2
        assert len(made.ring.salt_keys()) == 1
        made.log.segment(segment.root.hex(), made.ring.salt_keys())


def test_rows_of_no_column_and_no_room_are_kept_by_any_hold() -> None:
    rows = events().drop_columns(["order_id"])
    groups = split(rows.column_names)
    ends = Ends()
    ends.add(rows)

    free = due_events(rows, groups, ends, Times(), BEGIN + 9 * YEAR_US, frozenset())
    held = due_events(rows, groups, ends, Times(), BEGIN + 9 * YEAR_US, None)

    assert free.gone.all()
    assert not held.is_any
    assert rooms_held([["R1"], None]) is None
    assert rooms_held([["R1"], ["R2"]]) == {"R1", "R2"}


def test_a_row_without_a_room_is_kept_by_any_hold() -> None:
    rows = pa.table({"account_id": ["a", None]})

    assert free(rows, frozenset({"R1"})).tolist() == [False, False]
    assert free(rows, frozenset()).tolist() == [True, True]
    assert any_value(rows, ["account_id", "not_there"]).tolist() == [True, False]


def test_a_run_after_a_run_finds_nothing_more(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        add(made, events())
        later = add(made, events(room="R2", at_us=BEGIN + 2 * YEAR_US), "b" * 64)

    first = run(tmp_path, BEGIN + 4 * YEAR_US)
    second = run(tmp_path, BEGIN + 4 * YEAR_US)
    with opened(tmp_path, of=Ring(tmp_path / "keys")) as made:
        keeping.carry_out(made, keeping.chosen(made.log, ["R2-account-1"]), WHY)

    assert (len(first.parts), second.parts) == (2, ())
    Log(tmp_path / "log").segment(later.root.hex(), Ring(tmp_path / "keys").salt_keys())


def test_no_value_stays_in_a_dictionary() -> None:
    rows = events().select(["event_type", "text"])
    which = np.array([False, True] * 3)

    left = emptied(rows, Due({}, which), {})

    assert left.column("event_type").chunk(0).dictionary.to_pylist() == ["join"]
    assert left.column("text").to_pylist()[1] is None
