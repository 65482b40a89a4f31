"""The guided start as a person sees it: every question, every answer, what was understood, what is written."""

import io
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from truecrowd.brand.deal import Deal
from truecrowd.errors import ConfigError
from truecrowd.surfaces.cli.init import guided
from truecrowd.surfaces.report.phrases import Lang
from truecrowd.surfaces.terminal import Looks

NIGHT = """\
ts,event_type,room_id,account_id,order_id,amount_minor
2020-07-18 20:11:00,order,r1,u1,o1,4000
2020-07-18 20:12:00,payment,r1,u1,o1,4000
2020-07-19 10:12:00,refund,r1,u1,o1,4000
"""
FULL = {
    "zone": "Beijing|Asia/Shanghai", "name": "零食品牌案", "start": "2020-07-18 19:00", "end": "23:00",
    "turn": "18:00|20:10", "turn end": "20:18", "another": "", "currency": "", "fee": "2 fen|2万", "clause": "第3条",
    "commission": "0.2|20", "of what": "7|1", "paid": "4,000.00", "clause of it": "4.2", "guarantee": "250万",
    "counts": "1", "if not": "1", "clause of that": "", "penalty": "30%", "penalty of": "1", "penalty clause": "9",
    "groups": "y", "their orders": "2", "less": "50", "stock": "n", "settlement": "2020-07-17|2020年7月20日", "final": "",
    "until": "2020-08-31", "orders": "500单", "sales": "20000", "views": "", "viewers": "", "peak": "1.2万", "ads": "",
    "right": "好",
}  # fmt: skip
"""Answers by what is asked; behind a bar the second try."""


class Typist(io.StringIO):
    """A terminal: what is typed shows beside the question."""

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:
        line = super().readline(size)
        sys.stderr.write(line)
        return line


def typed(**other: str) -> str:
    return "\n".join((FULL | other).values()).replace("|", "\n") + "\n"


def talk(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, lang: Lang = "en", stdin: type[io.StringIO] = Typist
) -> str | None:
    (folder / "night.csv").write_text(NIGHT, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "stdin", stdin(text))
    led = guided(["night.csv"], None, None, Path("out"), Looks(lang), extra=["--lang", lang])
    return led and led.command


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_whole_dialogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: Lang,
    snapshot: SnapshotAssertion,
) -> None:  # fmt: skip
    talk(tmp_path, monkeypatch, typed(), lang)

    assert capsys.readouterr().err + (tmp_path / "deal.toml").read_text(encoding="utf-8") == snapshot


def test_the_file_says_what_was_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = talk(tmp_path, monkeypatch, typed())

    deal = Deal.parse((tmp_path / "deal.toml").read_text(encoding="utf-8"))
    assert command == "truecrowd audit night.csv --tz Asia/Shanghai --contract deal.toml --lang en --out out"
    assert (deal.name, deal.slot_fee_minor, deal.commission_paid_minor) == ("零食品牌案", 2_000_000, 400_000)
    assert (str(deal.commission_share), deal.commission_base, deal.source_of("commission_share")) == (
        "0.2",
        "kept",
        "4.2",
    )
    assert (deal.guarantee_minor, deal.guarantee_remedy, deal.penalty_base) == (250_000_000, "pro_rata", "returned")
    assert (deal.channels_remedy, str(deal.channels_discount_share)) == ("discount", "0.5")
    assert (deal.shown.orders, deal.shown.gmv_minor, deal.shown.peak_online) == (500, 2_000_000, 12_000)
    assert [span.start.isoformat() for span in deal.slot] == ["2020-07-18T12:10:00+00:00"]


def test_a_reader_who_answers_nothing_agreed_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talk(tmp_path, monkeypatch, "")

    assert Deal.parse((tmp_path / "deal.toml").read_text(encoding="utf-8")) == Deal()


def test_what_is_not_right_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert talk(tmp_path, monkeypatch, typed(right="n")) is None

    assert not (tmp_path / "deal.toml").exists()


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deal.toml").write_text("mine", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"deal\.toml is already there"):
        talk(tmp_path, monkeypatch, typed())

    assert (tmp_path / "deal.toml").read_text(encoding="utf-8") == "mine"


def test_an_answer_from_a_pipe_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    with pytest.raises(ConfigError) as error:
        talk(tmp_path, monkeypatch, typed(zone="Asia/Shanghai", turn="20:10", fee="a lot"), stdin=io.StringIO)

    assert str(error.value) == snapshot
    assert not (tmp_path / "deal.toml").exists()
