"""Write tests/fixtures/evidence/*.json, the published vectors of docs/decisions/0009; `--check` only compares."""

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from truecrowd.evidence import keys, notes, proofs, records, salts, statements, tree

FOLDER = Path(__file__).parents[1] / "tests" / "fixtures" / "evidence"
ORIGIN = "log.example.com/night"
WITNESS = "witness.example.org/w1"
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
"""Leaves of the reference tests of Certificate Transparency."""
_TS = pa.timestamp("us", tz="UTC")


def private(seed: int) -> Ed25519PrivateKey:
    """Return a key that everybody knows: 32 bytes of one number."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def rows() -> pa.Table:
    """Return three events with every type of value, nulls and Chinese text among them."""
    word = pa.dictionary(pa.int32(), pa.string())
    return pa.table({
        "event_id": pa.array(["e1", "e2", "e3"]),
        "ts": pa.array([0, 1_769_889_600_000_000, -1], pa.int64()).cast(_TS),
        "event_type": pa.array(["join", "comment", "order"]).cast(word),
        "room_id": pa.array(["R7", "R7", "直播间"]),
        "account_id": pa.array(["u1", None, "顾客"]),
        "ip": pa.array([None, "192.0.2.1", None]),
        "asn": pa.array([None, 64496, None], pa.int32()),
        "text": pa.array([None, "这个好评必须给\n", ""]),
        "amount_minor": pa.array([None, None, -(1 << 62)], pa.int64()),
        "value": pa.array([-0.0, 0.1, None], pa.float64()),
    })  # fmt: skip


def table_rows() -> pa.Table:
    """Return two rows of verdicts-like columns: a list, an empty list, a truth value, a column of no known table."""
    return pa.table({
        "subject_id": pa.array(["u1", "R7"]),
        "level": pa.array(["watch", "clear"]),
        "reasons": pa.array([["a", "理由"], []], pa.list_(pa.string())),
        "looked": pa.array([True, False]),
        "unheard_of": pa.array(["x", None]),
    })  # fmt: skip


def sealed(made: pa.Table, table: str) -> dict[str, Any]:
    """Return one vector of records: values, salts, and every byte and hash."""
    groups = records.split(made.column_names)
    given = {name: bytes(range(at, at + 16 * made.num_rows)) for at, name in enumerate(groups)}
    found = records.seal(made, table, groups, given)
    return {
        "table": table,
        "rows": [{name: plain(value) for name, value in row.items() if value is not None} for row in made.to_pylist()],
        "types": {one.name: records.letter(one.type) for one in made.schema},
        "groups": {name: list(own) for name, own in groups.items()},
        "salts": cut(given, 16),
        "fields": {name: [one.hex() for one in records.fields(made, own).to_pylist()] for name, own in groups.items()},
        "commitments": cut(found.commitments, 32),
        "records": [one.hex() for one in records.record_bytes(made, table, groups, found.commitments)],
        "leaves": [found.leaves[at : at + 32].hex() for at in range(0, len(found.leaves), 32)],
        "root": found.root.hex(),
    }  # fmt: skip


def cut(joined: dict[str, bytes], width: int) -> dict[str, list[str]]:
    """Return joined values one by one, as hex."""
    return {
        name: [body[at : at + width].hex() for at in range(0, len(body), width)] for name, body in joined.items()
    }  # fmt: skip


def plain(value: Any) -> Any:
    """Return a value as JSON; an instant as its microseconds, a fraction as its shortest text."""
    if isinstance(value, float):
        return repr(value)
    return int(pa.scalar(value, _TS).value) if hasattr(value, "tzinfo") else value


def trees() -> dict[str, Any]:
    """Return roots, paths and proofs of the trees of the first n reference leaves."""
    leaves = [tree.leaf_hash(bytes.fromhex(one)) for one in LEAVES]
    found: dict[str, Any] = {"leaves": list(LEAVES), "roots": [], "inclusion": [], "consistency": []}
    for size in range(len(leaves) + 1):
        joined = b"".join(leaves[:size])
        found["roots"].append(tree.root_of(joined).hex())
        hashes = tree.levels_of(joined)
        for at in range(size):
            path = tree.inclusion(hashes, at, size)
            found["inclusion"].append({"index": at, "size": size, "path": [one.hex() for one in path]})
        for old in range(size + 1):
            proof = tree.consistency(hashes, old, size)
            found["consistency"].append({"old": old, "size": size, "proof": [one.hex() for one in proof]})
    return found


def heads() -> dict[str, Any]:
    """Return keys, a checkpoint and a cosignature."""
    log, witness = private(1), private(2)
    head = notes.Checkpoint(ORIGIN, 2, tree.root_of(b"".join(tree.leaf_hash(one) for one in key_entries())))
    lines = [notes.sign(head.text, log, ORIGIN), notes.cosign(head.text, witness, WITNESS, 1_769_889_600)]
    return {
        "log_seed": "01" * 32, "witness_seed": "02" * 32, "export_seed": "03" * 32,
        "log_vkey": notes.public_of(log, ORIGIN).vkey,
        "witness_vkey": notes.public_of(witness, WITNESS, notes.COSIGNATURE).vkey,
        "export_vkey": notes.public_of(private(3), f"{ORIGIN}/export").vkey,
        "checkpoint": notes.note(head.text, lines).decode(), "root": head.root.hex(),
    }  # fmt: skip


def key_entries() -> list[bytes]:
    """Return the first two entries of a log: its key and its export key."""
    log, export = private(1), private(3)
    key, other = notes.public_of(log, ORIGIN), notes.public_of(export, f"{ORIGIN}/export")
    first = keys.key_fields(keys.Change(ORIGIN, "add", "log", key, None, 1), [(key, log)])
    second = keys.key_fields(keys.Change(ORIGIN, "add", "export", other, None, 2), [(other, export), (key, log)])
    return [
        statements.written(statements.statement("key", 1_769_889_600_000_000, tool="truecrowd 0", **said))
        for said in (first, second)
    ]


def said() -> dict[str, Any]:
    """Return statements as stored with their leaf hashes, and texts that must be refused."""
    good = [*key_entries(), statements.written(statements.statement("heartbeat", 0, tool="truecrowd 0", source="直播"))]
    head = '{"at":"1970-01-01T00:00:00.000000Z","type":"x","v":1'
    bad = [
        head + ',"v":1}', head + ',"a":0.5}', head + ',"a":1e3}', head + ',"a":9007199254740992}', head + ', "a":1}',
        head + ',"a":NaN}', head + ',"a":"\\ud800"}', head + ',"a":' + "[" * 8 + "]" * 8 + "}", head + "}\n", "[]",
        head + ',"a":-0}', '{"type":"x","v":1}', head.replace("000000Z", "0Z") + "}", "\ufeff" + head + "}",
    ]  # fmt: skip
    return {
        "good": [{"text": one.decode(), "leaf": tree.leaf_hash(one).hex()} for one in good],
        "refused": bad,
    }


def kept() -> dict[str, Any]:
    """Return a salts file in plain and in stored form, after one erasure and one record past its time."""
    made, groups = rows(), records.split(rows().column_names)
    given = {name: bytes(range(at, at + 48)) for at, name in enumerate(groups)}
    found = records.seal(made, "events", groups, given)
    whole = salts.fresh(3, given)
    erased = salts.close(whole, "who", salts.flags([True, False, False]), found.commitments["who"])
    dropped = salts.drop(erased, salts.flags([False, True, False]), found.leaves)
    key, nonce = bytes([4]) * 32, bytes([5]) * 12
    return {
        "n": 3, "groups": list(groups), "root": found.root.hex(), "fresh": salts.packed(whole).hex(),
        "erased": salts.packed(erased).hex(), "dropped": salts.packed(dropped).hex(), "key": key.hex(),
        "key_id": salts.key_id(key), "nonce": nonce.hex(),
        "stored": salts.wrapped(salts.packed(whole), found.root, key, nonce).hex(),
        "derived": cut(salts.derived(table_rows(), "verdicts", ["client", "said", "who"], key), 16),
    }  # fmt: skip


def texts() -> dict[str, Any]:
    """Return the proof of an entry, of a record, a consistency file, and a page with its seal."""
    log, key = private(1), notes.public_of(private(1), ORIGIN)
    made, groups = rows(), records.split(rows().column_names)
    given = {name: bytes(range(at, at + 48)) for at, name in enumerate(groups)}
    found = records.seal(made, "events", groups, given)
    segment = statements.written(statements.statement(
        "segment", 1_769_889_600_000_000, tool="truecrowd 0", table="events", records=3, root=found.root.hex(),
        groups={name: list(own) for name, own in groups.items()}, salts="file",
    ))  # fmt: skip
    page = b"<!doctype html><title>x</title><body>\n<p>report</p>\n</body></html>\n"
    report = statements.written(statements.statement(
        "report", 1_769_889_600_000_000, tool="truecrowd 0", html_sha256=sha256_of(page), json_sha256="0" * 64,
        inputs=[], tables={},
    ))  # fmt: skip
    entries = [*key_entries(), segment, report]
    hashes = tree.levels_of(b"".join(tree.leaf_hash(one) for one in entries))
    head = notes.Checkpoint(ORIGIN, 4, tree.range_root(hashes, 0, 4))
    checkpoint = notes.note(head.text, [notes.sign(head.text, log, ORIGIN)])
    whole = [
        proofs.proof_text(proofs.Proof(proofs.entry_extra(one), at, tree.inclusion(hashes, at, 4), checkpoint))
        for at, one in enumerate(entries)
    ]
    record = records.record_bytes(made, "events", groups, found.commitments)[1]
    opening = ("said", given["said"][16:32], records.fields(made, groups["said"]).to_pylist()[1])
    path = tree.inclusion(tree.levels_of(found.leaves), 1, 3)
    extra = proofs.record_extra(segment, record, 1, path, [opening])
    of_record = proofs.proof_text(proofs.Proof(extra, 2, tree.inclusion(hashes, 2, 4), checkpoint))
    return {
        "entries": [one.decode() for one in whole], "record": of_record.decode(),
        "consistency": proofs.consistency_text(2, tree.consistency(hashes, 2, 4)).decode(),
        "page": page.decode(), "sealed": proofs.sealed(page, proofs.seal_block(key, whole[3], whole[:2]), where="").decode(),
    }  # fmt: skip


def sha256_of(body: bytes) -> str:
    """Return a hash as hex."""
    from hashlib import sha256

    return sha256(body).hexdigest()


def main(arguments: list[str]) -> int:
    """Write or compare."""
    made = {
        "records": [sealed(rows(), "events"), sealed(table_rows(), "verdicts")], "tree": trees(), "notes": heads(),
        "statements": said(), "salts": kept(), "proofs": texts(),
    }  # fmt: skip
    code = 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, vector in made.items():
        path = FOLDER / f"{name}.json"
        text = json.dumps(vector, ensure_ascii=False, indent=1) + "\n"
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            print(f"{path.name} is not what the code makes; a change of format needs a new version", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
