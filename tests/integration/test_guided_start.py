"""`audit --init` from a pipe: one command from a file and some answers to a finished report."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

NIGHT = """\
ts,event_type,room_id,account_id,order_id,amount_minor
2020-07-18 20:11:00,order,r1,u1,o1,4000
2020-07-18 20:12:00,payment,r1,u1,o1,4000
2020-07-18 20:13:00,order,r1,u2,o2,4000
2020-07-18 20:14:00,payment,r1,u2,o2,4000
2020-07-19 10:12:00,refund,r1,u1,o1,4000
"""
ANSWERS = "Asia/Shanghai\nthe snack brand\n2020-07-18 19:00\n23:00\n\n\n\n200\nclause 3\n20%\n1\n16\nclause 4.2\n"


def truecrowd(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "TMPDIR", "SYSTEMROOT")}
    return subprocess.run(
        [sys.executable, "-m", "truecrowd", "audit", "night.csv", *arguments],
        cwd=folder, env={**kept, "LANG": "C.UTF-8"}, input=stdin, capture_output=True, encoding="utf-8", check=False,
        timeout=120,
    )  # fmt: skip


def test_answers_from_a_pipe_lead_to_a_claim_and_the_printed_command_to_the_same(tmp_path: Path) -> None:
    (tmp_path / "night.csv").write_text(NIGHT, encoding="utf-8")

    done = truecrowd(tmp_path, "--init", stdin=ANSWERS)

    assert done.returncode == 0, done.stderr
    (command,) = [line for line in done.stderr.splitlines() if line.startswith("next time: ")]
    assert command == "next time: truecrowd audit night.csv --tz Asia/Shanghai --contract deal.toml --out out"
    money = {row["line"]: row for row in pq.read_table(tmp_path / "out/tables/money.parquet").to_pylist()}
    assert (money["commission_back"]["amount_minor"], money["commission_back"]["clause"]) == (800, "clause 4.2")
    first = (tmp_path / "out/tables/money.parquet").read_bytes()
    assert truecrowd(tmp_path, *command.split()[5:]).returncode == 0
    assert (tmp_path / "out/tables/money.parquet").read_bytes() == first


def test_an_export_that_nothing_recognises_gets_a_drafted_mapping_and_the_next_command(tmp_path: Path) -> None:
    (tmp_path / "night.csv").write_text("订单号,下单时间,金额\n1,2020-07-18 20:11:00,40.00\n", encoding="utf-8")

    done, again = (truecrowd(tmp_path, "--init", stdin=ANSWERS) for _ in range(2))

    next_command = "truecrowd audit night.csv --map mapping.toml --init"
    assert done.returncode == 2
    assert done.stderr.endswith(f"fix:   mapping.toml was drafted: correct it, then: {next_command}\n")
    assert 'order_id = "订单号"' in (tmp_path / "mapping.toml").read_text(encoding="utf-8")
    assert "correct mapping.toml if it is for this file" in again.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mapping.toml", "night.csv"]


def test_a_second_start_is_refused_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "night.csv").write_text(NIGHT, encoding="utf-8")
    (tmp_path / "deal.toml").write_text("mine", encoding="utf-8")

    done = truecrowd(tmp_path, "--init", stdin=ANSWERS)

    assert done.returncode == 2
    assert "deal.toml is already there; --init never writes over a file" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deal.toml", "night.csv"]
