"""Case files: what is in them, who may read what, and that nothing in them can be changed unseen."""

import hashlib
import json
import random
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from invented_log import BEGIN, ORIGIN
from sealed_case import NOW, PAGE, SECRETS, Made, failed, judged, make, shared, states

from truecrowd.errors import EvidenceError, InputError
from truecrowd.evidence import notes, proofs, verify
from truecrowd.evidence.case import PROFILES, SCOPES, Case, Wanted
from truecrowd.evidence.container import MOST_FILES, envelope, manifest, packed, zipped
from truecrowd.evidence.log import Log, Ring
from truecrowd.evidence.shipping import opening, other_hashes, records_file
from truecrowd.evidence.single import judge_proof
from truecrowd.evidence.statements import written
from truecrowd.surfaces.cli.case import OWN
from truecrowd.surfaces.cli.case import PROFILES as OFFERED
from truecrowd.surfaces.cli.case import SCOPES as OFFERED_SCOPES
from truecrowd.surfaces.cli.verify import CHECKS

UNSEEN = {"witnesses": "not_checked", "history": "not_checked", "time": "not_checked"}


@pytest.fixture
def made() -> Made:
    return shared()


def rows(body: bytes) -> list[tuple[int, bytes, bytes]]:
    """Read a file of records back."""
    found, at = [], 24
    while at < len(body):
        place, size, more = struct.unpack_from(">III", body, at)
        found.append((place, body[at + 12 : at + 12 + size], body[at + 12 + size : at + 12 + size + more]))
        at += 12 + size + more
    return found


def events_of(files: dict[str, bytes]) -> str:
    """Return the name of the file of shipped events."""
    return next(name for name, body in files.items() if name.endswith(".records") and b"record/1 events" in body)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("basis", [None, "court order 7"])
def test_a_case_file_of_every_kind_is_proven(made: Made, profile: str, scope: str, basis: str | None) -> None:
    account = "R1-account-1" if profile in OWN else None

    found = states(made.sealed(profile=profile, scope=scope, basis=basis, account=account), made.trust)

    assert {name: state for name, state in found.items() if state != "proven"} == UNSEEN
    assert ("report" in found) == (profile not in OWN)


def test_the_command_line_offers_what_there_is() -> None:
    assert (OFFERED, OFFERED_SCOPES) == (PROFILES, SCOPES)
    assert list(CHECKS) == [*verify.CHECKS, "replay"]


def test_the_same_log_gives_the_same_bytes(made: Made, tmp_path: Path) -> None:
    assert made.sealed() == made.sealed()
    assert make(tmp_path).sealed() == made.sealed()


def test_cited_records_are_shipped_and_no_others(made: Made) -> None:
    files = made.case()

    assert [place for place, _, _ in rows(files[events_of(files)])] == [1, 3, 4, 5]
    assert json.loads(files["case.json"])["n_cited"] == 4
    assert json.loads(files["case.json"])["n_room"] == 9


def test_a_room_is_shipped_whole_and_needs_no_other_hashes(made: Made) -> None:
    files = made.case(scope="room")
    name = events_of(files)

    assert [place for place, _, _ in rows(files[name])] == list(range(9))
    assert name.replace(".records", ".hashes") not in files


def test_one_finding_ships_its_own_records_only(made: Made) -> None:
    files = made.case("f2")

    assert [place for place, _, _ in rows(files[events_of(files)])] == [4]
    assert json.loads(files["case.json"])["findings"] == ["f2"]


def test_without_a_legal_basis_nobody_is_named_in_any_byte(made: Made) -> None:
    body = made.sealed(scope="room")

    assert [secret for secret in SECRETS if secret.encode() in body] == []


def test_on_a_legal_basis_everything_shipped_is_opened(made: Made) -> None:
    body = made.sealed(basis="court order 7")

    assert [secret for secret in SECRETS if secret.encode() not in body] == []
    assert b"R2-account" not in body


@pytest.mark.parametrize("profile", sorted(OWN))
def test_a_party_sees_its_own_records_and_nobody_elses(made: Made, profile: str) -> None:
    body = made.sealed(profile=profile, account="R1-account-2", basis="complaint")

    assert b"said by R1 2" in body
    assert b"said by R1 1" not in body
    assert PAGE[:40] not in body


def test_names_in_a_case_file_hold_for_that_file_only(made: Made) -> None:
    whole, other = json.loads(made.case()["case.json"]), json.loads(made.case("f2")["case.json"])

    assert len(whole["people"]) == 4
    assert len(other["people"]) == 1
    assert set(whole["people"]) & set(other["people"]) == set()


@pytest.mark.parametrize("subject", ["nobody", "R2", ""])
def test_what_is_not_in_the_audit_has_no_case_file(made: Made, subject: str) -> None:
    with pytest.raises(InputError, match="no finding, room or case"):
        made.case(subject)


def test_an_audit_that_is_not_sealed_in_this_log_has_no_case_file(made: Made, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(PAGE)

    for folder, what in ((tmp_path, "not sealed in this log"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(InputError, match=what):
            Case(made.log, made.ring, folder, Wanted("R1"))


def test_a_name_that_no_case_file_may_hold_is_refused(made: Made) -> None:
    for name in ("../up", "a/b/c/d/e", "", "ä", ".hidden"):
        with pytest.raises(EvidenceError):
            zipped({name: b""})
    with pytest.raises(EvidenceError):
        zipped(dict.fromkeys(map(str, range(MOST_FILES + 1)), b""))


def test_any_subset_of_openings_still_verifies_and_shows_no_more(made: Made) -> None:
    files = made.case(basis="order", scope="room")
    name, chosen = events_of(files), random.Random(7)
    whole = rows(files[name])
    for _ in range(40):
        kept = []
        for place, record, opened in whole:
            groups = [(group, value[:16], value[16:]) for group, value in verify.fields_of(opened, "o").items()]
            kept.append((place, record, opening([one for one in groups if chosen.random() < 0.5])))
        hidden = [place for place, _, opened in kept if b"said by" not in opened]

        body = made.packed(files | {name: records_file(kept)})

        assert failed(body, made.trust) == []
        assert all(f"said by R1 {place}".encode() not in body for place in hidden)


def test_without_a_salt_a_commitment_is_guessed_in_a_moment(made: Made) -> None:
    """The unsalted twin: why every commitment has sixteen random bytes of its own."""
    files = made.case(basis="order")
    opened = verify.fields_of(rows(files[events_of(files)])[0][2], "o")["client"]
    twin = hashlib.sha256(opened[16:]).digest()
    guesses = [opened[16:].replace(b"192.0.2.1", f"192.0.2.{at}".encode()) for at in range(10)]

    assert twin in [hashlib.sha256(one).digest() for one in guesses]
    assert hashlib.sha256(opened).digest() not in [hashlib.sha256(one).digest() for one in guesses]


def with_records(made: Made, change) -> bytes:
    files = made.case(basis="order")
    name = events_of(files)
    return made.packed(files | {name: records_file(change(rows(files[name])))})


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda all_: all_[1:], "records"),
        (lambda all_: [all_[1], all_[0], *all_[2:]], "records"),
        (lambda all_: [all_[0], *all_], "records"),
        (lambda all_: [(all_[0][0], all_[1][1], all_[0][2]), *all_[1:]], "records"),
        (lambda all_: [(all_[0][0], all_[0][1][:-1] + b"?", all_[0][2]), *all_[1:]], "records"),
        (lambda all_: [(9, *all_[0][1:])], "records"),
        (lambda all_: [(*all_[0][:2], all_[1][2]), *all_[1:]], "disclosures"),
        (lambda all_: [(*all_[0][:2], all_[0][2][:-1] + b"?"), *all_[1:]], "disclosures"),
        (lambda all_: [(*all_[0][:2], all_[0][2] * 2), *all_[1:]], "disclosures"),
        (lambda all_: [(*all_[0][:2], b"\6nobody" + all_[0][2][7:]), *all_[1:]], "disclosures"),
    ],
)
def test_records_that_are_dropped_moved_or_changed_are_caught(made: Made, change, check: str) -> None:
    """Whoever makes the case file holds the export key: the manifest is right, the records are not."""
    assert failed(with_records(made, change), made.trust) == [check]


def test_bytes_behind_the_hashes_of_other_records_are_caught(made: Made) -> None:
    files = made.case()
    name = events_of(files).replace(".records", ".hashes")

    for body in (files[name] + bytes(32), files[name] + b"\0", files[name][32:], files[name][:-1]):
        assert failed(made.packed(files | {name: body}), made.trust) == ["records"]


def test_a_segment_that_no_statement_names_is_caught(made: Made) -> None:
    files = made.case()
    stranger = files | {f"records/{'0' * 64}.records": files[events_of(files)]}

    assert failed(made.packed(stranger), made.trust) == ["records"]


def test_a_left_out_segment_of_cited_records_is_caught(made: Made) -> None:
    files = made.case()
    root = events_of(files)[8:72]

    left = {name: body for name, body in files.items() if root not in name}

    assert failed(made.packed(left), made.trust) == ["references"]


def of_type(files: dict[str, bytes], kind: str) -> list[int]:
    return [
        int(name[11:-5])
        for name, body in files.items()
        if name[:11] == "statements/" and json.loads(body)["type"] == kind
    ]


def changed(files: dict[str, bytes], number: int, old: bytes, new: bytes) -> dict[str, bytes]:
    """Change a statement in both of its places."""
    body = files[f"statements/{number}.json"].replace(old, new)
    name = f"log/proofs/{number}.tlog-proof"
    proof = proofs.parse_proof(files[name], where="")
    text = proofs.proof_text(proofs.Proof(proofs.entry_extra(body), proof.index, proof.path, proof.checkpoint))
    return files | {f"statements/{number}.json": body, name: text}


def test_swapped_evidence_and_a_changed_setting_are_caught_and_named(made: Made) -> None:
    files = made.case()
    one, two = of_type(files, "finding")
    swapped = changed(changed(files, one, b"R1-e1", b"R1-e4"), two, b"R1-e4", b"R1-e1")

    setting = changed(files, of_type(files, "report")[0], b"0" * 64, b"1" + b"0" * 63)

    first = judged(made.packed(swapped), made.trust)["entries"]
    assert (first.state, first.code, first.what) == ("failed", "hash", f"log/proofs/{one}.tlog-proof")
    assert failed(made.packed(setting), made.trust) == ["entries"]


def test_a_statement_that_reads_otherwise_than_its_proof_is_caught(made: Made) -> None:
    files = made.case()
    number = of_type(files, "finding")[0]
    name = f"statements/{number}.json"

    assert failed(made.packed(files | {name: files[name] + b" "}), made.trust) == ["manifest"]
    assert failed(made.packed({one: body for one, body in files.items() if one != name}), made.trust) == ["manifest"]


def test_a_changed_page_and_a_changed_document_are_caught(made: Made) -> None:
    files = made.case()

    assert failed(
        made.packed(files | {"report.html": files["report.html"].replace(b"Strong", b"Weak!!")}), made.trust
    ) == ["report"]
    assert failed(made.packed(files | {"report.json": b"{}"}), made.trust) == ["report"]
    assert failed(made.packed(files | {"report.html": PAGE}), made.trust) == ["report"]


def test_a_manifest_signed_by_another_key_is_caught(made: Made) -> None:
    files, stranger = made.case(), Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    key = made.log.keys.exports[-1]

    assert failed(packed(files, notes.public_of(stranger, key.name), stranger), made.trust) == ["manifest"]
    assert failed(packed(files, key, stranger), made.trust) == ["manifest"]
    logs = made.log.keys.log[-1][1]
    assert failed(packed(files, logs, made.ring.of(logs)), made.trust) == ["manifest"]


def test_a_file_outside_the_manifest_or_an_envelope_in_another_form_is_caught(made: Made) -> None:
    files, key = made.case(), made.log.keys.exports[-1]
    text = manifest(files)
    seal = envelope(text, "application/vnd.truecrowd.manifest+json", key, made.ring.of(key))

    for change in (
        {"extra.txt": b""}, {"manifest.dsse": seal.replace(b":", b": ", 1)}, {"manifest.dsse": b""},
        {"manifest.json": text.replace(b",", b", ", 1)}, {"manifest.json": text + b"\n"},
    ):  # fmt: skip
        body = zipped({**files, "manifest.json": text, "manifest.dsse": seal, **change})
        assert failed(body, made.trust) == ["manifest"]


def test_a_policy_out_of_the_file_or_none_at_all_is_no_trust(made: Made) -> None:
    files = made.case()

    with pytest.raises(verify.Unusable):
        judged(made.packed(files | {"trust.policy": made.trust}), made.trust)
    assert states(made.packed(files))["trust"] == "not_checked"
    assert states(made.packed(files))["checkpoint"] == "proven"


def test_a_log_that_the_policy_does_not_know_is_caught(made: Made) -> None:
    stranger = notes.public_of(Ed25519PrivateKey.from_private_bytes(b"x" * 32), ORIGIN)
    other_name = notes.public_of(made.ring.private("log.key"), "other.example")

    for key in (stranger, other_name):
        assert failed(made.sealed(), f"log {key.vkey}\nquorum none\n".encode()) == ["checkpoint"]


def test_a_head_is_continued_equal_missing_or_contradicted(made: Made) -> None:
    log, body = made.log, made.packed(made.case(heads=(2, 5)))

    def state(size: int, root: bytes, origin: str = ORIGIN) -> str:
        line = f"{origin} {size} {notes.b64(root)}\n".encode()
        return states(body, made.trust, line)["history"]

    assert state(5, log.root_at(5)) == state(2, log.root_at(2)) == state(log.size, log.head.root) == "proven"
    assert state(3, log.root_at(3)) == "not_checked"
    assert state(log.size + 1, bytes(32)) == "not_checked"
    assert state(5, bytes(32)) == state(log.size, bytes(32)) == state(5, log.root_at(5), "other.example") == "failed"


def test_a_consistency_file_in_another_form_is_caught(made: Made) -> None:
    files, log = made.case(heads=(5,)), made.log
    head = f"{ORIGIN} 5 {notes.b64(log.root_at(5))}\n".encode()
    good = files["log/consistency-5"]

    for broken in (
        good[:-1],
        good + b"\n",
        good.replace(b"old 5", b"old 05"),
        good.replace(b"\n", b"\r\n"),
        b"old 5\n",
    ):
        found = states(made.packed(files | {"log/consistency-5": broken}), made.trust, head)
        assert found["history"] != "proven"


def witnessed(made: Made, at_s: int, n: int = 1, key: Ed25519PrivateKey | None = None) -> tuple[bytes, bytes]:
    """Return a case file whose checkpoint is cosigned, and a policy that asks for it."""
    private = key or Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    log = made.log
    text, lines = notes.parse_note(log.checkpoint, where="")
    eye = notes.public_of(private, "eye.example", notes.COSIGNATURE)
    signed = notes.note(text, [*lines, *[notes.cosign(text, private, eye.name, at_s)] * n])
    files = {
        name: body.replace(log.checkpoint, signed) if name.startswith("log/") else body
        for name, body in made.case().items()
    }
    policy = made.trust.replace(b"quorum none\n", f"witness eye {eye.vkey}\nquorum eye\n".encode())
    return made.packed(files), policy


def test_a_witness_that_signed_is_counted_and_one_that_did_not_is_missed(made: Made) -> None:
    body, policy = witnessed(made, int(NOW) - 5)

    assert states(body, policy)["witnesses"] == "proven"
    assert failed(made.sealed(), policy) == ["witnesses"]
    assert states(body, made.trust)["witnesses"] == "not_checked"


def test_a_witness_from_the_future_or_signing_twice_is_caught(made: Made) -> None:
    assert failed(*witnessed(made, int(NOW) + 5)) == ["witnesses"]
    assert failed(*witnessed(made, 5, n=2)) == ["witnesses"]


def test_a_witness_with_the_key_of_the_log_is_refused(made: Made) -> None:
    with pytest.raises(verify.Unusable):
        states(*witnessed(made, 5, key=made.ring.private("log.key")))


def decision(seq: int, prev: str | None, **more: object) -> dict[str, object]:
    return {"type": "decision", "case_id": "c1", "case_seq": seq, "prev": prev, "finding_ids": ["f1"], **more}


@pytest.fixture
def decided(tmp_path: Path) -> Made:
    """A case of three steps."""
    made = make(tmp_path)
    prev = None
    for seq, kind in enumerate(("decision", "appeal", "appeal_result"), 1):
        number = made.commit(decision(seq, prev) | {"type": kind})[0]
        prev = hashlib.sha256(made.log.entry(number)).hexdigest()
    return made


def test_a_case_ships_its_steps_and_what_they_cite(decided: Made) -> None:
    files = decided.case("c1")

    assert failed(decided.packed(files), decided.trust) == []
    assert json.loads(files["case.json"])["findings"] == ["f1"]
    assert json.loads(files["case.json"])["last_case_seq"] == 3
    assert json.loads(files["case.json"])["case_id"] == "c1"


@pytest.mark.parametrize("kind", ["decision", "appeal"])
def test_a_step_that_is_left_out_is_caught(decided: Made, kind: str) -> None:
    files = decided.case("c1")
    number = of_type(files, kind)[0]

    left = {name: body for name, body in files.items() if f"/{number}." not in name}

    assert failed(decided.packed(left), decided.trust) == ["references"]


def test_a_decision_that_cites_a_finding_not_shipped_is_caught(decided: Made) -> None:
    files = decided.case("c1")
    number = of_type(files, "finding")[0]

    left = {name: body for name, body in files.items() if f"/{number}." not in name}

    assert failed(decided.packed(left), decided.trust) == ["references"]


def stamped(made: Made, tmp_path: Path) -> bytes:
    token, head = b"token", made.log.head
    hashed = hashlib.sha256(head.text).hexdigest()
    sha256 = hashlib.sha256(token).hexdigest()
    with made.writer() as adding:
        said = json.loads(adding.statement("anchor", size=head.size, checkpoint_sha256=hashed, token_sha256=sha256))
        adding.commit([written(said | {"kind": "rfc3161"})], {f"anchors/{sha256}": token})
    return made.sealed()


@pytest.mark.parametrize(
    ("stamp", "state"),
    [
        (None, "not_checked"),
        (lambda token, over: NOW - 1, "proven"),
        (lambda token, over: NOW + 1, "failed"),
    ],
)
def test_time_stamps_are_in_order_and_not_in_the_future(tmp_path: Path, stamp, state: str) -> None:
    made = make(tmp_path)
    body = stamped(made, tmp_path)

    assert states(body, made.trust, stamp=stamp)["time"] == state


def test_a_token_over_something_else_or_older_than_the_one_before_is_caught(tmp_path: Path) -> None:
    made = make(tmp_path)
    stamped(made, tmp_path)
    files = made.case()
    point = made.log.head
    own = f"time/{point.size:012d}-{hashlib.sha256(point.text).hexdigest()}.tsr"
    times = iter([NOW - 5, NOW - 9])

    later = made.packed(files | {own: b"other token"})
    stranger = made.packed(files | {f"time/{9:012d}-{'0' * 64}.tsr": b"token"})

    assert states(later, made.trust, stamp=lambda token, over: next(times))["time"] == "failed"
    assert states(stranger, made.trust, stamp=lambda token, over: NOW - 5)["time"] == "failed"


def test_rotated_compromised_and_revoked_keys_are_followed(tmp_path: Path) -> None:
    made = make(tmp_path)
    before = made.sealed()
    with made.writer(Ring(tmp_path / "keys")) as adding:
        adding.rotate("log")
        adding.rotate("export")
        adding.revoke_export()
        adding.rotate("log", action="compromise")

    assert failed(made.sealed(), made.trust) == []
    assert failed(before, b"log " + made.log.keys.log[0][1].vkey.encode() + b"\nquorum none\n") == []
    assert failed(made.sealed(), b"log " + made.log.keys.log[1][1].vkey.encode() + b"\nquorum none\n") == ["checkpoint"]


def test_a_checkpoint_by_a_key_outside_its_range_is_caught(tmp_path: Path) -> None:
    made = make(tmp_path)
    old = made.ring.private("log.key")
    with made.writer(Ring(tmp_path / "keys")) as adding:
        adding.rotate("log")
    log = made.log
    text, _ = notes.parse_note(log.checkpoint, where="")
    forged = notes.note(text, [notes.sign(text, old, ORIGIN)])
    files = {
        name: body.replace(log.checkpoint, forged) if name[:4] == "log/" else body for name, body in made.case().items()
    }

    policy = f"log {log.keys.log[0][1].vkey}\nlog {log.keys.log[1][1].vkey}\nquorum none\n".encode()

    assert failed(made.packed(files), policy) == ["checkpoint"]


KEY_CHANGES = [
    {"from_size": 99}, {"role": "export"}, {"action": "revoke"}, {"action": "steal"}, {"signatures": []}, {"old_vkey": "x"},
    {"vkey": "bad"}, {"origin": "other"},
]  # fmt: skip


@pytest.mark.parametrize("change", KEY_CHANGES)
def test_a_key_that_a_log_may_not_add_is_caught(made: Made, change: dict[str, object]) -> None:
    trial = verify.Trial(memoryview(b""), verify.Reader(None, None, NOW, None))
    trial.point = verify.parse_checkpoint(made.log.checkpoint)
    said = dict(made.log.said_of("key")[0][1])
    if "origin" in change:
        trial.point = trial.point._replace(origin="other")
    else:
        said |= change

    with pytest.raises((verify.Flaw, LookupError, ValueError)):
        trial._key(0, said)


def test_the_first_key_twice_or_the_first_entry_of_an_export_key_is_caught(made: Made) -> None:
    trial = verify.Trial(memoryview(b""), verify.Reader(None, None, NOW, None))
    trial.point = verify.parse_checkpoint(made.log.checkpoint)
    (_, first), (_, second) = made.log.said_of("key")

    with pytest.raises(verify.Flaw):
        trial._key(0, second | {"from_size": 1})
    trial._key(0, first)
    with pytest.raises(verify.Flaw):
        trial._key(1, first | {"from_size": 2})
    trial._key(1, second)
    with pytest.raises(verify.Flaw):
        trial._key(1, second)


def test_a_table_whose_parts_are_not_its_root_is_caught(made: Made) -> None:
    trial = verify.Trial(memoryview(b""), verify.Reader(None, None, NOW, None))
    trial.note = made.log.checkpoint
    number = made.log.said_of("table")[0][0]
    said = json.loads(made.log.entry(number)) | {"root": "0" * 64}
    trial.said = {number: said}

    trial.proofs = {}
    with pytest.raises(verify.Flaw, match="hash"):
        trial._entries()


def test_a_sealed_page_is_proven_and_every_change_of_it_fails(made: Made) -> None:
    page, chosen = made.page, random.Random(3)
    assert {name: one for name, one in states(page, made.trust).items() if one != "proven"} == {
        "witnesses": "not_checked", "history": "not_checked"
    }  # fmt: skip

    for _ in range(150):
        at, bit = chosen.randrange(len(page)), 1 << chosen.randrange(8)
        broken = page[:at] + bytes([page[at] ^ bit]) + page[at + 1 :]
        assert failed(broken, made.trust), (at, bit)


def test_a_page_that_was_never_sealed_says_so_and_nothing_else_is_a_page(made: Made) -> None:
    assert [tuple(one) for one in judged(PAGE).values()] == [("container", "not_checked", "no_seal", "")]
    assert failed(b"", made.trust) == failed(b"\x89PNG", made.trust) == failed(PAGE[1:], made.trust) == ["container"]


def test_a_seal_of_another_log_or_moved_to_another_place_is_caught(made: Made, tmp_path: Path) -> None:
    bare, block = proofs.unsealed(made.page, where="")
    assert block is not None

    for broken in (
        bare.replace(b"</h1>", b"</h1>" + block), bare + block, made.page.replace(b"<h1>", block + b"<h1>"),
        made.page.replace(b'"size":', b'"size": '), made.page.replace(b"<!--/truecrowd", b"<!--truecrowd"),
        made.page.replace(b'{"v":1', b'{"v":2'), bare.replace(b"<body>", b"<body></body>").replace(b"</body></html>", block + b"</html>"),
    ):  # fmt: skip
        assert failed(broken, made.trust) == ["container"] or failed(broken, made.trust) == ["report"]


def test_a_proof_is_checked_on_its_own(made: Made) -> None:
    log, keys = made.log, made.ring.salt_keys()
    root = log.said_of("segment")[0][1]["root"]
    table = next(one for _, one in log.said_of("table") if one["table"] == "findings")["segments"][0]["root"]
    proven = {
        "entry": log.proof(3),
        "record": log.record_proof(log.segment(root, keys), bytes.fromhex(root), 4, ("said", "who")),
        "row": log.record_proof(log.segment(table, keys), bytes.fromhex(table), 1),
    }

    for text in proven.values():
        reader = verify.Reader(made.trust, None, NOW, None)
        found = {one.check: one.state for one in judge_proof(memoryview(text), reader)}
        assert {state for name, state in found.items() if name not in UNSEEN} == {"proven"}
        assert "failed" not in {one.state for one in judge_proof(memoryview(text), reader._replace(trust=None))}


@pytest.mark.parametrize("name", ["record", "fields", "salt", "path", "position", "statement"])
def test_whatever_is_changed_in_a_proof_of_a_record_fails(made: Made, name: str) -> None:
    log, keys = made.log, made.ring.salt_keys()
    root = log.said_of("segment")[0][1]["root"]
    parsed = proofs.parse_proof(log.record_proof(log.segment(root, keys), bytes.fromhex(root), 4, ("said",)), where="")
    extra = json.loads(parsed.extra)
    if name in ("fields", "salt"):
        extra["openings"][0][name] = (
            extra["openings"][0][name].replace("A", "B") if name == "fields" else notes.b64(bytes(16))
        )
    else:
        extra[name] = {"position": 5, "path": extra["path"][::-1]}.get(name) or notes.b64(b"other")
    text = proofs.proof_text(proofs.Proof(json.dumps(extra, sort_keys=True, separators=(",", ":")).encode(), *(
        parsed.index, parsed.path, parsed.checkpoint)))  # fmt: skip

    found = judge_proof(memoryview(text), verify.Reader(made.trust, None, NOW, None))

    assert [one.state for one in found].count("failed") == 1


def test_hashes_of_other_records_are_never_more_than_paths_would_be() -> None:
    leaves = b"".join(hashlib.sha256(bytes([at])).digest() for at in range(100))
    whole = [leaves[at * 32 : at * 32 + 32] for at in range(100)]
    root = verify.root_of(whole)

    for places in ([], [0], [99], [5, 6], list(range(100)), list(range(0, 100, 2)), [63, 64]):
        others = other_hashes(places, leaves)
        given = iter([others[at : at + 32] for at in range(0, len(others), 32)])
        assert verify.root_with(0, 100, places, [whole[at] for at in places], given) == root
        assert len(others) // 32 <= max(1, 7 * len(places))
        assert not list(given)


def test_a_waived_check_is_said_first_and_never_proven() -> None:
    checks = [verify.Check("history", "not_checked", "no_head", ""), verify.Check("trust", "proven", "", "")]

    assert verify.document(checks, ())["exit"] == 3
    assert verify.document(checks, ("history",))["exit"] == 0
    assert verify.document([verify.Check("history", "failed", "rewritten", "3")], ("history",))["exit"] == 1
    assert verify.lines_of(checks, ("history",), "en")[0] == "waived: history"
    assert verify.lines_of(checks, ("history",), "zh")[0] == "免检: 历史"
    assert "history" not in [
        row["check"] for row in verify.document(checks, ("history",))["checks"] if row["state"] == "proven"
    ]


def test_the_log_is_not_changed_by_reading_it_for_a_case_file(made: Made) -> None:
    before = made.log.checkpoint
    made.sealed()

    assert Log(made.folder / "log").checkpoint == before
    assert BEGIN


def test_a_record_past_its_time_cannot_be_shipped_any_more(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(made.log, made.ring, made.folder / "out", Wanted("R1"))
    whole = case.log.segment

    def gone(root: str, keys: object) -> object:
        kept = whole(root, keys)
        kept.salts.is_gone[:] = True
        return kept

    monkeypatch.setattr(case.log, "segment", gone)

    with pytest.raises(EvidenceError, match="past its time"):
        case.files(case.facts(), {})
