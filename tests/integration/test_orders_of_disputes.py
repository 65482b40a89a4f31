"""An export read back gives the orders it was written from; and nothing of a customer leaves it."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from truecrowd.ingest import Options, read
from truecrowd.simulate import disputes
from truecrowd.simulate.disputes import Folder
from truecrowd.simulate.disputes_cases import VARIANTS

ORDERS = Path(__file__).parents[1] / "fixtures" / "orders"
KINDS = pa.array(["order", "payment", "ship", "deliver", "refund", "cancel"])
COMPARED = (
    "event_type", "ts_kind", "account_id", "id_kind", "order_id", "product_id", "product_title", "host_id",
    "amount_minor", "currency", "quantity", "traffic_source",
)  # fmt: skip


def told(rows: pa.Table) -> list[str]:
    """Return the order events as they can be told from an export, sorted; bound times are left out."""
    kinds = rows.column("event_type").cast(pa.string())
    rows = rows.filter(pc.is_in(kinds, value_set=KINDS))
    columns = {name: rows.column(name).cast(pa.string()) for name in COMPARED if name in rows.column_names}
    kind = columns["event_type"]
    worth = pc.fill_null(columns.get("ts_kind", pa.nulls(len(rows), pa.string())), "server")
    is_bound = pc.or_(pc.equal(worth, "bound"), pc.equal(kind, "cancel"))
    columns["ts_kind"] = pc.if_else(is_bound, "bound", worth)
    columns["ts"] = pc.if_else(is_bound, pa.scalar(None, pa.int64()), rows.column("ts").cast(pa.int64())).cast(
        pa.string()
    )
    if "account_id" in columns:
        stable = pc.fill_null(columns["id_kind"], "stable")
        columns["id_kind"] = pc.if_else(columns["account_id"].is_valid(), stable, pa.scalar(None, pa.string()))
    has_money = columns["amount_minor"].is_valid()
    columns["currency"] = pc.if_else(has_money, columns["currency"], pa.scalar(None, pa.string()))
    cells = [
        pc.fill_null(columns[name], "") if name in columns else pa.array([""] * len(rows)) for name in (*COMPARED, "ts")
    ]
    return sorted(pc.binary_join_element_wise(*cells, "\x1f").to_pylist())


def read_back(folder: Folder) -> list[str]:
    sources = []
    for name in sorted(one for one in folder.texts if one.endswith(".csv")):
        source = io.BytesIO(folder.texts[name].encode())
        source.name = name  # type: ignore[attr-defined]
        sources.append(source)
    return told(pa.concat_tables(read(sources, Options(tz="Asia/Shanghai")).batches(), promote_options="permissive"))


@pytest.mark.parametrize("case", ["R1", "R5", "R7"])
def test_an_export_gives_the_orders_it_was_written_from(case: str) -> None:
    for folder in disputes(cases=(case,)).folders():
        assert read_back(folder) == told(folder.chunk.events), folder.place


@pytest.mark.slow
@pytest.mark.parametrize("case", ["R2", "R3", "R4", "R6", "R8"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_export_gives_the_orders_it_was_written_from(case: str, variant: str) -> None:
    for folder in disputes(cases=(case,), variants=(variant,)).folders():
        assert read_back(folder) == told(folder.chunk.events), folder.place


def truecrowd(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-m", "truecrowd", *arguments],
        cwd=cwd, env={**kept, "LANG": "C.UTF-8"}, capture_output=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("shop", ["doudian", "shopify"])
def test_nothing_of_a_dropped_cell_is_under_out_or_on_the_screen(shop: str, tmp_path: Path) -> None:
    text = (ORDERS / f"{shop}.csv").read_text(encoding="utf-8-sig")
    broken = text.replace("2025-11-12 20:05:00", "LEAK street 5").replace("2025-11-12 07:02:05 -0500", "LEAK street 5")
    (tmp_path / "shop.csv").write_text(broken + "LEAK Bob,LEAK13900001111\n", encoding="utf-8")

    done = truecrowd("audit", "shop.csv", "--tz", "Asia/Shanghai", "--ids", "real", cwd=tmp_path)

    assert done.returncode in (0, 3), done.stderr
    files = [one for one in (tmp_path / "out").rglob("*") if one.is_file()]
    assert len(files) > 10
    assert [one.name for one in files if b"leak" in one.read_bytes().lower()] == []
    tables = [str(pq.read_table(one).to_pylist()) for one in files if one.suffix == ".parquet"]
    assert not any("leak" in table.lower() for table in tables)
    assert "leak" not in (done.stdout + done.stderr).lower()
    rejects = pq.read_table(tmp_path / "out/tables/rejects.parquet")
    assert sorted(rejects.column("reason").to_pylist()) == ["bad_ts", "wrong_width"]
    assert "leak" not in str(rejects.to_pylist()).lower()


def test_an_export_and_a_mapping_of_ones_own_are_audited(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "orders_taobao"\nname = "ours"\n', encoding="utf-8")
    (tmp_path / "shop.csv").write_bytes((ORDERS / "taobao.csv").read_bytes())

    done = truecrowd("audit", "shop.csv", "--map", "mine.toml", "--tz", "Asia/Shanghai", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    imports = pq.read_table(tmp_path / "out/tables/imports.parquet").to_pylist()
    assert [(row["format"], row["n_kept"]) for row in imports] == [("ours", 9)]


def test_a_mapping_with_a_slip_ends_with_2_and_the_nearest_key(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "orders_taobao"\n[raed]\n', encoding="utf-8")

    done = truecrowd("audit", "shop.csv", "--map", "mine.toml", cwd=tmp_path)

    assert done.returncode == 2
    assert "key 'raed' is unknown, nearest is 'read'" in done.stderr
