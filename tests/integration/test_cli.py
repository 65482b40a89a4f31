"""The commands as a user runs them: what they print, what they write, how they end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from truecrowd.schema import TABLES
from truecrowd.surfaces.report.phrases import Phrase, say

NIGHT = """\
ts,event_type,room_id,account_id,text
2025-11-12T19:00:01+08:00,join,R7,u1,
2025-11-12T19:00:04+08:00,join,R7,u2,
2025-11-12T19:00:09+08:00,comment,R7,u2,how long is the sleeve
"""
HEAVY = {"numpy", "pyarrow", "jinja2", "rich", "babel", "polars", "pandas", "numba", "fastapi"}
ROWS = "".join(
    f'{{"ts":{1_762_945_201_000 + n},"type":"join","room_id":"R7","account_id":"u{n}"}}\n' for n in range(5000)
)


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "SYSTEMROOT")}
    return {**kept, "LANG": "C.UTF-8", **more}


def truecrowd(
    *arguments: str, cwd: Path, stdin: str = "", options: Sequence[str] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-m", "truecrowd", *arguments],
        cwd=cwd,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "night.csv").write_text(NIGHT, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `simulate` and `audit` have run."""
    folder = tmp_path_factory.mktemp("simulated")
    made = truecrowd("simulate", "tiny", "--out", "night", "--events", "12000", cwd=folder)
    assert made.returncode == 0, made.stderr
    done = truecrowd("audit", "night/events.parquet", cwd=folder, COLUMNS="100")
    assert done.returncode == 0, done.stderr
    (folder / "stdout").write_text(done.stdout, encoding="utf-8")
    (folder / "stderr").write_text(done.stderr, encoding="utf-8")
    return folder


def test_simulate_names_what_it_wrote_and_the_next_command(tmp_path: Path) -> None:
    done = truecrowd("simulate", "tiny", "--out", "night", "--events", "6000", cwd=tmp_path)

    first, second = done.stdout.splitlines()
    assert first.startswith(f"{Path('night/events.parquet')}  ")
    assert second == f"next: truecrowd audit {Path('night/events.parquet')}"
    assert (tmp_path / "night/labels/accounts.parquet").exists()


def test_evade_writes_a_folder_for_each_price(tmp_path: Path) -> None:
    done = truecrowd("simulate", "evade", "--out", "hides", "--events", "60000", cwd=tmp_path)

    assert done.returncode == 0
    for part in ("low", "mid", "high"):
        assert (tmp_path / "hides" / part / "events.parquet").is_file()
        assert (tmp_path / "hides" / part / "labels" / "accounts.parquet").is_file()


def test_every_room_begins_with_its_label_level_and_answer(simulated: Path) -> None:
    document = json.loads((simulated / "out/report.json").read_bytes())
    starts = [line for line in (simulated / "stdout").read_text(encoding="utf-8").splitlines() if line[0] != " "]

    firsts = [f"{row['room_id']} {row['level']} " for row in document["index"]]

    assert len(firsts) == 2
    assert all(line.startswith(first) for line, first in zip(starts, firsts, strict=False))
    assert starts[-1].startswith(f"{Path('out/report.html')}  ")
    assert starts[-1].endswith(" kB, not sealed")


def test_stages_go_to_stderr_one_line_each_and_results_do_not(simulated: Path) -> None:
    lines = (simulated / "stderr").read_text(encoding="utf-8").splitlines()

    assert [line.split()[0] for line in lines] == ["read", "looked", "wrote"]


def test_piped_output_holds_no_colour_and_no_bar(simulated: Path) -> None:
    said = (simulated / "stdout").read_text(encoding="utf-8") + (simulated / "stderr").read_text(encoding="utf-8")

    assert not {letter for letter in said if letter < " " and letter != "\n"}
    assert not {letter for letter in said if "\u2500" <= letter <= "\u259f"}
    assert max(map(len, said.splitlines())) < 200


def test_the_folder_holds_the_report_its_json_and_every_table(simulated: Path) -> None:
    found = {path.relative_to(simulated / "out").as_posix() for path in (simulated / "out").rglob("*.*")}

    rows = {"refunds", "returns-per-buyer", "orders-per-buyer", "sales", "timing"}
    assert found == {
        "report.html", "report.json", *(f"tables/{name}.parquet" for name in TABLES), *(f"rows/{name}.csv" for name in rows)
    }  # fmt: skip
    for name, table in TABLES.items():
        assert pq.read_schema(simulated / f"out/tables/{name}.parquet").equals(table.schema), name


def test_two_runs_in_other_places_write_the_same_bytes(simulated: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = str(simulated / "night/events.parquet")

    done = truecrowd("audit", path, "--out", "b/c", cwd=tmp_path, LANG="zh_CN.UTF-8", TZ="America/Lima")

    assert done.returncode == 0, done.stderr
    for one in (simulated / "out").rglob("*.*"):
        name = one.relative_to(simulated / "out")
        assert (tmp_path / "b/c" / name).read_bytes() == one.read_bytes(), name


def test_python_writes_the_same_bytes_as_the_command(simulated: Path, tmp_path: Path) -> None:
    program = (
        "import sys, truecrowd\n"
        "audit = truecrowd.audit(sys.argv[1])\n"
        "audit.write(sys.argv[2])\n"
        "print(audit.headline('en'))"
    )
    source = str(simulated / "night/events.parquet")

    subprocess.run([sys.executable, "-c", program, source, str(tmp_path / "out")], check=True, capture_output=True)

    for one in (simulated / "out").rglob("*.*"):
        name = one.relative_to(simulated / "out")
        assert (tmp_path / "out" / name).read_bytes() == one.read_bytes(), name


def test_json_is_one_document_and_nothing_else(here: Path) -> None:
    done = truecrowd("audit", "night.csv", "--json", cwd=here)

    assert done.returncode == 0
    assert json.loads(done.stdout)["schema"] == "truecrowd.report/1"
    assert done.stdout.encode() == (here / "out/report.json").read_bytes()


def test_fail_on_a_level_that_is_reached_exits_1_and_still_writes(here: Path) -> None:
    done = truecrowd("audit", "night.csv", "--fail-on", "undetermined", cwd=here)

    assert done.returncode == 1
    assert (here / "out/report.html").exists()


def test_a_cut_file_exits_3_but_a_finding_comes_first(here: Path) -> None:
    (here / "cut.ndjson").write_text(ROWS[:-30], encoding="utf-8")

    cut = truecrowd("audit", "cut.ndjson", "--out", "a", cwd=here)
    both = truecrowd("audit", "cut.ndjson", "--out", "b", "--fail-on", "clear", cwd=here)

    assert cut.returncode == 3, cut.stderr
    assert "incomplete: a part of the input could not be read (exit 3)" in cut.stdout
    assert both.returncode == 1


def test_an_input_error_comes_before_all_and_writes_nothing(here: Path) -> None:
    done = truecrowd("audit", "night.csv", "no.csv", "--fail-on", "clear", cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    assert inside(here) == ["night.csv"]


def test_standard_input_is_read(here: Path) -> None:
    done = truecrowd("audit", "-", cwd=here, stdin=ROWS)

    assert done.returncode == 0, done.stderr
    assert "read    5,000 events, 0 rows rejected" in done.stderr


def test_results_are_chinese_where_the_terminal_is(here: Path) -> None:
    by_locale = truecrowd("audit", "night.csv", cwd=here, LANG="zh_CN.UTF-8")
    by_option = truecrowd("audit", "night.csv", "--lang", "zh", cwd=here)

    assert by_locale.stdout.splitlines()[:-1] == by_option.stdout.splitlines()[:-1]
    assert say(Phrase("manufactured"), "zh") in by_option.stdout
    assert say(Phrase("manufactured"), "en") not in by_option.stdout


def test_lang_stands_before_or_after_the_command(here: Path) -> None:
    before = truecrowd("--lang", "zh", "formats", cwd=here)
    after = truecrowd("formats", "--lang", "zh", cwd=here)

    assert before.stdout == after.stdout
    assert say(Phrase("tested on recordings"), "zh") in after.stdout
    assert "EVENTS of the contract" not in after.stdout


@pytest.mark.parametrize("is_zoneless", [False, True])
def test_formats_says_what_a_file_is_and_what_it_lacks(here: Path, is_zoneless: bool) -> None:
    (here / "night.csv").write_text(NIGHT.replace("+08:00", "") if is_zoneless else NIGHT, encoding="utf-8")

    done = truecrowd("formats", "night.csv", cwd=here)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("night.csv: canonical (csv utf-8) EVENTS of the contract")
    assert "  3 events: join 2 · comment 1\n" in done.stdout
    assert "  columns: ts · event_type · room_id · account_id · text\n" in done.stdout
    assert "phone_mix (phone models not recorded in this data)" in done.stdout
    assert ("an audit needs --tz ZONE" in done.stdout) == is_zoneless
    assert done.stdout.splitlines()[-1] == f"next: truecrowd audit night.csv{' --tz ZONE' if is_zoneless else ''}"


def test_formats_tells_a_folder_file_by_file(here: Path) -> None:
    (here / "notes.txt").write_text("hello\n", encoding="utf-8")

    done = truecrowd("formats", ".", cwd=here)

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0].startswith("night.csv: canonical")
    assert lines[-2].startswith("notes.txt: no format recognises this file")
    assert lines[-1] == "next: truecrowd audit ."


def test_a_file_that_nothing_recognises_is_told_what_was_looked_for(here: Path) -> None:
    (here / "notes.txt").write_text("hello\n", encoding="utf-8")

    done = truecrowd("formats", "notes.txt", cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("no format recognises this file; nearest: ")


def test_staff_are_counted_and_left_out(here: Path) -> None:
    (here / "staff.txt").write_text("\ufeff# the host's own\nu1\n\n", encoding="utf-8")

    truecrowd("audit", "night.csv", "--staff", "staff.txt", cwd=here)

    assert json.loads((here / "out/report.json").read_bytes())["n_staff"] == 1


def test_a_key_replaces_ids_in_every_table(here: Path) -> None:
    (here / "key").write_text("k" * 32)
    (here / "key").chmod(0o600)

    done = truecrowd("audit", "night.csv", "--pseudonymise", "key", "--ids", "real", cwd=here)

    assert done.returncode == 0, done.stderr
    verdicts = pq.read_table(here / "out/tables/verdicts.parquet").to_pylist()
    assert {row["subject_id"] for row in verdicts if row["subject_type"] == "account"}.isdisjoint({"u1", "u2"})


def test_settings_come_from_the_file(here: Path) -> None:
    (here / "settings.toml").write_text('without = ["burst_join"]\n', encoding="utf-8")

    truecrowd("audit", "night.csv", "--config", "settings.toml", cwd=here)

    document = json.loads((here / "out/report.json").read_bytes())
    assert "burst_join" not in {check["name"] for check in document["checks"]}


def test_a_settings_file_with_a_slip_is_told_the_nearest_key(here: Path) -> None:
    (here / "settings.toml").write_text("sead = 1\n", encoding="utf-8")

    done = truecrowd("audit", "night.csv", "--config", "settings.toml", cwd=here)

    assert done.returncode == 2
    assert "fix:   write 'seed'" in done.stderr


def test_a_settings_file_that_is_no_text_is_an_error(here: Path) -> None:
    (here / "settings.toml").write_bytes(b"seed = 1 # \xff\n")

    done = truecrowd("audit", "night.csv", "--config", "settings.toml", cwd=here)

    assert done.returncode == 2
    assert done.stderr.startswith("the file is not UTF-8 text: byte 12 cannot be read\n  where: --config settings.toml")


def test_a_room_that_is_not_there_is_an_error_and_writes_nothing(here: Path) -> None:
    done = truecrowd("audit", "night.csv", "--room", "R8", cwd=here)

    assert done.returncode == 2
    assert done.stderr.startswith("no row of room 'R8' was found\n  where: --room\n")
    assert inside(here) == ["night.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_result_that_cannot_be_printed_is_an_error_and_the_files_are_there(here: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "truecrowd", "audit", "night.csv"],
            cwd=here, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert done.returncode == 2
    assert "the result cannot be printed: no space left on device\n  where: standard output" in done.stderr
    assert (here / "out/report.html").exists()


def test_somebody_elses_folder_is_refused_before_anything_is_read(here: Path) -> None:
    (here / "out").mkdir()
    (here / "out/notes.txt").write_text("mine")

    done = truecrowd("audit", "no-such-file.csv", cwd=here)

    assert done.returncode == 2
    assert done.stderr == (
        "the folder holds 'notes.txt', which no audit wrote\n"
        "  where: --out out\n"
        "  fix:   choose a new or empty folder with --out\n"
    )


def test_names_from_the_data_cannot_steer_the_terminal(here: Path) -> None:
    row = {"ts": 1_762_945_201_000, "type": "join", "room_id": "R\u001b[2J\u202e7\n", "account_id": "u1"}
    (here / "night.ndjson").write_text(json.dumps(row) + "\n", encoding="utf-8")

    done = truecrowd("audit", "night.ndjson", cwd=here)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("R⟨1B⟩[2J⟨202E⟩7⟨0A⟩ ")


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_leaves_the_last_good_output_whole(here: Path) -> None:
    assert truecrowd("audit", "night.csv", cwd=here).returncode == 0
    before = (here / "out/report.json").read_bytes()
    run = subprocess.Popen(
        [sys.executable, "-m", "truecrowd", "audit", "-"],
        cwd=here,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdin is not None
    run.stdin.write(ROWS)
    run.stdin.flush()

    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)

    assert (run.returncode, out) == (130, "")
    assert err.strip() == "stopped; what was written before is still whole"
    assert (here / "out/report.json").read_bytes() == before
    assert inside(here) == ["night.csv", "out"]


@pytest.mark.skipif(os.name != "posix", reason="closes a pipe")
def test_a_reader_that_leaves_early_is_no_error(here: Path) -> None:
    command = f"{sys.executable} -m truecrowd formats | true; exit ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], cwd=here, env=environment(), capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["audit", "--help"], ["formats"], ["--version"], ["--show-completion", "bash"]]
)
def test_what_answers_at_once_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    done = truecrowd(*arguments, cwd=tmp_path, options=["-X", "importtime"])

    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}

    assert done.returncode == 0
    assert "click" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str, tmp_path: Path) -> None:
    done = truecrowd("--show-completion", shell, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert f"_TRUECROWD_COMPLETE={shell}_complete" in done.stdout


def test_completion_knows_the_commands(tmp_path: Path) -> None:
    done = truecrowd(cwd=tmp_path, _TRUECROWD_COMPLETE="bash_complete", COMP_WORDS="truecrowd fo", COMP_CWORD="1")

    assert done.stdout == "plain,formats\n"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `demo` has run."""
    folder = tmp_path_factory.mktemp("shown")
    done = truecrowd("demo", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "stdout").write_text(done.stdout, encoding="utf-8")
    return folder


def test_the_demo_writes_two_reports_and_names_the_next_command(shown: Path) -> None:
    lines = (shown / "stdout").read_text(encoding="utf-8").splitlines()

    for name in ("recorded", "simulated"):
        path = Path("out/demo") / name / "report.html"
        assert sum(line.startswith(f"  {path}  ") for line in lines) == 1
        assert (shown / path).exists()
    assert lines[-1].startswith("next: ")


def test_the_recorded_room_of_the_demo_cannot_be_told(shown: Path) -> None:
    document = json.loads((shown / "out/demo/recorded/report.json").read_bytes())

    assert document["headline"]["level"] == "undetermined"


def test_an_audit_beside_the_demo_keeps_it(shown: Path) -> None:
    (shown / "night.csv").write_text(NIGHT, encoding="utf-8")

    done = truecrowd("audit", "night.csv", cwd=shown)

    assert done.returncode == 0, done.stderr
    assert (shown / "out/report.html").exists()
    assert (shown / "out/demo/recorded/report.html").exists()
