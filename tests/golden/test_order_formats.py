"""What `truecrowd formats` says of an order export, and the mapping it drafts for one nobody knows."""

import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.ingest import Options, read
from truecrowd.ingest.orders.parsing import parse
from truecrowd.surfaces.cli.entry import run

ORDERS = Path(__file__).parents[1] / "fixtures" / "orders"


def of_orders(said: str) -> str:
    """Return what is said of the export itself: what checks can look at is every format's."""
    lines = said.splitlines()
    end = next(at for at, line in enumerate(lines) if "order 7 ·" in line or "order 4 ·" in line or "order 3 ·" in line)
    return "\n".join([*lines[: end + 1], "...", lines[-1], ""])


@pytest.fixture(autouse=True)
def _beside_the_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in ORDERS.iterdir():
        shutil.copy(one, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("export", ["doudian.csv", "tiktok.csv"])
def test_an_export_is_shown_before_it_is_audited(
    export: str, lang: str, snapshot: SnapshotAssertion, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["formats", export, "--lang", lang])

    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert "leak" not in said.out.lower()
    assert of_orders(said.out) == snapshot


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_unknown_export_gives_a_mapping_to_start_from(
    lang: str, snapshot: SnapshotAssertion, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["formats", "shopee.csv", "--lang", lang])

    said = capsys.readouterr()
    assert code == 2
    assert said.err == snapshot(name="error")
    assert said.out == snapshot(name="mapping")


def test_the_drafted_mapping_reads_the_file_it_was_drafted_for(capsys: pytest.CaptureFixture[str]) -> None:
    run(["formats", "shopee.csv"])
    mapping = parse(capsys.readouterr().out, where="mine.toml")

    reading = read(["shopee.csv"], Options(tz="Asia/Ho_Chi_Minh", mapping=mapping, currency="VND"))
    rows = [row for part in reading.batches() for row in part.to_pylist()]

    assert sum(row["amount_minor"] for row in rows if row["event_type"] == "order") == 280_000
    assert [row["order_id"] for row in rows if row["event_type"] == "refund"] == ["25112ABC"]


def test_a_mapping_of_ones_own_is_tried_before_the_audit(
    snapshot: SnapshotAssertion, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["formats", "shopee.csv"])
    Path("mine.toml").write_text(capsys.readouterr().out, encoding="utf-8")

    code = run(["formats", "shopee.csv", "--map", "mine.toml", "--currency", "VND", "--tz", "Asia/Ho_Chi_Minh"])

    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert of_orders(said.out) == snapshot


def test_a_table_without_orders_gives_no_mapping(capsys: pytest.CaptureFixture[str]) -> None:
    Path("stock.csv").write_text("sku,shelf\n1,a\n2,b\n", encoding="utf-8")

    code = run(["formats", "stock.csv"])

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
