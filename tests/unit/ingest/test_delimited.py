"""Records of delimited text: quotes may span lines, but a quote that never closes costs one line."""

import pytest

from truecrowd.ingest.delimited import Record, records
from truecrowd.ingest.lines import Block
from truecrowd.ingest.options import Limits


def cut(text: str, delimiter: str = ",", **limits: int) -> list[Record]:
    return list(records([Block(text.encode(), 1)], delimiter, Limits(**limits)))


@pytest.mark.parametrize(
    ("text", "cells"),
    [("a,b", ["a", "b"]), ("a,", ["a", None]), (",", [None, None]), ('"",x', ["", "x"]), ('"a,b",c', ["a,b", "c"]),
     ('"a""b",c', ['a"b', "c"]), ('5" x,b', ['5" x', "b"]), ('a,"b"c', ["a", "bc"]), ('"a\r\nb",c\r', ["a\r\nb", "c"]),
     ("a,b\r", ["a", "b"]), ("a,b\r\r", ["a", "b\r"])],
)  # fmt: skip
def test_cells_are_cut_as_rfc_4180_says(text: str, cells: list[str | None]) -> None:
    assert [record.cells for record in cut(text + "\n")] == [cells]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_cut_too(delimiter: str) -> None:
    assert cut(f"a{delimiter}b,c\n", delimiter)[0].cells == ["a", "b,c"]


def test_blank_lines_are_no_records() -> None:
    assert [record.number for record in cut("a,b\n\n\r\nc,d\n")] == [1, 4]


def test_an_open_quote_costs_its_line_and_no_other() -> None:
    found = cut('a,"b\nc,d\ne,f\n')

    assert [(record.number, record.fault, record.cells) for record in found] == [
        (1, "unclosed_quote", []), (2, "", ["c", "d"]), (3, "", ["e", "f"]),
    ]  # fmt: skip


def test_a_quote_open_for_too_many_lines_is_given_up() -> None:
    found = cut('a,"b\n' + "c,d\n" * 10 + 'e,"f\n', quoted_lines=3)

    assert found[0].fault == "unclosed_quote"
    assert [record.cells for record in found[1:11]] == [["c", "d"]] * 10


def test_a_quoted_cell_that_is_too_long_is_given_up() -> None:
    assert cut('a,"' + "x\n" * 50 + '"\n', quoted_bytes=20)[0].fault == "unclosed_quote"


def test_the_last_record_says_that_the_file_ends_in_it() -> None:
    assert [record.is_open for record in cut("a,b\nc,d")] == [False, True]


def test_a_line_over_the_limit_is_a_record_of_its_own() -> None:
    blocks = [Block(b"a,b\n", 1), Block(b"xxxx", 2, is_long=True), Block(b"c,d\n", 3)]

    assert [record.fault for record in records(blocks, ",", Limits())] == ["", "too_long", ""]
