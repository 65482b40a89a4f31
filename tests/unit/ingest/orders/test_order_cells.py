"""Delimited cells: parsed at once or one by one, in blocks cut anywhere, the same cells with the same line numbers."""

import csv
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truecrowd.ingest.ledger import open_ledger
from truecrowd.ingest.lines import Cutter
from truecrowd.ingest.options import Limits
from truecrowd.ingest.orders.cells import CellReader
from truecrowd.ingest.unwrap import Unpacked

CELL = st.text(alphabet='ab,"; \n\t张=1', max_size=6)


def read(data, *, width=3, delimiter=","):
    limits = Limits()
    ledger = open_ledger("shop.csv", limits, is_shape=True)
    reader = CellReader(tuple(f"h{at}" for at in range(width)), tuple(range(width)), frozenset({0}), ledger, limits)
    unpacked = Unpacked(io.BytesIO(data), "shop.csv", limits)
    found = reader.text(Cutter(unpacked, "utf-8", 1, limits), delimiter)
    rows = list(zip(*(found.columns[at].text().to_pylist() for at in range(width)), strict=True))
    return rows, found.numbers.tolist(), ledger.rejects.table().to_pylist()


def one_by_one(data, monkeypatch, **more):
    monkeypatch.setattr(CellReader, "_quick", lambda *_, **__: False)
    found = read(data, **more)
    monkeypatch.undo()
    return found


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=12),
    quoting=st.sampled_from([0, 1]),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_both_ways_give_the_same_cells(rows, quoting, ends):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=ends)
    writer.writerows([("h0", "h1", "h2"), *(row for row in rows if any(row))])
    data = out.getvalue().encode()
    with pytest.MonkeyPatch.context() as patch:
        assert read(data) == one_by_one(data, patch)


def test_records_that_straddle_blocks_are_whole(monkeypatch):
    chance = random.Random(7)
    rows = [
        (
            "".join(chance.choices('ab,"\n张', k=chance.randint(1, 60))),
            str(at),
            "".join(chance.choices("xy ", k=90)) + "z",
        )
        for at in range(6_000)
    ]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([("h0", "h1", "h2"), *rows])
    data = out.getvalue().encode()
    assert len(data) > 700_000

    found, numbers, rejects = read(data)

    assert found == rows
    assert rejects == []
    assert numbers == sorted(set(numbers))
    assert (found, numbers, rejects) == one_by_one(data, monkeypatch)


def test_a_quote_that_never_closes_costs_its_own_row(monkeypatch):
    lines = [b"h0,h1,h2", *(b"a%d,b,c" % at for at in range(3_000))]
    lines[10] = b'"open,b,c'

    found, _, rejects = read(b"\n".join([*lines, b""]))

    assert len(found) == 2_999
    assert [(row["row"], row["reason"]) for row in rejects] == [(11, "unclosed_quote")]


def test_wrong_widths_and_blank_lines_cost_no_row_after_them():
    data = b"h0,h1,h2\na,b,c\n\nd,e\nf,g,h,i\nj,k,l,,\nm,n,o"

    found, numbers, rejects = read(data)

    assert found == [("a", "b", "c"), ("j", "k", "l"), ("m", "n", "o")]
    assert numbers == [2, 6, 7]
    assert [(row["row"], row["reason"]) for row in rejects] == [(4, "wrong_width"), (5, "wrong_width")]


def test_a_damaged_id_rejects_its_row_and_damaged_text_is_counted():
    data = b"h0,h1,h2\n\xff,b,c\nd,\xff,f\n"

    found, _, rejects = read(data)

    assert found == [("d", "\ufffd", "f")]
    assert [row["reason"] for row in rejects] == ["bad_encoding"]
