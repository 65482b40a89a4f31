"""The sink: rows become columns; a row that cannot be typed is a reject and costs no other row."""

from typing import Any

import pytest

from truecrowd.ingest.collector import Collector
from truecrowd.ingest.ledger import Ledger, open_ledger
from truecrowd.ingest.options import Limits

TS = 1_700_000_000_000_000


def collected(
    *rows: dict[str, Any], is_damaged: bool = False
) -> tuple[list[dict[str, Any]], list[tuple[int, str, str]], Ledger]:
    ledger = open_ledger("f", Limits(), is_shape=False)
    sink = Collector(ledger)
    sink.is_damaged = is_damaged
    for number, row in enumerate(rows, 1):
        sink.number, sink.unit = number, {"at": number}
        sink.keep("N", {"ts": TS, **row})  # type: ignore[typeddict-item]
    draft = sink.take()
    rejects = [(row["row"], row["reason"], row["raw"]) for row in ledger.rejects.table().to_pylist()]
    assert draft.table.num_rows + len(rejects) == ledger.n_read == len(rows)
    return draft.table.to_pylist(), rejects, ledger


@pytest.mark.parametrize(
    ("row", "reason"),
    [({"text": "\ud800"}, "bad_encoding"), ({"account_id": ["a"]}, "bad_json"), ({"amount_minor": 2**70}, "bad_amount"),
     ({"quantity": 2**40}, "bad_number"), ({"value": "x"}, "bad_number"), ({"ts": 2**70}, "bad_ts"), ({"ts": "soon"}, "bad_ts"),
     ({"account_created_at": "soon"}, "bad_ts")],
)  # fmt: skip
def test_a_row_that_cannot_be_typed_is_rejected_alone(row: dict[str, Any], reason: str) -> None:
    rows, rejects, _ = collected({"text": "a"}, row, {"text": "b"})

    assert [one["text"] for one in rows] == ["a", "b"]
    assert rejects == [(2, reason, '{"at": 2}')]


def test_numbers_in_text_columns_are_written_out() -> None:
    rows, rejects, _ = collected({"account_id": 5}, {"account_id": "a"})

    assert [one["account_id"] for one in rows] == ["5", "a"]
    assert rejects == []


def test_a_damaged_id_rejects_its_row_and_a_damaged_text_is_counted() -> None:
    rows, rejects, _ = collected({"account_id": "a\ufffd"}, {"text": "a\ufffd", "account_id": "b"}, is_damaged=True)

    assert [one["account_id"] for one in rows] == ["b"]
    assert rejects == [(1, "bad_encoding", '{"at": 1}')]


def test_an_id_with_the_replacement_sign_in_a_sound_line_is_an_id() -> None:
    assert collected({"account_id": "a\ufffd"})[1] == []


def test_each_call_is_a_row_in_its_bin() -> None:
    ledger = open_ledger("f", Limits(), is_shape=False)
    sink = Collector(ledger)

    sink.skip("A")
    sink.merge("B")
    sink.duplicate("C")
    sink.reject("bad_json", "D")
    sink.sampled("gift")
    sink.note("twice")
    sink.note("twice")

    ledger.balance()
    assert {key[1]: row for key, row in ledger.counts.items()} == {
        "A": [0, 0, 0, 1, 0], "B": [0, 1, 0, 0, 0], "C": [0, 0, 1, 0, 0], "D": [0, 0, 0, 0, 1],
    }  # fmt: skip
    assert (ledger.sampled, ledger.notes, sink.n_calls) == ({"gift"}, ["twice"], 4)


def test_bins_that_do_not_add_up_are_a_defect() -> None:
    ledger = open_ledger("f", Limits(), is_shape=False)
    ledger.n_read = 1

    with pytest.raises(AssertionError, match="1 rows read, 0 in the bins"):
        ledger.balance()


@pytest.mark.parametrize(("unit", "raw"), [(b"a", "a"), ("a", "a"), (["a", "b"], "a,b"), ({"a": 1}, '{"a": 1}')])
def test_a_reject_shows_its_unit(unit: object, raw: str) -> None:
    ledger = open_ledger("f", Limits(), is_shape=False)
    sink = Collector(ledger)
    sink.unit = unit

    sink.reject("bad_json")

    assert ledger.rejects.table().column("raw").to_pylist() == [raw]
