"""The Python result: what `truecrowd.audit` takes, and what an `Audit` gives."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import polars
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import truecrowd
from truecrowd.schema import TABLES
from truecrowd.simulate import disputes
from truecrowd.surfaces.contract import read_deal

NIGHT = """\
ts,event_type,room_id,account_id,text
2025-11-12T19:00:01+08:00,join,R7,u1,
2025-11-12T19:00:04+08:00,join,R7,u2,
2025-11-12T19:00:09+08:00,comment,R7,u2,how long is the sleeve
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "night.csv"
    path.write_text(NIGHT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def done(night: Path) -> truecrowd.Audit:
    return audited(night)


def audited(path: Path, **more: object) -> truecrowd.Audit:
    with path.open("rb") as file:
        return truecrowd.audit(file, **more)


def test_every_table_of_the_contract_is_there(done: truecrowd.Audit) -> None:
    assert set(done.tables) == set(TABLES)
    assert done.tables["imports"].column("source").to_pylist() == ["night.csv"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_headline_holds_a_number_in_both_languages(done: truecrowd.Audit, lang: str) -> None:
    said = done.headline(lang)

    assert any(letter.isdigit() for letter in said)
    assert len(said) <= (40 if lang == "zh" else 90)


def test_a_language_that_is_none_is_refused(done: truecrowd.Audit) -> None:
    with pytest.raises(truecrowd.ConfigError, match="language 'fr' is not known"):
        done.headline("fr")


def test_a_file_and_a_list_of_one_give_the_same(night: Path, done: truecrowd.Audit) -> None:
    with night.open("rb") as file:
        listed = truecrowd.audit([file])

    assert listed.tables["verdicts"] == done.tables["verdicts"]


def test_frames_are_read_through_arrow(done: truecrowd.Audit) -> None:
    frame = polars.DataFrame({"ts": [1762945201000, 1762945204000], "event_type": ["join"] * 2, "room_id": ["R7"] * 2})

    seen = truecrowd.audit(frame)

    assert seen.summary.n_events == 2
    assert seen.tables["imports"].column("source").to_pylist() == ["table"]


def test_orders_are_one_more_input(night: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "ts,event_type,room_id,account_id,order_id\n2025-11-12T19:01:00+08:00,order,R7,u2,o1\n", encoding="utf-8"
    )

    with (tmp_path / "orders.csv").open("rb") as orders:
        seen = audited(night, orders=orders)

    assert seen.summary.n_events == 4


def test_a_mapping_file_that_is_not_there_is_refused(night: Path) -> None:
    with pytest.raises(truecrowd.ConfigError, match="the mapping cannot be read"):
        truecrowd.audit(night, mapping="x.toml")


def test_a_contract_gives_a_claim(tmp_path: Path) -> None:
    (folder,) = disputes(cases=("R1",), variants=()).folders()
    events = folder.chunk.events
    orders = events.filter(pc.is_in(events["event_type"].cast(pa.string()), pa.array(["order", "payment", "refund"])))
    path = tmp_path / "deal.toml"
    path.write_text(folder.texts["deal.toml"], encoding="utf-8")

    by_path, by_deal = (truecrowd.audit(orders, contract=given) for given in (path, read_deal(path)))

    money = {row["line"]: row["amount_minor"] for row in by_path.tables["money"].to_pylist()}
    assert (money["commission_back"], money["check"]) == (267_200, 1_468_800)
    assert by_deal.tables["money"].equals(by_path.tables["money"])
    assert [day.code for day in by_path.result.claim.deadlines] == ["settlement", "run_again", "claim_until"]


def test_a_file_that_is_not_there_is_an_input_error() -> None:
    with pytest.raises(truecrowd.InputError):
        truecrowd.audit("no-such-file.csv")


def test_times_are_shown_in_the_zone_that_was_given(night: Path) -> None:
    assert audited(night, tz="Europe/Berlin").document["tz"] == "Europe/Berlin"


@pytest.mark.parametrize(("given", "shown"), [("+08:00", "Etc/GMT-8"), ("-0330", None), ("+00:00", "Etc/UTC")])
def test_an_offset_is_shown_by_its_name_or_refused(night: Path, given: str, shown: str | None) -> None:
    if shown is None:
        with pytest.raises(truecrowd.ConfigError, match="cannot show times in the offset '-0330'"):
            audited(night, tz=given)
    else:
        assert f'"tz":"{shown}"' in audited(night, tz=given).files()["report.html"].decode()


def test_settings_are_honoured_and_named_by_their_hash(night: Path, done: truecrowd.Audit) -> None:
    settings = truecrowd.Settings.parse('without = ["burst_join"]')

    seen = audited(night, settings=settings)

    assert "burst_join" not in {check.name for check in seen.summary.checks}
    assert seen.summary.settings != done.summary.settings


def test_tables_as_arrow_and_polars(done: truecrowd.Audit) -> None:
    assert isinstance(done.to_arrow("coverage"), pa.Table)
    assert done.to_polars("coverage").height == done.to_arrow("coverage").num_rows


def test_a_table_that_is_none_is_named(done: truecrowd.Audit) -> None:
    with pytest.raises(truecrowd.ConfigError, match="table 'verdict' does not exist") as caught:
        done.to_arrow("verdict")

    assert caught.value.fix == "write 'verdicts'"


@pytest.mark.parametrize("package", ["polars", "pandas"])
def test_a_package_that_is_not_installed_comes_with_its_install_line(
    done: truecrowd.Audit, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(truecrowd.ConfigError, match=f"{package} is not installed") as caught:
        getattr(done, f"to_{package}")("shares")

    assert caught.value.fix == f"pip install {package}"


def test_an_audit_does_not_change(done: truecrowd.Audit) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        done.tz = "UTC"

    with pytest.raises(TypeError):
        done.tables["shares"] = None


def test_writing_gives_the_report_and_every_table(done: truecrowd.Audit, tmp_path: Path) -> None:
    page = done.write(tmp_path / "out")

    assert page.read_bytes() == done.report(tmp_path / "alone.html").read_bytes()
    assert {path.stem for path in (tmp_path / "out/tables").iterdir()} == set(TABLES)


def test_a_notebook_shows_html_text_and_json_without_a_script(done: truecrowd.Audit) -> None:
    bundle = done._repr_mimebundle_()

    assert bundle["text/html"] == done._repr_html_()
    assert "<script" not in bundle["text/html"]
    assert bundle["text/plain"] == f"<Audit: {done.headline('en')}>"
    assert bundle["application/vnd.truecrowd.report+json"]["schema"].startswith("truecrowd.report/")


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pyarrow', 'jinja2', 'rich', 'babel', 'polars', 'pandas', 'click', 'orjson'}"
    program = f"import sys, truecrowd; truecrowd.__version__; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    assert all(hasattr(truecrowd, name) for name in truecrowd.__all__)
    assert set(truecrowd.__all__) <= set(dir(truecrowd))
    with pytest.raises(AttributeError, match="no attribute 'audits'"):
        _ = truecrowd.audits
