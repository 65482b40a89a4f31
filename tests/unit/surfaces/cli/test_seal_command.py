"""`seal` and `prove` inside this process."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from truecrowd.detectors.burst_join import DETECTOR
from truecrowd.evidence import notes, proofs, records, statements, tree
from truecrowd.evidence.log import Log, Ring
from truecrowd.surfaces.cli.entry import run

MAPPING = 'name = "mine"\nall = ["No", "When"]\nevent = [{ type = "order", ts = ["When"] }]\n[row]\norder_id = "No"\n'


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording in which something is found, and its audit."""
    folder = tmp_path_factory.mktemp("night")
    pq.write_table(DETECTOR.faked(), folder / "night.parquet")
    assert run(["audit", str(folder / "night.parquet"), "--out", str(folder / "out")]) in (0, 3)
    return folder


@pytest.fixture
def here(night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(night, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("LC_ALL", "C")
    return tmp_path / "here"


def proven(text: bytes) -> tuple[dict, dict]:
    """Check a proof from its own bytes alone, as a stranger would; return its statement and its extra."""
    proof = proofs.parse_proof(text, where="proof")
    extra = statements.strict_json(proof.extra or b"", where="extra")
    body = notes.unb64(extra["statement"], where="extra")
    root = tree.root_by_inclusion(tree.leaf_hash(body), proof.index, proof.head.size, proof.path, where="proof")
    assert root == proof.head.root
    return statements.parse(body, where="statement"), extra


def test_a_sealed_row_is_proven_up_to_the_checkpoint(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = DETECTOR.faked().column("event_id")[3].as_py()
    assert run(["seal", "night.parquet", "--origin", "log.example/n", "--role", "archivist"]) == 0

    assert run(["prove", "--event", event, "--open", "who", "--out", "one.tlog-proof"]) == 0

    said, extra = proven(Path("one.tlog-proof").read_bytes())
    record = notes.unb64(extra["record"], where="")
    path = [notes.unb64(step, where="") for step in extra["path"]]
    root = tree.root_by_inclusion(tree.leaf_hash(record), extra["position"], said["records"], path, where="")
    [opening] = extra["openings"]
    commitment = records.sha256(
        notes.unb64(opening["salt"], where="") + notes.unb64(opening["fields"], where="")
    ).digest()
    assert root.hex() == said["root"]
    assert event.encode() in record
    assert b"\x04#whoh\x00\x00\x00\x20" + commitment in record
    assert said["custody"]["role"] == "archivist"
    assert "log.example/n 3 " in capsys.readouterr().out


def test_accounts_stand_in_no_statement_and_no_closed_proof(here: Path) -> None:
    accounts = set(DETECTOR.faked().column("account_id").to_pylist())
    event = DETECTOR.faked().column("event_id")[3].as_py()
    run(["seal", "night.parquet", "out"])

    run(["prove", "--event", event, "--out", "one.tlog-proof"])

    published = b"".join(body for _, body in Log(Path("truecrowd-log")).entries())
    _, extra = proven(Path("one.tlog-proof").read_bytes())
    shown = published + notes.unb64(extra["record"], where="")
    assert [one for one in accounts if f'"{one}"'.encode() in shown or one.encode() + b"\x00" in shown] == []


def test_findings_point_to_the_sealed_rows(here: Path) -> None:
    run(["seal", "night.parquet", "out"])
    log = Log(Path("truecrowd-log"))

    found = [one for _, one in log.said_of("finding")]

    assert found
    segment = log.segment(found[0]["evidence"][0]["segment"], Ring(Path("truecrowd-keys")).salt_keys())
    for one in found[0]["evidence"]:
        assert segment.rows.column("event_id")[one["record"]].as_py() == one["event_id"]
    row = log.segment(found[0]["row"]["table_root"], Ring(Path("truecrowd-keys")).salt_keys())
    at = found[0]["row"]["index"]
    assert row.leaves[32 * at : 32 * at + 32].hex() == found[0]["output"]


def test_findings_of_a_recording_that_is_not_sealed_have_no_place(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["seal", "out"])

    log = Log(Path("truecrowd-log"))
    assert all(one["segment"] is None for _, said in log.said_of("finding") for one in said["evidence"])
    assert "in no sealed recording" in capsys.readouterr().err


def test_the_page_carries_a_seal_over_its_own_bytes(here: Path) -> None:
    before = Path("out/report.html").read_bytes()

    run(["seal", "out"])

    page, block = proofs.unsealed(Path("out/report.html").read_bytes(), where="")
    log = Log(Path("truecrowd-log"))
    [(_, said)] = log.said_of("report")
    assert page == before
    assert said["html_sha256"] == records.sha256(page).hexdigest()
    assert said["json_sha256"] == records.sha256(Path("out/report.json").read_bytes()).hexdigest()
    assert f"{log.head.origin} {log.size} {notes.b64(log.head.root)}".encode() in (block or b"")


def test_equal_tables_have_equal_roots_and_events_never_have(here: Path) -> None:
    run(["seal", "night.parquet", "out"])
    Path("copy.parquet").write_bytes(Path("night.parquet").read_bytes() + b"")
    pq.write_table(pq.read_table("night.parquet"), "copy.parquet", compression="none")
    run(["seal", "copy.parquet", "out"])

    log = Log(Path("truecrowd-log"))
    roots = [one["tables"] for _, one in log.said_of("report")]
    events = [one["root"] for _, one in log.said_of("segment")]
    assert roots[0] == roots[1]
    assert len(set(events)) == 2


def test_the_original_stays_as_it_was_and_is_sealed_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["seal", "night.parquet"])
    run(["seal", "night.parquet", "--json"])

    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    sha256 = document["recordings"][0]["sha256"]
    assert document["recordings"][0]["is_new"] is False
    assert document["size"] == 3
    kept = Path(f"truecrowd-log/originals/{sha256}/night.parquet").read_bytes()
    assert kept == Path("night.parquet").read_bytes()


def test_custody_counts_what_came_and_what_could_not_be_read(here: Path) -> None:
    rows = "ts,event_type,room_id,order_id\n2026-01-01T00:00:00Z,order,R,o1\nnever,order,R,o2\n"
    Path("night.csv").write_text(rows + "2026-01-01T00:00:09Z,refund,R,o9\n", encoding="utf-8")

    run(["seal", "night.csv", "--method", "export", "--place", "office"])

    [(_, said)] = Log(Path("truecrowd-log")).said_of("segment")
    raw = b"".join(len(one).to_bytes(4, "big") + one for one in [b"never,order,R,o2"])
    assert said["counts"] == {"read": 3, "kept": 2, "merged": 0, "duplicate": 0, "skipped": 0, "rejected": 1}
    assert said["by_type"] == {"order": 1, "refund": 1}
    assert said["rejects"] == {"count": 1, "sha256": records.sha256(raw).hexdigest()}
    assert said["checks"]["orders"] == "gaps"
    assert (said["custody"]["method"], said["custody"]["place"]) == ("export", "office")


def test_an_empty_recording_is_a_fact_too(here: Path) -> None:
    pq.write_table(DETECTOR.faked().slice(0, 0), "empty.parquet")

    run(["seal", "empty.parquet"])

    [(_, said)] = Log(Path("truecrowd-log")).said_of("segment")
    assert (said["records"], said["root"], said["first_ts"]) == (0, tree.EMPTY.hex(), None)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["seal", "night.parquet", "--keys", "truecrowd-log/keys"], "lie in one another"),
        (["seal", "night.parquet", "--origin", "UPPER"], "not like a DNS name"),
        (["seal", "nothing.parquet"], "cannot be opened"),
        (["prove", "--entry", "9"], "the log has 3 entries"),
        (["prove", "--event", "none such"], "no sealed row"),
        (["prove", "--event", "e", "--entry", "0"], "not both"),
        (["prove"], "one of --event and --entry"),
        (["prove", "--entry", "0", "--open", "who"], "--open shows"),
        (["prove", "--entry", "0", "--log", "nowhere"], "there is no log"),
        (["seal", "night.parquet", "--keys", "other-keys"], "are not in 'other-keys'"),
    ],
)
def test_what_cannot_be_done_is_said(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], what: str
) -> None:
    run(["seal", "night.parquet"])
    capsys.readouterr()

    code = run(arguments)

    assert code in (1, 2)
    assert what in capsys.readouterr().err


def test_a_group_that_is_not_there_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = DETECTOR.faked().column("event_id")[0].as_py()
    run(["seal", "night.parquet"])

    code = run(["prove", "--event", event, "--open", "ip"])

    assert code == 2
    assert "client, said, who" in capsys.readouterr().err


def test_a_folder_gives_its_files_and_no_hidden_ones(here: Path) -> None:
    Path("nights").mkdir()
    shutil.copy("night.parquet", "nights/a.parquet")
    shutil.copy("night.parquet", "nights/.b.parquet")

    run(["seal", "nights"])

    assert [one["source"]["name"] for _, one in Log(Path("truecrowd-log")).said_of("segment")] == ["a.parquet"]


def test_an_audit_that_was_changed_into_something_else_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out/tables/alarms.parquet").write_bytes(b"no")
    first = run(["seal", "out"])
    Path("out/report.json").write_text("[]", encoding="utf-8")
    second = run(["seal", "out"])
    Path("out/report.json").write_text("{", encoding="utf-8")
    third = run(["seal", "out"])
    Path("out/report.html").unlink()
    fourth = run(["seal", "out"])

    assert (first, second, third, fourth) == (2, 2, 2, 2)
    assert "'tables/alarms.parquet' is not what an audit" in capsys.readouterr().err


def test_a_recording_larger_than_a_segment_is_cut_where_chunks_do_not_matter(here: Path) -> None:
    from truecrowd.surfaces.seal.recordings import _parts

    rows = pa.table({"n": range(150_000)})
    one = [part.num_rows for part in _parts(iter([rows]))]
    many = [part.num_rows for part in _parts(rows.slice(at, 40_000) for at in range(0, 150_000, 40_000))]

    assert one == many == [65_536, 65_536, 18_928]


def test_a_recording_that_cannot_be_read_is_not_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("night.csv").write_text("ts,event_type,room_id\n2026-01-01 00:00:00,join,R\n", encoding="utf-8")

    code = run(["seal", "night.csv"])

    assert code == 2
    assert "without a" in capsys.readouterr().err
    assert list(Path("truecrowd-log/originals").iterdir()) == []


def test_a_mapping_file_is_named_by_its_hash(here: Path) -> None:
    Path("ours.toml").write_text(MAPPING, encoding="utf-8")
    Path("orders.csv").write_text("No,When\no1,2026-01-01T00:00:00Z\no2,2026-01-01T00:00:09Z\n", encoding="utf-8")

    code = run(
        ["seal", "orders.csv", "--map", "ours.toml", "--format", "mine", "--room", "R1", "--tz", "Asia/Shanghai"]
    )

    assert code == 0
    [(_, said)] = Log(Path("truecrowd-log")).said_of("segment")
    assert said["source"]["mapping_sha256"] == records.sha256(MAPPING.encode()).hexdigest()
