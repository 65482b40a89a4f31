"""The commands inside this process: what they ask of the layers below, and what they make of the answers."""

import json
from pathlib import Path

import click
import pytest

from truecrowd.surfaces.cli.entry import run

NIGHT = """\
ts,event_type,room_id,account_id,text
2025-11-12T19:00:01+08:00,join,R7,u1,
2025-11-12T19:00:09+08:00,comment,R7,u2,how long is the sleeve
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    Path("night.csv").write_text(NIGHT, encoding="utf-8")


def document() -> dict[str, object]:
    found: dict[str, object] = json.loads(Path("out/report.json").read_bytes())
    return found


def test_audit_writes_the_folder_and_prints_the_room(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["audit", "night.csv"])

    said = capsys.readouterr()
    assert code == 0
    assert said.out.startswith("R7 undetermined  ")
    assert [line.split()[0] for line in said.err.splitlines()] == ["read", "looked", "wrote"]


def test_audit_prints_one_document_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    run(["audit", "night.csv", "--json"])

    assert json.loads(capsys.readouterr().out) == document()


def test_staff_settings_and_ids_reach_the_run() -> None:
    Path("staff.txt").write_text("# hosts\nu1\n", encoding="utf-8")
    Path("settings.toml").write_text('without = ["burst_join"]\n', encoding="utf-8")

    code = run(["audit", "night.csv", "--staff", "staff.txt", "--config", "settings.toml", "--ids", "real"])

    said = document()
    assert (code, said["n_staff"], said["ids"]) == (0, 1, "real")
    assert "burst_join" not in {check["name"] for check in said["checks"]}


def test_a_key_is_read_and_named_but_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Path("key").write_text("k" * 32, encoding="utf-8")
    Path("key").chmod(0o600)

    run(["audit", "night.csv", "--pseudonymise", "key"])

    said = capsys.readouterr().err
    assert "note: pseudonyms under key " in said
    assert "kkkk" not in said


def test_orders_alone_are_input_enough() -> None:
    assert run(["audit", "--orders", "night.csv"]) == 0


def test_a_room_is_named_where_the_input_has_none() -> None:
    Path("night.csv").write_text(NIGHT.replace("room_id,", "").replace("R7,", ""), encoding="utf-8")

    run(["audit", "night.csv", "--room", "R9"])

    assert [row["room_id"] for row in document()["index"]] == ["R9"]


def test_a_room_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["audit", "night.csv", "--room", "R9"])

    assert code == 2
    assert capsys.readouterr().err.startswith("no row of room 'R9' was found\n  where: --room")
    assert not Path("out").exists()


def test_formats_tells_what_is_in_a_file_and_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    Path("my night.csv").write_text(NIGHT.replace("+08:00", ""), encoding="utf-8")

    code = run(["formats", "my night.csv"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert lines[0].startswith("my night.csv: canonical (csv utf-8) ")
    assert lines[2] == "  2 events: join 1 · comment 1"
    assert lines[-1] == "next: truecrowd audit 'my night.csv' --tz ZONE"


def test_formats_keeps_the_zone_that_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    Path("night.csv").write_text(NIGHT.replace("+08:00", ""), encoding="utf-8")

    run(["formats", "night.csv", "--tz", "+08:00"])

    assert capsys.readouterr().out.splitlines()[-1] == "next: truecrowd audit night.csv --tz +08:00"


def test_formats_shows_the_first_columns_of_a_wide_file(capsys: pytest.CaptureFixture[str]) -> None:
    more = [f"more_{at}" for at in range(20)]
    head, first = NIGHT.splitlines()[:2]
    Path("night.csv").write_text(f"{head},{','.join(more)}\n{first}{',' * 20}\n", encoding="utf-8")

    run(["formats", "night.csv"])

    assert "+9" in capsys.readouterr().out


def test_formats_goes_on_past_a_member_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.txt").write_text("hello\n", encoding="utf-8")

    code = run(["formats", "."])

    starts = [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert (code, starts) == (0, ["a.txt", "night.csv", "next"])


def test_formats_of_a_file_that_cannot_be_read_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    Path("night.csv").write_text(NIGHT.replace("room_id", "roomid"), encoding="utf-8")

    code = run(["formats", "night.csv"])

    assert code == 2
    assert capsys.readouterr().err.startswith("column 'room_id' is missing\n")


def test_simulate_and_demo_run_where_they_are_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    made = run(["simulate", "tiny", "--out", "night", "--events", "6000"])
    shown = run(["demo", "--out", "shown"])

    assert (made, shown) == (0, 0)
    assert Path("night/meta.json").exists()
    assert Path("shown/recorded/report.html").exists()
    assert capsys.readouterr().out.splitlines()[-1].startswith("next: ")


def test_bench_prints_what_was_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[bool, dict[str, str]]] = []

    class Report:
        def lines(self, lang: str) -> list[str]:
            return [f"in {lang}"]

    def measure(*, quick: bool, programs: dict[str, str]) -> Report:
        asked.append((quick, dict(programs)))
        return Report()

    monkeypatch.setattr("truecrowd.bench.run", measure, raising=False)

    code = run(["bench", "--quick", "--lang", "zh"])

    assert (code, asked, capsys.readouterr().out) == (0, [(True, {})], "in zh\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_for_the_shell_that_was_named(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["--show-completion", shell])

    assert (code, f"{shell}_complete" in capsys.readouterr().out) == (0, True)


def test_a_mistake_that_click_finds_elsewhere_is_told_too() -> None:
    from truecrowd.surfaces.cli.usage import explained

    error = explained(click.BadParameter("Bad thing.", param_hint="'X'"))
    plain = explained(click.ClickException("Odd."))
    hidden = explained(click.NoSuchOption("--x"))

    assert (error.what, error.where) == ("bad thing", "truecrowd, X")
    assert (plain.what, plain.fix) == ("odd", "truecrowd --help")
    assert hidden.fix == "truecrowd --help lists what there is"
