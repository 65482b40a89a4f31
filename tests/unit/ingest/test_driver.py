"""How units reach a reader: what is too long or too deep never does, and every unit must come out somewhere."""

import io
from typing import Any

import orjson
import pytest

from truecrowd.errors import InputError
from truecrowd.ingest import driver
from truecrowd.ingest.documents import closed_at_last_item, depth
from truecrowd.ingest.driver import Run
from truecrowd.ingest.importer import About, Importer, Sink, Unit
from truecrowd.ingest.ledger import Ledger, open_ledger
from truecrowd.ingest.lines import Cutter
from truecrowd.ingest.options import Limits
from truecrowd.ingest.unwrap import Unpacked

TS = 1_700_000_000_000_000


class Reader:
    def __init__(self, sink: Sink, forgets: bool) -> None:
        self.sink = sink
        self.forgets = forgets

    def feed(self, unit: object) -> None:
        if unit == b"bad":
            self.sink.reject("bad_json")
        elif not self.forgets:
            self.sink.keep("N", {"ts": TS, "event_type": "comment", "text": str(unit)})

    def close(self) -> None:
        pass


def driven(
    data: bytes, unit: Unit = "line", *, forgets: bool = False, chunk_rows: int = 100, items: Any = None, **limits: int
) -> tuple[list[str], Ledger]:
    bounds = Limits(**limits)
    importer = Importer(
        "test",
        "1",
        "sample",
        "T",
        "T",
        "t",
        unit,
        (),
        lambda sample: None,
        lambda about, sink: Reader(sink, forgets),
        items,
    )
    about = About("f", "f", None, None, "", ("a", "b") if unit == "delimited" else (), (), ())
    ledger = open_ledger("f", bounds, is_shape=False)
    cutter = Cutter(Unpacked(io.BytesIO(data), "f", bounds), "utf-8", 1, bounds)
    drafts = list(driver.drafts(Run(importer, about, ",", bounds, chunk_rows), cutter, ledger))
    assert all(draft.table.num_rows <= chunk_rows for draft in drafts)
    texts = [row["text"] for draft in drafts for row in draft.table.to_pylist() if row.get("text")]
    return texts, ledger


def reasons(ledger: Ledger) -> list[tuple[int, str]]:
    return [(row["row"], row["reason"]) for row in ledger.rejects.table().to_pylist()]


def test_lines_are_fed_in_order_without_blank_ones() -> None:
    assert driven(b"a\n\n\r\nb\nc")[0] == ["b'a'", "b'b'", "b'c'"]


def test_a_line_too_long_is_a_reject_and_the_next_one_is_read() -> None:
    texts, ledger = driven(b"a\n" + b"x" * 400_000 + b"\nb\n", line_bytes=1_000)

    assert texts == ["b'a'", "b'b'"]
    assert reasons(ledger) == [(2, "too_long")]


def test_json_too_deep_is_a_reject_and_brackets_in_strings_are_not_deep() -> None:
    texts, ledger = driven(b'{"a":' + b"[" * 40 + b"]" * 40 + b'}\n{"a":"' + b"[" * 40 + b'"}\n')

    assert len(texts) == 1
    assert reasons(ledger) == [(1, "too_deep")]


def test_a_last_line_that_is_rejected_and_has_no_end_was_cut() -> None:
    assert driven(b"a\nbad")[1].cut == "the last line is cut"
    assert driven(b"a\nbad\n")[1].cut == ""
    assert driven(b"bad\na")[1].cut == ""


def test_a_reader_that_loses_a_unit_is_a_defect() -> None:
    with pytest.raises(AssertionError, match="2 units fed, 0 came out"):
        driven(b"a\nb\n", forgets=True)


def test_records_of_the_wrong_width_are_rejects() -> None:
    texts, ledger = driven(b'a,b\n1,2\n1,2,3\n"1,2\n3,4', "delimited")

    assert texts == ["['1', '2']", "['3', '4']"]
    assert reasons(ledger) == [(3, "wrong_width"), (4, "unclosed_quote")]


def test_a_cell_too_long_is_a_reject() -> None:
    assert reasons(driven(b"a,b\n1," + b"x" * 500 + b"\n", "delimited", field_bytes=100)[1]) == [(2, "too_long")]


def test_a_cut_record_is_said() -> None:
    assert driven(b"a,b\n1,2\n3", "delimited")[1].cut == "the last line is cut"


def test_a_cut_document_is_read_to_its_last_whole_item() -> None:
    data = orjson.dumps({"v": {"x": [1]}, "items": [{"t": "a]}"}, {"t": "b"}, {"t": "c"}]})

    texts, ledger = driven(data[:-12], "document", items=lambda value: value["items"])

    assert texts == ["{'t': 'a]}'}", "{'t': 'b'}"]
    assert ledger.cut == "the JSON document ends early"


@pytest.mark.parametrize("data", [b'{"items":', b"[1}", b"nothing", b'{"items":[{"a":1}x'])
def test_a_document_that_cannot_be_closed_is_an_error(data: bytes) -> None:
    if closed_at_last_item(data) is None:
        with pytest.raises(InputError, match="cannot be read"):
            driven(data, "document", items=lambda value: value)


def test_a_document_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match="larger than 10 bytes"):
        driven(b'["aaaaaaaaaaaa"]', "document", items=list, document_bytes=10)


def test_a_document_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="has not the shape of test"):
        driven(b"[1]", "document", items=lambda value: value["items"])


def test_depth_counts_brackets_outside_strings() -> None:
    assert depth(b'{"a":[{"b":"]]["}],"c":"\\"[["}') == 3
