"""The published vectors of docs/decisions/0009: the code makes them, and other people's numbers stand in them."""

import json
import runpy
from pathlib import Path

import pytest

from truecrowd.errors import EvidenceError
from truecrowd.evidence import notes, proofs, salts, statements, tree

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests" / "fixtures" / "evidence"
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Roots of the reference tests of Certificate Transparency, for 1 to 8 leaves."""


def vector(name: str):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_the_code_makes_the_published_vectors() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "evidence_vectors.py"))

    assert script["main"](["--check"]) == 0


def test_roots_are_those_of_certificate_transparency() -> None:
    assert tuple(vector("tree")["roots"][1:]) == CT_ROOTS
    assert vector("tree")["roots"][0] == tree.EMPTY.hex()


def test_every_published_path_leads_to_its_root() -> None:
    found = vector("tree")
    leaves = [tree.leaf_hash(bytes.fromhex(one)) for one in found["leaves"]]

    for one in found["inclusion"]:
        path = [bytes.fromhex(step) for step in one["path"]]
        root = tree.root_by_inclusion(leaves[one["index"]], one["index"], one["size"], path, where="")
        assert root.hex() == found["roots"][one["size"]]


def test_every_published_consistency_proof_holds() -> None:
    found = vector("tree")
    roots = [bytes.fromhex(one) for one in found["roots"]]

    for one in found["consistency"]:
        proof = [bytes.fromhex(step) for step in one["proof"]]
        tree.check_consistency(one["old"], roots[one["old"]], one["size"], roots[one["size"]], proof, where="")


def test_the_example_of_signed_note_verifies() -> None:
    """Source: C2SP signed-note v1.0.0, section Example."""
    key = notes.parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", where="")
    note = (
        "This is an example message.\n\n— example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    )

    text, [line] = notes.parse_note(note.encode(), where="")

    assert notes.is_good(line, key, text)
    assert not notes.is_good(line, key, text + b"x")


def test_published_statements_are_read_and_the_refused_ones_refused() -> None:
    found = vector("statements")

    for one in found["good"]:
        statements.parse(one["text"].encode(), where="")
        assert tree.leaf_hash(one["text"].encode()).hex() == one["leaf"]
    for text in found["refused"]:
        with pytest.raises(EvidenceError):
            statements.parse(text.encode("utf-8"), where="")


def test_published_salts_are_read_back_to_the_same_bytes() -> None:
    found = vector("salts")

    for name in ("fresh", "erased", "dropped"):
        body = bytes.fromhex(found[name])
        assert salts.packed(salts.unpacked(body, found["groups"], where="")) == body
    key, root = bytes.fromhex(found["key"]), bytes.fromhex(found["root"])
    plain = salts.unwrapped(bytes.fromhex(found["stored"]), root, {found["key_id"]: key}, where="")
    assert plain.hex() == found["fresh"]


def test_published_proofs_and_page_are_read_back_to_the_same_bytes() -> None:
    found = vector("proofs")

    for text in (*found["entries"], found["record"]):
        assert proofs.proof_text(proofs.parse_proof(text.encode(), where="")) == text.encode()
    bare, block = proofs.unsealed(found["sealed"].encode(), where="")
    assert bare.decode() == found["page"]
    assert proofs.sealed(bare, block or b"", where="").decode() == found["sealed"]
