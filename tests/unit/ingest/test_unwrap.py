"""Unpacking: several members are one stream, a cut keeps what was read, the hash covers every byte."""

import gzip
import hashlib
import io

import pyarrow as pa
import pytest

from truecrowd.errors import InputError
from truecrowd.ingest.options import Limits
from truecrowd.ingest.unwrap import Tee, Unpacked


def zstd(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(data)
    return out.getvalue().to_pybytes()


def unpacked(data: bytes, **limits: int) -> tuple[bytes, Unpacked]:
    source = Unpacked(io.BytesIO(data), "f", Limits(**limits))
    got = b"".join(iter(lambda: source.read(1_000), b""))
    source.drain()
    return got, source


BODY = bytes(range(256)) * 4_000


@pytest.mark.parametrize("pack", [gzip.compress, zstd, bytes], ids=["gzip", "zstd", "plain"])
def test_packed_bytes_come_out_and_the_hash_is_of_the_file(pack: object) -> None:
    data = pack(BODY)  # type: ignore[operator]

    got, source = unpacked(data)

    assert got == BODY
    assert source.cut == ""
    assert source.tee.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_members_that_follow_each_other_are_one_stream(pack: object) -> None:
    got, source = unpacked(pack(BODY) + pack(b"more"))  # type: ignore[operator]

    assert got == BODY + b"more"
    assert source.cut == ""


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_cut_keeps_what_was_read(pack: object) -> None:
    import random

    noise = random.Random(1).randbytes(900_000)
    got, source = unpacked(pack(noise)[:-200_000])  # type: ignore[operator]

    assert 0 < len(got) < len(noise)
    assert noise.startswith(got)
    assert "ends early" in source.cut


def test_a_flipped_bit_is_said() -> None:
    data = bytearray(gzip.compress(BODY))
    data[-6] ^= 1

    _, source = unpacked(bytes(data))

    assert "damaged" in source.cut


def test_zeros_after_the_last_member_are_padding_and_other_bytes_are_not() -> None:
    assert unpacked(gzip.compress(b"a") + bytes(512))[1].cut == ""
    assert "other bytes" in unpacked(gzip.compress(b"a") + b"junk")[1].cut


@pytest.mark.parametrize("limit", [{"unpacked_bytes": 1_000}, {"free_bytes": 1_000, "unpacked_ratio": 10}])
@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_bomb_is_refused_before_it_is_unpacked(limit: dict[str, int], pack: object) -> None:
    with pytest.raises(InputError, match="unpacks to more than"):
        unpacked(pack(bytes(50_000_000)), **limit)  # type: ignore[operator]


def test_the_head_can_be_looked_at_and_is_still_read() -> None:
    source = Unpacked(io.BytesIO(BODY), "f", Limits())

    assert source.peek(10) == BODY[:10]
    assert source.read(20) == BODY[:20]
    assert source.peek(5) == BODY[20:25]


def test_a_file_that_grows_is_read_to_its_first_end() -> None:
    assert Tee(io.BytesIO(b"abcdef"), 4).read() == b"abcd"


def test_a_disk_error_ends_the_file_there() -> None:
    class Failing(io.BytesIO):
        def read(self, n: int | None = -1) -> bytes:
            if self.tell() >= 7:
                raise OSError("input/output error")
            return super().read(min(n or 0, 3))

    source = Unpacked(Failing(b"abcdefghi"), "f", Limits())

    got = b"".join(iter(lambda: source.read(100), b""))

    assert got == b"abcdefg"
    assert "input/output error" in source.cut
