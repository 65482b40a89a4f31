"""What a person reads when something cannot be sealed or proven."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.detectors.burst_join import DETECTOR
from truecrowd.surfaces.cli.entry import run

CASES: dict[str, Callable[[], list[str]]] = {
    "nothing_named": lambda: ["seal"],
    "two_things_at_once": lambda: ["seal", "night.parquet", "--hold", "R7"],
    "a_hold_without_a_reason": lambda: ["seal", "--hold", "R7"],
    "no_such_hold": lambda: ["seal", "--lift", "H1", "--why", "w", "--approved-by", "r"],
    "no_log_to_clean": lambda: ["seal", "--retention", "plan", "--log", "nowhere"],
    "keys_inside_the_log": lambda: ["seal", "night.parquet", "--keys", "truecrowd-log/keys"],
    "a_name_that_is_none": lambda: ["seal", "night.parquet", "--origin", "My Log", "--log", "l", "--keys", "k"],
    "a_key_others_can_read": lambda: _open("truecrowd-keys/log.key"),
    "a_log_that_was_rolled_back": lambda: _rolled_back(),
    "an_entry_that_was_changed": lambda: _changed("truecrowd-log/tile/entries/000.p/3"),
    "accounts_that_cannot_be_read": lambda: ["seal", "--erase", "none.txt", "--why", "w", "--approved-by", "r"],
    "no_accounts_in_the_file": lambda: _empty("accounts.txt"),
    "no_such_entry": lambda: ["prove", "--entry", "99"],
    "no_such_event": lambda: ["prove", "--event", "none"],
    "no_such_group": lambda: ["prove", "--event", DETECTOR.faked().column("event_id")[0].as_py(), "--open", "ip"],
    "a_folder_no_audit_wrote": lambda: _stranger(),
}


def _open(name: str) -> list[str]:
    Path(name).chmod(0o644)
    return ["seal", "--rotate", "log"]


def _rolled_back() -> list[str]:
    shutil.copytree("truecrowd-log", "old")
    assert run(["seal", "--hold", "R7", "--why", "w", "--approved-by", "r"]) == 0
    shutil.rmtree("truecrowd-log")
    Path("old").rename("truecrowd-log")
    return ["seal", "night.parquet"]


def _changed(name: str) -> list[str]:
    body = bytearray(Path(name).read_bytes())
    body[-20] ^= 1
    Path(name).write_bytes(bytes(body))
    return ["prove", "--entry", "2"]


def _empty(name: str) -> list[str]:
    Path(name).write_text("\n", encoding="utf-8")
    return ["seal", "--erase", name, "--why", "w", "--approved-by", "r"]


def _stranger() -> list[str]:
    Path("out").mkdir()
    Path("out/report.html").write_text("<body></body>", encoding="utf-8")
    Path("out/report.json").write_text("{}", encoding="utf-8")
    return ["seal", "out"]


@pytest.mark.parametrize("name", CASES)
def test_the_message_says_what_where_and_how(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    pq.write_table(DETECTOR.faked(), "night.parquet")
    assert run(["seal", "night.parquet", "--origin", "log.example/n"]) == 0
    arguments = CASES[name]()
    capsys.readouterr()

    code = run(arguments)

    assert f"exit {code}\n{capsys.readouterr().err}" == snapshot
