"""Strict reading: each text has one spelling, and every other one is refused by name."""

import json
import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from invented_log import ORIGIN, events

from truecrowd.errors import ConfigError, EvidenceError
from truecrowd.evidence import facts, keys, notes, proofs, records, salts, statements, tree
from truecrowd.evidence.log.witnessing import now_s

HASH = notes.b64(bytes(32))
NOTE = f"{ORIGIN}\n1\n{HASH}\n\n— {ORIGIN} {notes.b64(bytes(68))}\n"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = notes.public_of(PRIVATE, ORIGIN)


def refused(read: Callable[[], object], what: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        read()
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (NOTE[:-1], "does not end in a newline"),
        (NOTE.replace("\n\n", "\n"), "no signature"),
        (NOTE.replace("— ", "- "), "signature line is malformed"),
        (NOTE.replace("AAA=\n", "A*A=\n"), "not base64"),
        (NOTE.replace(f"— {ORIGIN}", "— a+b"), "signature line is malformed"),
        (NOTE.replace(notes.b64(bytes(68)), "AAAA"), "too short"),
        (NOTE.replace("AAA=\n", "AAB=\n"), "one spelling"),
        (NOTE.replace("\n1\n", "\n1\r\n"), "control character"),
        (NOTE + NOTE.split("\n\n")[1] * 64, "no signature"),
        ("x" * (1 << 20) + NOTE, "too long"),
    ],
)
def test_a_note_has_one_spelling(text: str, what: str) -> None:
    refused(lambda: notes.parse_note(text.encode(), where="x"), what)


def test_a_note_is_utf8() -> None:
    refused(lambda: notes.parse_note(NOTE.encode() + b"\xff", where="x"), "not UTF-8")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"{ORIGIN}\n01\n{HASH}\n", "is not a size"),
        (f"{ORIGIN}\n9223372036854775808\n{HASH}\n", "is not a size"),
        (f"{ORIGIN}\n-1\n{HASH}\n", "is not a size"),
        (f"{ORIGIN}\n１\n{HASH}\n", "is not a size"),
        (f"{ORIGIN}\n1\nAAAA\n", "not 32 bytes"),
        (f"{ORIGIN}\n1\n{HASH}\nmore\n", "three lines"),
        (f"{ORIGIN}\n1\n{HASH}", "three lines"),
        (f"\n1\n{HASH}\n", "three lines"),
    ],
)
def test_a_checkpoint_has_one_spelling(text: str, what: str) -> None:
    refused(lambda: notes.parse_checkpoint(text.encode(), where="x"), what)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("name", "malformed"),
        (f"a b+{'0' * 8}+{HASH}", "malformed"),
        (KEY.vkey.replace("+", "+F", 1), "malformed"),
        (f"n+{'0' * 8}+{notes.b64(bytes(33))}", "not Ed25519"),
        (f"n+{'0' * 8}+{notes.b64(b'x01' + bytes(40))}", "not Ed25519"),
        (KEY.vkey.replace(ORIGIN, "other"), "not its own"),
    ],
)
def test_a_verifier_key_is_its_own(text: str, what: str) -> None:
    refused(lambda: notes.parse_vkey(text, where="x"), what)


@pytest.mark.parametrize("origin", ["", "A", "a b", "a+b", "/a", "a//b", "a/", "日", "a" * 201, "-a", ".a"])
def test_an_origin_is_like_a_name_of_the_net(origin: str) -> None:
    with pytest.raises(ConfigError, match="not like a DNS name"):
        notes.checked_origin(origin, where="x")


def test_a_cosignature_of_the_far_future_does_not_count() -> None:
    witness = notes.public_of(PRIVATE, "w", notes.COSIGNATURE)
    line = notes.cosign(b"text", PRIVATE, "w", (1 << 63) - 1)
    far = notes.Line("w", witness.key_id, (1 << 63).to_bytes(8, "big") + bytes(64))

    assert notes.is_good(line, witness, b"text")
    assert not notes.is_good(far, witness, b"text")
    assert not notes.is_good(notes.Line("w", witness.key_id, b"short"), witness, b"text")
    assert now_s() > 1_700_000_000


PROOF = f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH}\n\n{NOTE}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (PROOF.replace("@v1", "@v2"), "malformed"),
        (PROOF.replace("index 0", "index 00"), "is not a size"),
        (PROOF.replace("index 0", "extra AAAA"), "malformed"),
        (PROOF.replace(HASH, "AAAA", 1), "not 32 bytes"),
        (PROOF.replace(f"{HASH}\n\n", f"{HASH}\n" * 64 + "\n", 1), "malformed"),
        (PROOF.replace("index", "索引"), "not ASCII"),
        (PROOF.split("\n\n", maxsplit=1)[0], "no signature"),
    ],
)
def test_a_proof_has_one_spelling(text: str, what: str) -> None:
    refused(lambda: proofs.parse_proof(text.encode(), where="x"), what)


def test_a_proof_may_have_no_extra() -> None:
    found = proofs.parse_proof(PROOF.encode(), where="x")

    assert found.extra is None
    assert proofs.proof_text(found) == PROOF.encode()


@pytest.mark.parametrize("text", ["", "old 1", "new 1\n", "old x\n", "old 1\nAAAA\n", "old 1\n" + f"{HASH}\n" * 64])
def test_a_consistency_file_has_one_spelling(text: str) -> None:
    with pytest.raises(EvidenceError):
        proofs.parse_consistency(text.encode(), where="x")


def test_a_damaged_seal_is_never_passed_over() -> None:
    block = proofs.BEGIN + b"x" + proofs.END
    page = b"<body>" + block + b"</body>"

    assert proofs.unsealed(page, where="x") == (b"<body></body>", block)
    for damaged in (
        page.replace(proofs.END, b""),
        page.replace(proofs.BEGIN, b""),
        page.replace(proofs.BEGIN, proofs.BEGIN * 2),
        page.replace(b"</body>", b" </body>"),
        page + b"</body>",
        b"<body>" + proofs.END + proofs.BEGIN + b"</body>",
        page.replace(b"-->\n", b"-->", 1),
    ):
        refused(lambda damaged=damaged: proofs.unsealed(damaged, where="x"), "is damaged")
    refused(lambda: proofs.sealed(b"no end", block, where="x"), "no end where a seal")


@pytest.mark.parametrize("text", ["2026-01-01", "2026-01-01T00:00:00.5Z", "2026-13-01T00:00:00.000000Z", "٢"])
def test_a_time_has_one_spelling(text: str) -> None:
    refused(lambda: statements.micros(text), "is not a time")


def test_times_go_both_ways_before_1970_too() -> None:
    for moment in (0, -1, 1_769_889_600_123_456):
        assert statements.micros(statements.instant(moment) or "") == moment
    assert statements.instant(None) is None


def test_a_statement_that_is_too_long_or_no_json_is_not_written() -> None:
    one = statements.statement("heartbeat", 0, tool="t", source="x" * 65_535)

    refused(lambda: statements.written(one), "65,")
    refused(lambda: statements.written(one | {"source": math.nan}), "cannot be written")
    refused(lambda: statements.written(one | {"source": b"x"}), "cannot be written")


@pytest.mark.parametrize("depth", [100_000, 60_000])
def test_deep_json_is_refused_before_it_is_parsed(depth: int) -> None:
    body = b"[" * min(depth, 65_000)

    with pytest.raises(EvidenceError):
        statements.strict_json(body, where="x")


def test_braces_inside_strings_do_not_count() -> None:
    body = json.dumps({"a": "[{" * 20 + '\\"', "b": [{"c": []}]}, separators=(",", ":")).encode()

    assert statements.strict_json(body, where="x")["a"].startswith("[{")
    refused(lambda: statements.strict_json(b'{"a":[["\\ud800"]]}', where="x"), "strict JSON")


def said(change: keys.Change, *signers: tuple[notes.Key, Ed25519PrivateKey]) -> statements.Statement:
    return statements.statement("key", 0, tool="t", **keys.key_fields(change, list(signers)))


def changed(action: str, role: str = "log", old: notes.Key | None = None, size: int = 1, seed: int = 0) -> tuple:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    key = notes.public_of(private, ORIGIN if role == "log" else f"{ORIGIN}/export")
    return keys.Change(ORIGIN, action, role, key, old, size), (key, private)


FIRST, OWN = changed("add")
EXPORT, EXPORTER = changed("add", "export", size=2, seed=1)
NEXT, SECOND = changed("rotate", old=KEY, size=2, seed=2)


@pytest.mark.parametrize(
    ("entries", "what"),
    [
        ([{**said(FIRST, OWN), "action": "steal"}], "malformed"),
        ([{**said(FIRST, OWN), "from_size": 2}], "another size"),
        ([{**said(FIRST, OWN), "vkey": "x"}], "malformed"),
        ([{**said(FIRST, OWN), "role": "export"}], "another name or type"),
        ([{**said(FIRST, OWN), "signatures": []}], "not signed by everyone"),
        ([{**said(FIRST, OWN), "signatures": "x"}], "not signed by everyone"),
        ([{**said(FIRST, OWN), "signatures": [{"vkey": KEY.vkey, "sig": notes.b64(bytes(64))}]}], "is wrong"),
        ([said(EXPORT, EXPORTER, OWN) | {"from_size": 1}], "before the log's own"),
        ([said(FIRST, OWN), said(changed("add", size=2, seed=3)[0], OWN)], "out of order"),
        ([said(FIRST, OWN), said(changed("rotate", size=2, old=KEY)[0], OWN, OWN)], "out of order"),
        ([said(FIRST, OWN), said(changed("rotate", size=2, seed=3, old=SECOND[0])[0], SECOND, OWN)], "out of order"),
        ([said(FIRST, OWN), said(NEXT, SECOND)], "not signed by everyone"),
        ([said(FIRST, OWN), said(changed("revoke", "export", size=2, seed=1)[0], OWN)], "never added"),
        ([said(FIRST, OWN), said(changed("rotate", "export", size=2, seed=1)[0], OWN)], "export key is added out"),
        ([said(FIRST, OWN), said(changed("add", "export", size=2)[0], OWN)], "export key is added out"),
    ],
)
def test_a_key_that_is_not_signed_for_is_refused(entries: list[statements.Statement], what: str) -> None:
    refused(lambda: keys.folded(ORIGIN, enumerate(entries), where="log"), what)


def test_no_key_signs_before_the_first_entry() -> None:
    found = keys.folded(ORIGIN, [(0, said(FIRST, OWN)), (1, {"type": "heartbeat"})], where="log")

    assert found.at(1, where="") == KEY
    refused(lambda: found.at(0, where=""), "no key signs")


@pytest.mark.parametrize(
    ("index", "size", "path", "what"),
    [
        (5, 5, 0, "outside a tree"),
        (-1, 5, 0, "outside a tree"),
        (0, 5, 2, "too short"),
        (0, 5, 4, "too long"),
        (4, 5, 0, "too short"),
        (0, 1, 1, "too long"),
    ],
)
def test_a_path_has_the_length_of_its_place(index: int, size: int, path: int, what: str) -> None:
    refused(lambda: tree.root_by_inclusion(bytes(32), index, size, [bytes(32)] * path, where=""), what)


def test_a_consistency_proof_has_the_length_of_its_sizes() -> None:
    leaves = [tree.leaf_hash(bytes([at])) for at in range(7)]
    roots = [tree.root_of(b"".join(leaves[:size])) for size in range(8)]
    for old in range(8):
        proof = tree.consistency(tree.levels_of(b"".join(leaves)), old, 7)
        tree.check_consistency(old, roots[old], 7, roots[7], proof, where="")
        for wrong in ([*proof, bytes(32)], proof[:-1] if proof else [bytes(32)], [bytes(32), *proof[1:]]):
            if wrong != proof:
                with pytest.raises(EvidenceError):
                    tree.check_consistency(old, roots[old], 7, roots[7], wrong, where="")
        with pytest.raises(EvidenceError):
            tree.check_consistency(old, bytes(32), 7, roots[7], proof, where="")
    refused(lambda: tree.check_consistency(8, bytes(32), 7, roots[7], [], where=""), "cannot begin with")
    assert tree.range_root(tree.levels_of(b""), 0, 0) == tree.EMPTY


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (pa.array([1.0, math.nan]), "'x' holds nan in row 1"),
        (pa.array([-math.inf]), "'x' holds -inf in row 0"),
        (pa.array([["a", None]], pa.list_(pa.string())), "holds a null"),
        (pa.array([b"x"], pa.binary(1)), "cannot be sealed"),
    ],
)
def test_what_no_record_can_hold_is_refused(column: pa.Array, what: str) -> None:
    refused(lambda: records.fields(pa.table({"x": column}), ["x"]), what)


def test_a_record_does_not_depend_on_how_the_table_is_cut_or_ordered() -> None:
    rows = events(9)
    groups = records.split(rows.column_names)
    given = {name: bytes(16 * 9) for name in groups}
    whole = records.seal(rows, "events", groups, given)

    cut = pa.concat_tables([rows.slice(0, 4), rows.slice(4)]).select(rows.column_names[::-1])
    more = rows.append_column("later", pa.nulls(9, pa.string()))
    plain = rows.set_column(
        rows.column_names.index("event_type"), "event_type", rows.column("event_type").cast(pa.large_string())
    )

    for other in (cut, more, plain, rows.drop_columns(["value"])):
        assert records.seal(other, "events", groups, given).root == whole.root
    assert records.seal(rows, "scores", groups, given).root != whole.root


def test_a_split_keeps_strangers_hidden() -> None:
    assert records.split(["never_heard_of", "ip", "ts"]) == {"client": ("ip",), "said": (), "who": ("never_heard_of",)}
    assert records.split(["never_heard_of", "ip"], {"where": ("ip",)}) == {"where": ("ip",), "who": ("never_heard_of",)}
    assert records.split(["ts"], {"when": ("ts",)}) == {"when": ("ts",)}


@pytest.mark.parametrize(
    "damaged",
    [
        lambda body: body[:-1],
        lambda body: body + b"x",
        lambda body: b"x" + body[1:],
        lambda body: body[:10],
        lambda body: body[:18] + b"\xff" + body[19:],
        lambda body: body[:23] + b"\x80" + body[24:],
    ],
)
def test_damaged_salts_are_refused(damaged: Callable[[bytes], bytes]) -> None:
    body = salts.packed(salts.fresh(3, {"who": bytes(48)}))

    with pytest.raises(EvidenceError):
        salts.unpacked(damaged(body), ["who"], where="x")


def test_a_record_is_not_both_past_its_time_and_closed() -> None:
    gone = salts.drop(salts.fresh(1, {"who": bytes(16)}), np.array([True]), bytes(32))
    body = bytearray(salts.packed(gone))
    body[-1] = 1

    refused(lambda: salts.unpacked(bytes(body) + bytes(32), ["who"], where="x"), "malformed")


def test_an_anchor_carries_what_its_kind_needs() -> None:
    head = notes.Checkpoint(ORIGIN, 1, bytes(32))

    assert facts.anchor(head, "rfc3161", token=b"t", tsa=b"c")["lines"] == []
    refused(lambda: facts.anchor(head, "deposit"), "needs its")
    refused(lambda: facts.anchor(head, "rumour", token=b"t"), "kind 'rumour'")


def test_short_statements_say_what_they_must() -> None:
    assert facts.heartbeat("stream", 0)["silent_since"] == "1970-01-01T00:00:00.000000Z"
    assert facts.clock(5, "ntp") == {"offset_us": 5, "offset_from": "ntp", "step_us": 0}
    assert facts.redaction("C1", ["ab"], "why") == {"case_id": "C1", "commitments": ["ab"], "why": "why"}
    said = facts.export("C1", b"{}", recipient_role="court", basis="order", profile="full", last_case_seq=None)
    assert said["manifest_sha256"] == records.sha256(b"{}").hexdigest()


def test_a_large_erasure_takes_several_statements() -> None:
    segments = [{"root": "a" * 64, "records": 1, "groups": ["all"]}] * 600

    found = facts.shreds("q", "class", segments, ["b" * 64], why="w", approved_by="r", class_="retention")

    assert [len(one["segments"]) for one in found] == [256, 256, 88]
    assert [one["is_last"] for one in found] == [False, False, True]
    assert [len(one["originals"]) for one in found] == [1, 0, 0]
    for one in found:
        statements.written(statements.statement("shred", 0, tool="t", **one))


def test_a_schema_is_named_by_its_columns_and_letters() -> None:
    from truecrowd.schema import SHARES

    assert records.schema_text(SHARES) == (
        "at_least f\nmeasure t\nroom_id t\nshare f\nshare_high f\nshare_low f\nshown f\n"
    )


def test_the_root_over_cited_events_keeps_their_order() -> None:
    assert records.evidence_root(["a", "b"]) != records.evidence_root(["b", "a"])
    assert records.evidence_root([]) == tree.EMPTY


def test_a_fraction_is_its_shortest_text() -> None:
    assert [statements.fraction(one) for one in (0.1, 1e300, None)] == ["0.1", "1e+300", None]
