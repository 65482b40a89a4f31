"""Every parser of evidence: anything else than its one spelling is an `EvidenceError`, and what is written is read back."""

import json
import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from truecrowd.errors import EvidenceError
from truecrowd.evidence import keys, notes, proofs, records, salts, statements, tiles, tree, witness

FIXTURES = Path(__file__).parents[1] / "fixtures" / "evidence"
ORIGIN = "log.example/n"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = notes.public_of(PRIVATE, ORIGIN)
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)


def vector(name: str):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


PROOFS = [one.encode() for one in (*vector("proofs")["entries"], vector("proofs")["record"])]
READERS: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "note": (lambda body: notes.parse_note(body, where=""), [vector("notes")["checkpoint"].encode()]),
    "checkpoint": (
        lambda body: notes.parse_checkpoint(body, where=""),
        [vector("notes")["checkpoint"].encode().split(b"\n\n")[0] + b"\n"],
    ),
    "vkey": (lambda body: notes.parse_vkey(body.decode("utf-8", "replace"), where=""), [KEY.vkey.encode()]),
    "proof": (lambda body: proofs.parse_proof(body, where=""), PROOFS),
    "consistency": (lambda body: proofs.parse_consistency(body, where=""), [vector("proofs")["consistency"].encode()]),
    "page": (lambda body: proofs.unsealed(body, where=""), [vector("proofs")["sealed"].encode()]),
    "statement": (
        lambda body: statements.parse(body, where=""), [one["text"].encode() for one in vector("statements")["good"]],
    ),
    "salts": (
        lambda body: salts.unpacked(body, vector("salts")["groups"], where=""),
        [bytes.fromhex(vector("salts")[name]) for name in ("fresh", "erased", "dropped")],
    ),
    "stored salts": (
        lambda body: salts.unwrapped(
            body, bytes.fromhex(vector("salts")["root"]), {vector("salts")["key_id"]: bytes([4]) * 32}, where=""
        ),
        [bytes.fromhex(vector("salts")["stored"])],
    ),
    "bundle": (lambda body: tiles.entries_in(body, 2, where=""), [b"\x00\x01a\x00\x02bc"]),
    "keys": (
        lambda body: keys.folded(ORIGIN, [(0, statements.parse(body, where=""))], where=""),
        [vector("statements")["good"][0]["text"].replace("log.example.com/night", ORIGIN).encode()],
    ),
}  # fmt: skip


def damaged(body: bytes, rng: random.Random) -> bytes:
    """One to three of: a bit, a byte, a cut, more bytes, a piece swapped, doubled or dropped."""
    made = bytearray(body)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(made) + 1)
        to = min(len(made), at + rng.randrange(40))
        kind = rng.randrange(6)
        if kind == 0 and at < len(made):
            made[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(made):
            made[at] = rng.choice(b'\x00\n"{}[]+= 09aZ\xff')
        elif kind == 2:
            del made[at:]
        elif kind == 3:
            made[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 4:
            made[at:at] = made[at:to]
        else:
            del made[at:to]
    return bytes(made)


@pytest.mark.parametrize("name", READERS)
@given(seed=st.integers(0, 1 << 32), noise=st.binary(max_size=200))
def test_whatever_comes_a_reader_refuses_in_its_own_words(name: str, seed: int, noise: bytes) -> None:
    read, good = READERS[name]
    rng = random.Random(seed)

    for body in (noise, damaged(rng.choice(good), rng)):
        try:
            read(body)
        except EvidenceError:
            continue


@given(seed=st.integers(0, 1 << 32))
def test_a_damaged_request_gets_an_answer_and_no_cosignature(seed: int) -> None:
    head = notes.Checkpoint(ORIGIN, 1, tree.leaf_hash(b"x"))
    request = b"old 0\n\n" + notes.note(head.text, [notes.sign(head.text, PRIVATE, ORIGIN)])
    rng = random.Random(seed)
    body = damaged(request, rng)

    answer = witness.add_checkpoint(body, name="w", private=WITNESS, logs={ORIGIN: (KEY,)}, known={}, now_s=1)

    assert (answer.status == 200) == (answer.newest is not None)
    assert answer.newest in (None, head)
    assert answer.status in (200, 400, 403, 404, 409, 422)


def is_proven(text: bytes, leaf: bytes, key: notes.Key) -> bool:
    """Check one entry's proof as a stranger would."""
    try:
        proof = proofs.parse_proof(text, where="")
        note, lines = notes.parse_note(proof.checkpoint, where="")
        head = notes.parse_checkpoint(note, where="")
        root = tree.root_by_inclusion(leaf, proof.index, head.size, proof.path, where="")
    except EvidenceError:
        return False
    ours = [line for line in lines if notes.is_by(line, key)]
    return root == head.root and bool(ours) and all(notes.is_good(line, key, note) for line in ours)


def test_every_flipped_bit_of_a_proof_without_extra_fails() -> None:
    found = proofs.parse_proof(PROOFS[2], where="")
    text = proofs.proof_text(proofs.Proof(None, found.index, found.path, found.checkpoint))
    leaf = tree.leaf_hash(notes.unb64(json.loads(found.extra or b"")["statement"], where=""))
    key = notes.parse_vkey(vector("notes")["log_vkey"], where="")
    assert is_proven(text, leaf, key)

    passed = []
    for bit in range(8 * len(text)):
        body = bytearray(text)
        body[bit // 8] ^= 1 << bit % 8
        if is_proven(bytes(body), leaf, key):
            passed.append(bit)

    assert passed == []


CELLS = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", "a", "aa", "\x00", "好"]))
ROWS = st.lists(st.tuples(CELLS, CELLS, st.one_of(st.none(), st.integers(-(1 << 62), 1 << 62))), min_size=1, max_size=6)


def table(rows: list[tuple[str | None, str | None, int | None]]) -> pa.Table:
    first, second, third = zip(*rows, strict=True)
    return pa.table({
        "a": pa.array(first, pa.string()), "text": pa.array(second, pa.string()), "n": pa.array(third, pa.int64()),
    })  # fmt: skip


@given(rows=ROWS)
def test_different_rows_have_different_bytes_and_equal_ones_equal(rows) -> None:
    names = ["a", "text", "n"]

    made = records.fields(table(rows), names).to_pylist()

    assert len(set(made)) == len(set(rows))


@given(rows=ROWS, cut=st.integers(0, 6), order=st.permutations(["a", "text", "n"]))
def test_records_do_not_depend_on_chunks_or_order_of_columns(rows, cut: int, order: list[str]) -> None:
    whole = table(rows)
    parts = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)]).select(order)
    groups = {"said": ("text",)}
    given_salts = {"said": bytes(16 * len(rows))}

    assert records.seal(parts, "t", groups, given_salts) == records.seal(whole, "t", groups, given_salts)


@given(n=st.integers(1, 40), seed=st.integers(0, 1 << 32))
def test_any_subset_may_be_closed_and_every_root_stays(n: int, seed: int) -> None:
    from truecrowd.evidence.log.reading import kept
    from truecrowd.evidence.retention import Due, emptied

    rng = np.random.default_rng(seed)
    rows = pa.table({
        "a": [f"a{at}" for at in range(n)], "text": [f"t{at}" for at in range(n)], "ts": pa.array(range(n), pa.int64()),
    })  # fmt: skip
    groups = {"said": ("text",), "who": ("a",)}
    made = {name: rng.bytes(16 * n) for name in groups}
    whole = records.seal(rows, "t", groups, made)
    closed = {name: rng.random(n) < 0.5 for name in groups}
    gone = rng.random(n) < 0.3

    left = salts.fresh(n, made)
    for name, which in closed.items():
        left = salts.close(left, name, which, whole.commitments[name])
    left = salts.drop(left, gone, whole.leaves)
    left = salts.unpacked(salts.packed(left), list(groups), where="")
    found = kept("t", emptied(rows, Due(closed, gone), groups), groups, left)

    assert found.leaves == whole.leaves
    for at in np.flatnonzero(~gone):
        for name in groups:
            if not closed[name][at]:
                _, salt, body = found.opening(int(at), name)
                assert sha256(salt + body).digest() == whole.commitments[name][32 * at : 32 * at + 32]


@settings(max_examples=20)
@given(seed=st.integers(0, 1 << 32))
def test_no_fork_is_ever_cosigned(seed: int) -> None:
    """Ten forks an example: 200 in CI, 50,000 under `make soak`."""
    rng = random.Random(seed)
    for _ in range(10):
        old, more, shared = rng.randrange(1, 40), rng.randrange(0, 40), 0
        shared = rng.randrange(0, old)
        leaves = [tree.leaf_hash(b"a%d" % at) for at in range(old)]
        fork = [*leaves[:shared], *(tree.leaf_hash(b"b%d" % at) for at in range(shared, old + more))]
        known = notes.Checkpoint(ORIGIN, old, tree.root_of(b"".join(leaves)))
        head = notes.Checkpoint(ORIGIN, old + more, tree.root_of(b"".join(fork)))
        proof = tree.consistency(tree.levels_of(b"".join(fork)), old, old + more)
        request = proofs.consistency_text(old, proof) + b"\n"
        request += notes.note(head.text, [notes.sign(head.text, PRIVATE, ORIGIN)])

        answer = witness.add_checkpoint(
            request, name="w", private=WITNESS, logs={ORIGIN: (KEY,)}, known={ORIGIN: known}, now_s=1
        )

        assert answer.status == 422
        assert answer.is_proof


@given(leaves=st.lists(st.binary(max_size=3), max_size=70), old=st.integers(0, 70))
def test_every_proof_of_every_tree_holds_and_no_other(leaves: list[bytes], old: int) -> None:
    hashed = [tree.leaf_hash(one) for one in leaves]
    hashes, size, old = tree.levels_of(b"".join(hashed)), len(hashed), min(old, len(hashed))
    root, before = tree.root_of(b"".join(hashed)), tree.root_of(b"".join(hashed[:old]))

    for index, leaf in enumerate(hashed):
        path = tree.inclusion(hashes, index, size)
        assert tree.root_by_inclusion(leaf, index, size, path, where="") == root
        if path:
            other = tree.root_by_inclusion(leaf, index, size, [bytes(32), *path[1:]], where="")
            assert other != root
    tree.check_consistency(old, before, size, root, tree.consistency(hashes, old, size), where="")
    assert tree.range_root(hashes, 0, size) == root
