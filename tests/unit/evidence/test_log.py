"""The log on the disk: what is acknowledged stays, what was signed is not contradicted, a bad disk is not hidden."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from invented_log import BEGIN, ORIGIN, add, beat, bytes_from, events, opened, ring

from truecrowd.errors import ConfigError, EvidenceError, InputError, TruecrowdError
from truecrowd.evidence import notes, proofs, tiles, tree
from truecrowd.evidence.keys import policy
from truecrowd.evidence.log import Log, Ring, disk, writer
from truecrowd.evidence.log.writing import now_us
from truecrowd.evidence.statements import instant


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_log_begins_with_its_own_keys(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        assert made.size == 2

    log = Log(tmp_path / "log")
    log.check()
    assert [one["role"] for _, one in log.said] == ["log", "export"]
    assert log.said[0][1]["at"] == instant(BEGIN)
    assert (tmp_path / "keys/trust.policy").read_text() == policy(log.keys)
    assert policy(log.keys).endswith("\nquorum none\n")


@pytest.mark.parametrize("n", [1, 253, 254, 255, 256, 600])
def test_every_entry_is_proven_at_every_size(tmp_path: Path, n: int) -> None:
    with opened(tmp_path) as made:
        made.commit([made.statement("heartbeat", source=str(at), silent_since=None) for at in range(n)])
        beat(made)

    log = Log(tmp_path / "log")
    for index in {0, 1, n // 2, n + 1, n + 2}:
        proof = proofs.parse_proof(log.proof(index), where="")
        leaf = tree.leaf_hash(log.entry(index))
        assert tree.root_by_inclusion(leaf, index, log.size, proof.path, where="") == log.head.root
    for old in {0, 1, 2, n + 2, n + 3}:
        tree.check_consistency(
            old, log.root_at(old) if old else tree.EMPTY, log.size, log.head.root, log.consistency(old), where=""
        )


def test_many_commits_leave_the_tiles_of_one_commit(tmp_path: Path) -> None:
    bodies = [f"{at}" for at in range(700)]
    with opened(tmp_path / "one") as made:
        made.commit([made.statement("heartbeat", source=one) for one in bodies])
    with opened(tmp_path / "many") as made:
        for at in range(0, 700, 7):
            made.commit([made.statement("heartbeat", source=one) for one in bodies[at : at + 7]])

    one, many = files_of(tmp_path / "one/log"), files_of(tmp_path / "many/log")
    extra = sorted(set(many) - set(one))
    assert {name: many[name] for name in one} == one
    assert [name for name in extra if "entries" in name] == []
    assert {name.split("/")[1] for name in extra} == {"0", "1"}


def test_tile_paths_are_those_of_the_specification() -> None:
    """Source: C2SP tlog-tiles, sections Merkle Tree and Partial Tiles."""
    assert tiles.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert [tiles.width_at(70_000, level, (70_000 >> 8 * level) // 256) for level in (0, 1, 2)] == [112, 17, 1]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(InputError, match="another command writes"), opened(tmp_path):
        pass


@pytest.mark.parametrize("at", ["tiles", "signed", "checkpoint"])
def test_a_commit_cut_short_is_finished_or_never_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    with opened(tmp_path) as made:
        beat(made, "first")
        names = {"tiles": "tile/", "signed": "signed", "checkpoint": "checkpoint"}
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _failing(names[at]))
            with pytest.raises(OSError, match="Input/output"):
                beat(made, "second")

        with pytest.raises(EvidenceError, match="an earlier write to this log failed"):
            beat(made, "third")

    with opened(tmp_path) as made:
        said = [one["source"] for _, one in made.log.said_of("heartbeat")]
        assert said == (["first", "second"] if at == "checkpoint" else ["first"])
        beat(made, "fourth")
        made.log.check()


def _failing(name: str):
    """An fsync that fails for files whose path holds a name."""
    fsync = os.fsync

    def failing(fd: int) -> None:
        path = str(Path(f"/proc/self/fd/{fd}").readlink())
        if name in path and "partial" in path:
            raise OSError(errno.EIO, "Input/output error")
        fsync(fd)

    return failing


def test_a_full_disk_loses_only_what_was_not_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as made:
        beat(made, "first")
        before = files_of(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
            with pytest.raises(OSError, match="No space"):
                add(made, events())

    assert files_of(tmp_path) == before


def test_half_a_file_beside_its_place_does_not_matter(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        beat(made)
        (made.folder / ".checkpoint.0.partial").write_bytes(b"half")
        (made.folder / "tile/0/000.p/3").write_bytes(b"torn")

    with pytest.raises(EvidenceError, match="the tile has 4 bytes"):
        Log(tmp_path / "log").check()


def copy(folder: Path, to: Path) -> None:
    shutil.copytree(folder, to, dirs_exist_ok=False)


def test_a_rolled_back_log_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    copy(tmp_path / "log", tmp_path / "old")
    with opened(tmp_path) as made:
        beat(made)
    shutil.rmtree(tmp_path / "log")
    (tmp_path / "old").rename(tmp_path / "log")

    with pytest.raises(EvidenceError, match="it was signed at size 3"), opened(tmp_path):
        pass


def test_a_fork_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    copy(tmp_path / "log", tmp_path / "other/log")
    copy(tmp_path / "keys", tmp_path / "other/keys")
    with opened(tmp_path) as made:
        beat(made, "one history")
    with opened(tmp_path / "other") as made:
        beat(made, "another history")
    shutil.rmtree(tmp_path / "log")
    (tmp_path / "other/log").rename(tmp_path / "log")

    with pytest.raises(EvidenceError, match="with entries that are not here"), opened(tmp_path):
        pass


def test_old_keys_do_not_go_on_with_a_newer_log(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    copy(tmp_path / "keys", tmp_path / "old")
    with opened(tmp_path) as made:
        beat(made)
    shutil.rmtree(tmp_path / "keys")
    (tmp_path / "old").rename(tmp_path / "keys")

    with pytest.raises(EvidenceError, match="the key folder knows size 2, the log has 3"), opened(tmp_path):
        pass


def test_a_log_is_not_continued_with_new_keys(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    shutil.rmtree(tmp_path / "keys")

    with pytest.raises(EvidenceError, match="knows size 0"), opened(tmp_path, of=ring(tmp_path, seed=7)):
        pass


def test_keys_of_another_log_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    other = Ring.make(tmp_path / "others", "other.example", bytes_from(3))

    with pytest.raises(ConfigError, match=r"the keys are of 'other\.example'"), opened(tmp_path, of=other):
        pass
    with pytest.raises(ConfigError, match=r"belongs to log 'other\.example'"):
        Ring.make(tmp_path / "others", ORIGIN)


def test_the_signer_signs_no_smaller_and_no_other_tree(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        beat(made)
        head, key, own = made.head, made.key, made.ring

        smaller = notes.Checkpoint(ORIGIN, head.size - 1, head.root)
        other = notes.Checkpoint(ORIGIN, head.size, bytes(32))
        larger = notes.Checkpoint(ORIGIN, head.size + 1, bytes(32))

        for one in (smaller, other, larger):
            with pytest.raises(EvidenceError):
                own.sign(one, [], key)
        assert own.last() == head


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda log: (log / "checkpoint").write_bytes(b"nothing"), "no signature"),
        (lambda log: (log / "tile/0/000.p/3").unlink(), "is missing"),
        (lambda log: (log / "tile/0/000.p/3").write_bytes(bytes(96)), "do not give the checkpoint's root"),
        (lambda log: flip(log / "tile/entries/000.p/3", 40), "entry 0 is not the one"),
        (lambda log: (log / "tile/entries/000.p/3").write_bytes(b"\xff"), "0 whole entries"),
        (lambda log: append(log / "tile/entries/000.p/3", b"\x00\x00"), "4 whole entries"),
        (lambda log: append(log / "tile/entries/000.p/3", b"\x00\x09x"), "3 whole entries and 3 other bytes"),
        (lambda log: resign(log), "not signed by this log's key"),
    ],
)
def test_a_changed_log_is_refused_and_says_where(tmp_path: Path, change, what: str) -> None:
    with opened(tmp_path) as made:
        beat(made)

    change(tmp_path / "log")

    with pytest.raises(TruecrowdError, match=what):
        Log(tmp_path / "log").check()


def flip(path: Path, at: int) -> None:
    body = bytearray(path.read_bytes())
    body[at] ^= 1
    path.write_bytes(bytes(body))


def append(path: Path, body: bytes) -> None:
    path.write_bytes(path.read_bytes() + body)


def resign(log: Path) -> None:
    head = Log(log).head
    other = Ring(log.parent / "keys", bytes_from(5)).new_private("other.key")
    (log / "checkpoint").write_bytes(notes.note(head.text, [notes.sign(head.text, other, ORIGIN)]))


def test_rotated_keys_sign_from_their_size_on(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        made.ring.new_private("log.next.key")  # a rotation that was begun and cut short is taken up again
        first = made.key
        entry = made.rotate("log")
        second = made.key
        made.rotate("export")
        made.rotate("log", action="compromise")
        made.revoke_export()
        beat(made)

    log = Log(tmp_path / "log")
    log.check()
    assert log.keys.at(entry, where="") == first
    assert log.keys.at(entry + 1, where="") == second
    assert second.vkey not in policy(log.keys)
    assert first.vkey in policy(log.keys)
    assert len(log.keys.exports) == 1
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [
        "export.key", "log.key", "origin", "salts.key", "signed", "tables.key", "trust.policy",
    ]  # fmt: skip
    with opened(tmp_path, of=Ring(tmp_path / "keys")) as made:
        beat(made)


def test_a_rotation_cut_short_after_its_commit_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as made, monkeypatch.context() as patch:
        patch.setattr(Ring, "settle", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            made.rotate("log")

    with opened(tmp_path, of=Ring(tmp_path / "keys")) as made:
        beat(made)
        made.log.check()


def test_a_key_others_can_read_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / "keys/log.key").chmod(0o640)

    with pytest.raises(ConfigError, match="mode 0640, wanted 0600") as caught, opened(tmp_path) as made:
        beat(made)

    assert "chmod 600 log.key" in caught.value.fix


@pytest.mark.parametrize(
    ("name", "body", "what"),
    [
        ("salts.key", None, "cannot be read"),
        ("log.key", b"no key", "is not a private key"),
        ("salts.key", b"AAAA\n", "has 3 bytes, wanted 32"),
    ],
)
def test_a_damaged_key_is_named(tmp_path: Path, name: str, body: bytes | None, what: str) -> None:
    with opened(tmp_path):
        pass
    path = tmp_path / "keys" / name
    path.unlink()
    if body is not None:
        disk.put(path, body, mode=disk.PRIVATE)

    with pytest.raises(ConfigError, match=what), opened(tmp_path, of=Ring(tmp_path / "keys")) as made:
        add(made, events())


def test_another_kind_of_key_and_another_key_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        rsa = generate_private_key(65537, 1024)
        pem = rsa.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        disk.put(tmp_path / "keys/log.key", pem, mode=disk.PRIVATE)
        with pytest.raises(ConfigError, match="is not an Ed25519 key"):
            beat(made)

    ring(tmp_path, seed=8).new_private("log.key")
    with pytest.raises(ConfigError, match=r"is not key [0-9a-f]{8}"), opened(tmp_path) as made:
        beat(made)


def test_a_segment_that_is_not_the_one_sealed_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        one, two = add(made, events()), add(made, events(room="R2"), "b" * 64)
    log, keys, root = Log(tmp_path / "log"), Ring(tmp_path / "keys").salt_keys(), one.root.hex()
    segments = tmp_path / "log/segments"
    salts = tmp_path / f"log/salts/{root}.salts"
    good = salts.read_bytes()

    for change, what in (
        (lambda: shutil.copy(segments / f"{two.root.hex()}.parquet", segments / f"{root}.parquet"), "not those that"),
        (lambda: (segments / f"{root}.parquet").write_bytes(b"PAR1"), "cannot be read"),
        (lambda: salts.write_bytes(good[:-1]), "were changed"),
        (lambda: salts.write_bytes(good[:100]), "were changed"),
        (lambda: salts.write_bytes(b"x" + good[1:]), "were changed"),
        (lambda: salts.write_bytes(good.replace(good[20:36], b"0" * 16)), "key of these salts is not"),
        (lambda: salts.unlink(), "is missing"),
    ):
        change()
        with pytest.raises(EvidenceError, match=what):
            log.segment(root, keys)
        salts.write_bytes(good)
    with pytest.raises(EvidenceError, match="no entry names segment"):
        log.segment("f" * 64, keys)


def test_salts_of_another_length_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        segment = add(made, events())
        disk.put(made.folder / f"segments/{segment.root.hex()}.parquet", segment_of(events(5)))

    with pytest.raises(EvidenceError, match="5 rows and 6 salts"):
        Log(tmp_path / "log").segment(segment.root.hex(), Ring(tmp_path / "keys").salt_keys())


def segment_of(rows) -> bytes:
    from truecrowd.evidence.log.writing import parquet

    return parquet(rows)


def test_a_recording_cut_short_does_not_count(tmp_path: Path) -> None:
    source = {"sha256": "a" * 64}
    with opened(tmp_path) as made:
        for part, is_last in ((0, False), (0, False), (1, False), (2, True), (0, False)):
            made.commit([made.statement("segment", table="events", root="", part=part, is_last=is_last, source=source)])

    assert [one["part"] for one in Log(tmp_path / "log").recordings["a" * 64]] == [0, 1, 2]


def test_no_entry_of_that_number(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass

    for index in (-1, 2):
        with pytest.raises(InputError, match="the log has 2 entries"):
            Log(tmp_path / "log").entry(index)


def test_the_clock_is_in_microseconds() -> None:
    assert 1_700_000_000_000_000 < now_us() < 5_000_000_000_000_000


def test_a_folder_of_files_is_removed_and_a_missing_one_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_bytes(b"x")

    disk.remove(tmp_path / "a")
    disk.remove(tmp_path / "a")
    disk.forget(tmp_path / "a")

    assert list(tmp_path.iterdir()) == []


def test_names_outside_the_package_are_said_to_be_so() -> None:
    from truecrowd.evidence import log

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = log.nothing


def test_a_folder_without_a_log_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no log"):
        Log(tmp_path)


@pytest.mark.parametrize(("log", "keys"), [("a", "a/b"), ("a/b", "a"), ("a", "a")])
def test_keys_and_log_lie_apart(tmp_path: Path, log: str, keys: str) -> None:
    own = Ring.make(tmp_path / keys, ORIGIN)

    with (
        pytest.raises(ConfigError, match="lie in one another"),
        writer(tmp_path / log, own, tool="t"),
    ):
        pass


def test_data_that_no_entry_names_is_removed_when_the_log_is_opened(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        kept = add(made, events())
        strangers = [
            made.folder / f"segments/{'0' * 64}.parquet",
            made.folder / f"salts/{'0' * 64}.salts",
            made.folder / f"originals/{'0' * 64}/night",
            made.folder / f"originals/{'a' * 64}/night",
        ]
        for path in strangers:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")

    with opened(tmp_path) as made:
        made.log.segment(kept.root.hex(), made.ring.salt_keys())

    assert [path.exists() for path in strangers] == [False, False, False, True]
