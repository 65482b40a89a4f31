"""Every importer keeps its promises: recognised alone, bins add up, nothing but listed errors, whatever the bytes."""

import gzip
import io
import json
import random
import re
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_seeds import events, seeds

from truecrowd import schema
from truecrowd.errors import TruecrowdError
from truecrowd.ingest import Options, formats, installed, read, read_one, recognise
from truecrowd.ingest.samples import sample

SEEDS = seeds()
NAMES = sorted(SEEDS)
TZ = Options(tz="Asia/Shanghai")


class Named(io.BytesIO):
    """A stream with a file's name, as `open` gives it."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name = name


def rows_of(name: str, data: bytes, **options: Any) -> tuple[list[dict[str, Any]], Any]:
    reading = read([Named(SEEDS[name][0], data)], Options(tz="Asia/Shanghai", **options))
    rows = [row for batch in reading.batches() for row in batch.to_pylist()]
    return rows, reading.imported()


@pytest.mark.parametrize("importer", installed(), ids=lambda importer: importer.name)
def test_an_importer_says_what_it_is(importer: Any) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]+", importer.name)
    assert importer.title_en.strip()
    assert re.search(r"[\u4e00-\u9fff]", importer.title_zh)
    assert importer.looks_for.strip()
    assert set(importer.gives) <= set(schema.EVENT_TYPES)
    assert (importer.items is not None) == (importer.unit == "document")


def test_every_importer_has_a_seed_for_these_tests() -> None:
    named = {importer.name for importer in installed() if importer.mapping is None or importer.mapping.events}

    assert named <= {format_ for _, format_, _ in SEEDS.values()}


def test_listing_formats_loads_neither_arrow_nor_numpy() -> None:
    code = (
        "import sys; from truecrowd.ingest import formats; n = len(formats());"
        "print(n, *[m for m in ('pyarrow', 'numpy', 'numba') if m in sys.modules])"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.split() == [str(len(installed()) + 1)]


def test_formats_are_listed_with_the_contract_first() -> None:
    assert [one.name for one in formats()] == ["canonical", *sorted(one.name for one in installed())]


@pytest.mark.parametrize("name", NAMES)
def test_its_file_is_recognised_and_every_row_is_kept_or_counted(name: str) -> None:
    _, wanted, data = SEEDS[name]

    rows, imported = rows_of(name, data)

    (row,) = imported.imports.to_pylist()
    assert row["format"] == wanted
    assert row["n_read"] == sum(row[f"n_{bin_}"] for bin_ in ("kept", "merged", "duplicate", "skipped", "rejected"))
    assert row["n_kept"] == len(rows) > 0
    assert row["n_rejected"] == imported.rejects.num_rows == 0
    assert not imported.is_partial


@pytest.mark.parametrize("name", NAMES)
def test_events_have_their_shape_and_an_id(name: str) -> None:
    for batch in read([Named(SEEDS[name][0], SEEDS[name][2])], TZ).batches():
        schema.check(batch, schema.EVENTS)
        assert batch.column("event_id").null_count == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chunk_rows", [1, 7])
def test_chunks_do_not_change_the_rows(name: str, chunk_rows: int) -> None:
    data = SEEDS[name][2]

    small, counted = rows_of(name, data, chunk_rows=chunk_rows, block_bytes=1)
    whole, account = rows_of(name, data)

    assert same(small) == same(whole)
    assert counted.import_counts.equals(account.import_counts)


def same(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: cell for name, cell in row.items() if cell is not None} for row in rows]


def packed(data: bytes) -> list[bytes]:
    half = data[: data.find(b"\n", len(data) // 2) + 1]
    zstd = pa.BufferOutputStream()
    with pa.CompressedOutputStream(zstd, "zstd") as out:
        out.write(data)
    return [gzip.compress(data), gzip.compress(half) + gzip.compress(data[len(half) :]), zstd.getvalue().to_pybytes()]


@pytest.mark.parametrize("name", NAMES)
def test_packing_does_not_change_the_rows(name: str) -> None:
    data = SEEDS[name][2]
    plain, _ = rows_of(name, data)

    for one in packed(data):
        assert same(rows_of(name, one)[0]) == same(plain)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("parquet", "arrow")])
def test_encoding_and_line_ends_do_not_change_the_rows(name: str) -> None:
    data = SEEDS[name][2]
    plain, _ = rows_of(name, data)
    text = data.decode()
    variants = [b"\xef\xbb\xbf" + data, data.replace(b"\n", b"\r\n"), b"\xff\xfe" + text.encode("utf-16-le")]
    variants.append(text.encode("gb18030"))

    for one in variants:
        assert same(rows_of(name, one)[0]) == same(plain)


@pytest.mark.parametrize("name", NAMES)
def test_pseudonyms_replace_every_account_and_keep_the_counts(name: str) -> None:
    plain, _ = rows_of(name, SEEDS[name][2])

    hidden, imported = rows_of(name, SEEDS[name][2], pseudonymise_key=b"0123456789abcdef")

    accounts = [row.get("account_id") for row in plain]
    tokens = [row.get("account_id") for row in hidden]
    assert len(set(accounts)) == len(set(tokens))
    assert not {one for one in accounts if one} & set(tokens)
    assert all(re.fullmatch(r"[0-9a-f]{16}", row["event_id"]) for row in hidden)
    assert imported.notes[0].startswith("pseudonyms under key ")


@pytest.mark.parametrize("name", NAMES)
def test_recognition_reads_at_most_one_mebibyte(name: str) -> None:
    class Counted(Named):
        n_read = 0

        def read(self, n: int | None = -1) -> bytes:
            got = super().read(n)
            self.n_read += len(got)
            return got

    source = Counted(SEEDS[name][0], SEEDS[name][2] + b"\n" * (2 << 20))
    try:
        recognise(source, TZ)
    except TruecrowdError:
        assert name in ("twitch", "rows"), "only a whole document may be refused for what follows it"

    assert source.n_read <= 1 << 20


def assert_that_it_teaches(error: TruecrowdError) -> None:
    assert error.what
    assert error.where
    assert error.fix


def mutated(data: bytes, seed: int) -> bytes:
    """Flip bits, cut, double and swap lines, blow up a field: what disks, recorders and attackers do."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        kind = chance.randrange(8)
        at = chance.randrange(len(data) or 1)
        lines = data.split(b"\n")
        i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
        if kind == 0:
            data = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :] if data else b"x"
        elif kind == 1:
            data = data[:at] or b"x"
        elif kind == 2:
            lines[i:i] = [lines[j]] * chance.randint(1, 40)
            data = b"\n".join(lines)
        elif kind == 3:
            lines[i], lines[j] = lines[j], lines[i]
            data = b"\n".join(lines)
        elif kind == 4:
            data = data[:at] + chance.choice([b"a" * 70_000, b'"', b"[" * 2_000, b"9" * 5_000, b"\x00" * 9]) + data[at:]
        elif kind == 5:
            data = (
                data[:at]
                + chance.choice([b"\xff", b"\r", "\u2028".encode(), b"null", b"1e999", b"-", b"\\ud800"])
                + data[at + 4 :]
            )
        elif kind == 6:
            data = data + chance.choice([b"\x00" * 500, b"{", b'"', b"\xe4\xb8"])
        else:
            data = re.sub(rb"\d{4,}", lambda found: b"9" * chance.randint(1, 40), data, count=chance.randint(1, 5))
    return data


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_files_give_listed_errors_only_and_bins_that_add_up(name: str, seed: int) -> None:
    file, format_, data = SEEDS[name]
    try:
        reading = read([Named(file, mutated(data, seed))], Options(format=format_, tz="Asia/Shanghai"))
        n = sum(schema.check(batch, schema.EVENTS).num_rows for batch in reading.batches())
    except TruecrowdError as error:
        assert_that_it_teaches(error)
        return
    imported = reading.imported()
    row = imported.imports.to_pylist()[0]
    assert row["n_kept"] == n
    assert row["n_read"] == sum(row[f"n_{bin_}"] for bin_ in ("kept", "merged", "duplicate", "skipped", "rejected"))
    assert imported.rejects.num_rows == row["n_rejected"]
    assert set(imported.rejects.column("reason").to_pylist()) <= set(schema.REJECT_REASONS)


def test_a_row_after_a_bad_row_is_never_lost() -> None:
    for name in ("bili", "ndjson", "csv", "tiktoklive_jsonl", "irc_text"):
        file, format_, data = SEEDS[name]
        lines = data.split(b"\n")
        good, _ = rows_of(name, data)
        lines[9:9] = [b'{"a":"\xff\x00']

        rows, imported = read_one(Named(file, b"\n".join(lines)), Options(format=format_, tz="Asia/Shanghai"))

        assert rows.num_rows + imported.rejects.num_rows >= len(good)
        assert rows.num_rows >= len(good)


def test_tables_of_other_libraries_are_read() -> None:
    rows, imported = read_one(events())

    assert rows.to_pylist() == events().to_pylist()
    assert len(imported.imports.column("sha256")[0].as_py()) == 64


def test_samples_of_one_format_are_not_claimed_by_another() -> None:
    for file, format_, data in SEEDS.values():
        if data[:4] in (b"PAR1", b"ARRO"):
            continue
        seen = sample(file, data, "utf-8", is_whole=True)
        claims = {one.name for one in installed() if (claim := one.recognise(seen)) and claim.confidence > 0.7}
        assert claims <= {format_}, json.dumps(sorted(claims))
