"""What is other people's in `verify.py`, against other people's numbers: Ed25519, trees, notes, policies, ZIP, JSON."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from truecrowd.evidence import notes, verify
from truecrowd.evidence.container import zipped

FOLDER = Path(__file__).parents[2] / "fixtures" / "evidence"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG = notes.public_of(PRIVATE, "log.example/n")
EYE = notes.public_of(WITNESS, "eye.example", notes.COSIGNATURE)
POINT = notes.Checkpoint("log.example/n", 3, b"\7" * 32)


def vector(name: str):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", ["wycheproof", "speccheck"])
def test_signatures_are_accepted_as_the_published_vectors_say(source: str) -> None:
    rows = vector("ed25519")[source]

    wrong = [row[0] for row in rows if verify.is_signed(*map(bytes.fromhex, row[1:4])) != row[4]]

    assert wrong == []
    assert any(row[4] for row in rows)


def test_signatures_of_another_library_are_accepted_and_no_flipped_bit_is() -> None:
    public, message = PRIVATE.public_key().public_bytes_raw(), b"a crowd"
    signature = PRIVATE.sign(message)

    flipped = [
        verify.is_signed(public, message, bytes(byte ^ (bit == at) << at % 8 for bit, byte in enumerate(signature)))
        for at in range(64)
    ]

    assert verify.is_signed(public, message, signature)
    assert not any(flipped)
    assert not verify.is_signed(public[:31], message, signature)
    assert not verify.is_signed(public, message, signature + b"\0")


def test_every_published_path_leads_to_its_root() -> None:
    found = vector("tree")
    leaves = [verify.sha256(b"\0", bytes.fromhex(one)) for one in found["leaves"]]

    for size, root in enumerate(found["roots"]):
        assert verify.root_of(leaves[:size]).hex() == root
    for one in found["inclusion"]:
        path = [bytes.fromhex(step) for step in one["path"]]
        root = verify.climb(one["index"], one["size"], leaves[one["index"]], path)[1]
        assert root.hex() == found["roots"][one["size"]]


def test_every_published_consistency_proof_holds_and_no_other() -> None:
    found = vector("tree")
    roots = [bytes.fromhex(one) for one in found["roots"]]

    for one in found["consistency"]:
        path, old, size = [bytes.fromhex(step) for step in one["proof"]], one["old"], one["size"]
        assert verify.is_consistent(old, roots[old], size, roots[size], path)
        assert old == size or not verify.is_consistent(old, bytes(32), size, roots[size], path)
        assert not path or not verify.is_consistent(old, roots[old], size, roots[size], [*path[:-1], bytes(32)])


@pytest.mark.parametrize(("index", "size", "n"), [(0, 1, 1), (1, 1, 0), (-1, 3, 2), (0, 3, 1), (0, 3, 3), (5, 4, 2)])
def test_a_path_of_another_length_or_place_leads_nowhere(index: int, size: int, n: int) -> None:
    with pytest.raises(verify.Flaw):
        verify.climb(index, size, bytes(32), [bytes(32)] * n)


@pytest.mark.parametrize(("old", "new", "n"), [(5, 3, 1), (2, 3, 0), (0, 3, 1), (3, 3, 1), (-1, 3, 1)])
def test_a_consistency_proof_between_impossible_sizes_does_not_hold(old: int, new: int, n: int) -> None:
    assert not verify.is_consistent(old, bytes(32), new, bytes(32), [bytes(32)] * n)


def test_the_empty_log_is_the_beginning_of_every_log() -> None:
    assert verify.is_consistent(0, verify.sha256(), 3, bytes(32), [])
    assert not verify.is_consistent(0, bytes(32), 3, bytes(32), [])


def test_a_checkpoint_is_read_with_its_signatures() -> None:
    note = notes.note(
        POINT.text, [notes.sign(POINT.text, PRIVATE, LOG.name), notes.cosign(POINT.text, WITNESS, EYE.name, 9)]
    )

    point = verify.parse_checkpoint(note)
    found = verify.signers(point, [verify.parse_key(LOG.vkey), verify.parse_key(EYE.vkey)])

    assert (point.origin, point.size, point.root, point.body) == (POINT.origin, 3, POINT.root, POINT.text)
    assert [(key.name, at) for key, at in found.items()] == [("log.example/n", 0), ("eye.example", 9)]


SIGNED = notes.note(POINT.text, [notes.sign(POINT.text, PRIVATE, LOG.name)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n3\n", b"\n03\n"), (b"\n3\n", b"\n-3\n"), (b"\n3\n", b"\n3\n\n"), (b"\n3\n", b"\n9223372036854775808\n"),
        (b"log.example/n\n3", b"\n3"), (b"=\n\n", b"=\nextension\n\n"), (b"=\n\n", b"\n\n"), ("— ".encode(), b"- "),
        ("— log".encode(), "—  log".encode()), (b"\n3\n", b"\r\n3\n"), (b"\n3\n", b"\n\xd9\xa3\n"), (b"wc=\n\n", b"wd=\n\n"),
        (b"log.example/n\n3", b"log.example/n\xff\n3"), (b"\n3\n", b"\n3\x00\n"), (b"\n3\n", b"\n3 \n"),
    ],
)  # fmt: skip
def test_a_checkpoint_in_another_form_is_refused(old: bytes, new: bytes) -> None:
    broken = SIGNED.replace(old, new, 1)

    assert broken != SIGNED
    with pytest.raises((verify.Flaw, ValueError)):
        verify.parse_checkpoint(broken)


def test_a_checkpoint_without_newline_signature_or_size_zero_root_is_refused() -> None:
    empty = POINT.text.replace(b"\n3\n", b"\n0\n")

    for broken in (
        SIGNED[:-1],
        POINT.text + b"\n",
        SIGNED + b"\n",
        notes.note(empty, [notes.sign(empty, PRIVATE, "x")]),
    ):
        with pytest.raises((verify.Flaw, ValueError)):
            verify.parse_checkpoint(broken)


def test_one_wrong_or_doubled_signature_of_a_known_key_refuses_the_note() -> None:
    line, key = notes.sign(POINT.text, PRIVATE, LOG.name), verify.parse_key(LOG.vkey)
    wrong = notes.Line(line.name, line.key_id, bytes(64))

    for lines in ([line, wrong], [line, line], [wrong]):
        with pytest.raises(verify.Flaw, match="signature"):
            verify.signers(verify.parse_checkpoint(notes.note(POINT.text, lines)), [key])


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    stranger = notes.sign(POINT.text, WITNESS, LOG.name)
    shares_an_id = notes.Line("other.example", LOG.key_id, bytes(64))
    point = verify.parse_checkpoint(notes.note(POINT.text, [stranger, shares_an_id]))

    assert verify.signers(point, [verify.parse_key(LOG.vkey)]) == {}


@pytest.mark.parametrize(
    "broken",
    [
        "", "log.example/n", LOG.vkey[:-1], LOG.vkey.replace("+", "-", 1), LOG.vkey.replace("log", "lop"), "a b" + LOG.vkey[13:],
        notes.Key("a", 6, LOG.public).vkey, notes.Key("a", 1, bytes(32)).vkey, notes.Key("a", 1, b"\1" + bytes(31)).vkey,
        notes.Key("a", 1, b"\xff" * 32).vkey, notes.Key("a", 1, LOG.public[:31]).vkey, LOG.vkey.upper(), "a+00000000+", LOG.vkey + "A",
    ],
)  # fmt: skip
def test_a_key_in_another_form_or_of_another_kind_is_refused(broken: str) -> None:
    with pytest.raises((verify.Flaw, ValueError, IndexError)):
        verify.parse_key(broken)


def others(n: int) -> list[notes.Key]:
    privates = [Ed25519PrivateKey.from_private_bytes(bytes([at + 50]) * 32) for at in range(n)]
    return [notes.public_of(one, f"w{at}.example", notes.COSIGNATURE) for at, one in enumerate(privates)]


def policy(*lines: str) -> verify.Policy:
    return verify.parse_policy("".join(f"{line}\n" for line in lines).encode())


def test_a_quorum_over_groups_counts_what_the_specification_counts() -> None:
    keys = others(5)
    lines = [f"witness {'abcde'[at]} {key.vkey} https://w.example" for at, key in enumerate(keys)]
    found = policy("# by hand", f"log {LOG.vkey} https://log.example", *lines, "", "\t group X 2 a b c", "group Y any d e",
                   "group Z all X Y", "quorum Z")  # fmt: skip
    known = {key.name: verify.parse_key(key.vkey) for key in keys}

    def is_enough(*names: int) -> bool:
        return verify.is_quorum(found, "Z", {known[f"w{at}.example"] for at in names})

    assert is_enough(0, 1, 3)
    assert is_enough(0, 1, 2, 3, 4)
    assert not is_enough(0, 1)
    assert not is_enough(0, 3, 4)
    assert verify.is_quorum(found, "none", ())


W = [key.vkey for key in others(2)]


@pytest.mark.parametrize(
    "lines",
    [
        (f"log {LOG.vkey}",),
        ("quorum none",),
        (f"log {LOG.vkey}", "quorum none", "quorum none"),
        (f"log {LOG.vkey}", f"log {LOG.vkey}", "quorum none"),
        (f"log {LOG.vkey}", "quorum a"),
        (f"log {EYE.vkey}", "quorum none"),
        (f"log {LOG.vkey}", f"witness a {LOG.vkey}", "quorum none"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", f"witness a {W[1]}", "quorum a"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", f"witness b {W[0]}", "quorum a"),
        (f"log {LOG.vkey}", f"witness none {W[0]}", "quorum none"),
        (f"log {LOG.vkey}", f"witness a {notes.public_of(PRIVATE, 'w', notes.COSIGNATURE).vkey}", "quorum a"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", "group g 2 a", "quorum g"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", "group g 0 a", "quorum g"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", "group g 01 a", "quorum g"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", "group g any a a", "quorum g"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", "group g any none", "quorum g"),
        (f"log {LOG.vkey}", f"witness a {W[0]}", "group g any a", "group h any a", "quorum h"),
        (f"log {LOG.vkey}", "quorum g", f"witness a {W[0]}", "group g any a"),
        (f"log {LOG.vkey} a b", "quorum none"),
        (f"log {LOG.vkey}", "quorum none", "threshold 3"),
        (f"log\u00a0{LOG.vkey}", "quorum none"),
    ],
)
def test_a_policy_that_could_mean_two_things_cannot_be_used(lines: tuple[str, ...]) -> None:
    with pytest.raises(verify.Unusable):
        policy(*lines)


@pytest.mark.parametrize("data", [b"", b"quorum none", f"log {LOG.vkey}\r\nquorum none\r\n".encode(), b"#\x00\n" * 3])
def test_a_policy_that_is_not_lines_of_text_cannot_be_used(data: bytes) -> None:
    with pytest.raises(verify.Unusable):
        verify.parse_policy(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"1", b'{"a":1', b'{"a":1,"a":2}', b'{"a": 1}', b'{"a":1.5}', b'{"a":1e3}', b'{"a":-0}', b'{"a":01}',
        b'{"a":9007199254740992}', b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":"\\u0041"}', b'{"a":"\\/"}', b"\xef\xbb\xbf{}",
        b'{"a":[[[[[[[[1]]]]]]]]}', b'{"a":"\xff"}', '{"a":1}'.encode("utf-16"), b'{"a":' + b"[" * 60_000,
        b'{"a":' + b"1" * 60_000 + b"}", b'{"a":"' + b"x" * 65_535 + b'"}',
    ],
)  # fmt: skip
def test_json_that_could_be_read_in_two_ways_is_refused(data: bytes) -> None:
    with pytest.raises((verify.Flaw, ValueError, RecursionError)):
        verify.parse_json(data)


def test_statements_we_write_are_read() -> None:
    for one in vector("statements").get("statements", []):
        assert verify.parse_json(one["text"].encode())

    assert verify.parse_json('{"a":[1,"数\\n",null,true],"b":{"c":-5}}'.encode()) == {
        "a": [1, "数\n", None, True],
        "b": {"c": -5},
    }


def test_a_case_file_is_a_zip_that_other_programs_open() -> None:
    body = zipped({"b/x.txt": b"two", "a.txt": b"one"})

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.txt": b"one", "b/x.txt": b"two"}
    assert {name: bytes(file) for name, file in verify.read_container(memoryview(body)).items()} == {
        "a.txt": b"one", "b/x.txt": b"two",
    }  # fmt: skip


def by_zipfile(names: list[str], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as archive:
        archive.comment = comment
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"body")
    return kept.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK\3\4", by_zipfile([]), by_zipfile(["a"]), by_zipfile(["a"], zipfile.ZIP_DEFLATED), zipped({"a": b"1"})[:-1],
        zipped({"a": b"1"}) + b"\0", zipped({"a": b"1"})[:-2] + b"\1\0!", b"\0" + zipped({"a": b"1"}), zipped({"a": b"1"})[:40],
        zipped({"a": b"1", "b": b"2"}).replace(b"b", b"a"), zipped({"a": b"1", "b": b"2"}).replace(b"a", b"c"),
        zipped({"aa/b": b"1"}).replace(b"aa/b", b"../b"), zipped({"aa/b": b"1"}).replace(b"aa/b", b"/a/b"),
        zipped({"aa/b": b"1"}).replace(b"aa/b", b"a\\.b"), zipped({"aa/b": b"1"}).replace(b"aa/b", b"a//b"),
        zipped({"aa/b": b"1"}).replace(b"aa/b", b"a/.b"), zipped({"aa/b": b"1"}).replace(b"aa/b", b"\xc3\xa4/b"),
    ],
)  # fmt: skip
def test_a_zip_in_any_other_form_is_refused(data: bytes) -> None:
    with pytest.raises((verify.Flaw, ValueError, verify.struct.error)):
        verify.read_container(memoryview(data))


def test_a_zip_that_claims_gigabytes_is_refused_before_they_are_looked_for() -> None:
    body = bytearray(zipped({"a": b"1"}))
    body[18:26] = (10**9).to_bytes(4, "little") * 2

    with pytest.raises(verify.Flaw):
        verify.read_container(memoryview(bytes(body)))


def test_fields_are_read_in_their_one_form() -> None:
    good = b"\1at\0\0\0\2xy" + b"\1bi\0\0\0\x08" + bytes(8)

    assert verify.fields_of(good) == {"a": b"xy", "b": bytes(8)}
    for broken in (
        good[:-1], good + b"\1", b"\1bt\0\0\0\0" + b"\1at\0\0\0\0", b"\1at\0\0\0\0" * 2, b"\1ax\0\0\0\0", b"\1ai\0\0\0\1x",
        b"\1At\0\0\0\0", b"\2#at\0\0\0\0", b"\1ah\0\0\0\x20" + bytes(32), b"\1at\xff\xff\xff\xff",
    ):  # fmt: skip
        with pytest.raises((verify.Flaw, IndexError)):
            verify.fields_of(broken)


@pytest.mark.parametrize("data", [b"", b"x", b"o x r\n", b"o 1 !\n", "é".encode("latin1"), b"o 01 AA==\n"])
def test_a_head_that_cannot_be_read_is_the_readers_to_repair(data: bytes) -> None:
    with pytest.raises(verify.Unusable):
        verify.head_of(data)


def test_a_head_is_a_line_of_a_report_or_a_checkpoint() -> None:
    line = f"{POINT.origin} 3 {notes.b64(POINT.root)}"

    assert (
        verify.head_of(f"{line} {LOG.key_id.hex()}\n".encode())
        == verify.head_of(SIGNED)
        == (POINT.origin, 3, POINT.root)
    )


def test_the_verifier_is_one_file_of_the_standard_library() -> None:
    text = Path(verify.__file__).read_text(encoding="utf-8")
    code = "import sys, runpy; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, verify.__file__],
        capture_output=True,
        text=True,
        check=True,
        cwd=os.sep,
    )

    assert len(text.splitlines()) <= 500
    assert not {
        name for name in run.stdout.split() if name.split(".")[0] in ("truecrowd", "cryptography", "numpy", "pyarrow")
    }


def test_every_word_is_said_in_both_languages() -> None:
    assert len(verify.TEXTS) == verify.WORDS.count("|") // 2 + len(verify.NAMES) // 2

    for english, chinese in verify.TEXTS.values():
        assert english != chinese
        assert english.count("{}") == chinese.count("{}")
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_every_code_that_can_be_given_has_its_words() -> None:
    text = Path(verify.__file__).read_text(encoding="utf-8")
    given = set(re.findall(r'(?:Flaw|Unusable)\("(\w+)"', text)) | set(re.findall(r'return f?"(no_\w+)', text))
    given |= set(re.findall(r'need\(.*?, "(\w+)"(?:, [^"]*|, f?"[^"]*"[^"]*)?\)$', text, re.M))

    assert {"hash", "malformed", "signature", "no_head"} <= given
    assert given - verify.TEXTS.keys() == set()
