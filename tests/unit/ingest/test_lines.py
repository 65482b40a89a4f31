"""Blocks of lines: LF ends a line and nothing else does; what is too long, damaged or missing is said."""

import io

import pytest

from truecrowd.ingest.encoding import detect
from truecrowd.ingest.lines import Block, Cutter
from truecrowd.ingest.options import Limits
from truecrowd.ingest.unwrap import Unpacked


def cut(data: bytes, encoding: str = "utf-8", **limits: int) -> tuple[list[Block], Cutter]:
    bounds = Limits(**limits)
    cutter = Cutter(Unpacked(io.BytesIO(data), "f", bounds), encoding, 1, bounds)
    return list(cutter.blocks()), cutter


def lines(data: bytes, encoding: str = "utf-8") -> list[str]:
    return [line.decode() for block in cut(data, encoding)[0] for line in block.lines()]


def test_lines_end_at_lf_and_lose_one_cr() -> None:
    assert lines(b"a\r\nb\r\r\nc\n\nd") == ["a", "b\r", "c", "", "d"]


@pytest.mark.parametrize("sign", ["\u2028", "\u0085", "\x0b", "\x0c", "\x1c", "\r"])
def test_other_signs_are_text(sign: str) -> None:
    assert lines(f"a{sign}b\nc\n".encode()) == [f"a{sign}b", "c"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "gb18030"])
def test_every_encoding_gives_the_same_lines(encoding: str) -> None:
    mark = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    data = mark + "好，买了\n㊀\n".encode(encoding)

    assert detect(data, where="f") == encoding
    assert lines(data, encoding) == ["好，买了", "㊀"]


def test_a_damaged_line_is_named_and_the_others_are_whole() -> None:
    (block,), _ = cut("好\n".encode() + b"a\xffb\n" + "买\n".encode())

    assert block.damaged == {1}
    assert [line.decode() for line in block.lines()] == ["好", "a\ufffdb", "买"]


def test_a_damaged_end_of_a_gb18030_line_does_not_join_it_to_the_next() -> None:
    (block,), _ = cut("好\n".encode("gb18030") + b"a\x81\n" + "买\n".encode("gb18030"), "gb18030")

    assert len(block.lines()) == 3
    assert 1 in block.damaged


def test_a_line_that_is_too_long_costs_itself_only() -> None:
    blocks, _ = cut(b"a\n" + b"x" * 600_000 + b"\nb\n", line_bytes=1_000)

    assert [(block.number, block.is_long) for block in blocks] == [(1, False), (2, True), (3, False)]
    assert len(blocks[1].text) <= 1_000
    assert blocks[2].lines() == [b"b"]


def test_a_line_that_is_too_long_inside_one_read_is_found() -> None:
    blocks, _ = cut(b"a\n" + b"x" * 3_000 + b"\nb\n", line_bytes=1_000)

    assert [(block.number, block.is_long) for block in blocks] == [(1, False), (2, True), (3, False)]


@pytest.mark.parametrize("n", [1, 5_000, 700_000])
def test_nul_bytes_at_the_end_are_counted_and_left_out(n: int) -> None:
    blocks, cutter = cut(b"a\nb" + bytes(n), line_bytes=800_000)

    assert [line for block in blocks for line in block.lines()] == [b"a", b"b"]
    assert cutter.nul_tail == n


def test_more_nul_bytes_than_a_line_may_have_are_an_end_and_no_line() -> None:
    blocks, cutter = cut(b"a\n" + bytes(900_000), line_bytes=1_000)

    assert [line for block in blocks for line in block.lines()] == [b"a"]
    assert cutter.nul_tail == 900_000


def test_numbers_go_on_from_block_to_block() -> None:
    blocks, _ = cut(b"abc\n" * 200_000)

    assert len(blocks) > 1
    assert blocks[1].number == 1 + len(blocks[0].lines())
