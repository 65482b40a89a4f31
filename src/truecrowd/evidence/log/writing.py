"""Adding to a log: data, tiles, the signer's state, the checkpoint; then, and only then, acknowledged."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from truecrowd.errors import ConfigError, EvidenceError
from truecrowd.evidence import records, statements
from truecrowd.evidence.keys import Change, key_fields, policy
from truecrowd.evidence.log.disk import PRIVATE, locked, put, put_all, reader, remove
from truecrowd.evidence.log.reading import Groups, Log
from truecrowd.evidence.log.ring import Ring
from truecrowd.evidence.notes import Checkpoint, Key, Line, note, parse_note, public_of
from truecrowd.evidence.proofs import consistency_text
from truecrowd.evidence.salts import fresh, packed, wrapped
from truecrowd.evidence.tiles import bundled, grown, hashes_of, stale
from truecrowd.evidence.tree import EMPTY, consistency, leaf_hash, range_root

Clock = Callable[[], int]
"""Microseconds since 1970."""
_NONCE: Final = 12


def now_us() -> int:
    """Return the system's clock."""
    return time.time_ns() // 1_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that is hashed and not yet in the log.

    Args:
        root: Over its records.
        leaves: Leaf hashes, joined.
        commitments: By group, 32 bytes a record, joined.
        n: Records.
        groups: Which columns stand as commitments.
        files: What to keep, by path inside the log's folder.
    """

    root: bytes
    leaves: bytes
    commitments: Mapping[str, bytes]
    n: int
    groups: Groups
    files: Mapping[str, bytes]


def parquet(rows: pa.Table) -> bytes:
    """Return rows as one Parquet file that may hold nulls anywhere."""
    schema = pa.schema([one.with_nullable(nullable=True) for one in rows.schema])
    out = BytesIO()
    pq.write_table(rows.replace_schema_metadata(None).cast(schema), out, compression="zstd", version="2.6")
    return out.getvalue()


class Writer:
    """Adds to one log; made by `writer`, which holds the folder alone."""

    def __init__(self, folder: Path, ring: Ring, *, tool: str, clock: Clock = now_us) -> None:
        """Look where the log ends, finish a commit that was cut short, make the first entries of a new log.

        Args:
            folder: Of the log.
            ring: Its keys.
            tool: Name and version written into statements.
            clock: Gives the time.

        Raises:
            ConfigError: The keys are another log's.
            EvidenceError: The log is not the one that was signed last.
        """
        self.folder, self.ring, self.tool, self.clock = folder, ring, tool, clock
        self._is_broken = False
        self._read = reader(folder)
        self._head = Checkpoint(ring.origin, 0, EMPTY)
        if (folder / "checkpoint").exists():
            self._head = Log(folder).head
        if self._head.origin != ring.origin:
            what = f"the log is '{self._head.origin}', the keys are of '{ring.origin}'"
            raise ConfigError(what, where=f"--keys {ring.folder.name}", fix="name the keys of this log with --keys")
        self._recover()
        if self.size == 0:
            self._begin()
        Log(folder).check()
        self._settled()

    @property
    def size(self) -> int:
        """Entries so far."""
        return self._head.size

    @property
    def log(self) -> Log:
        """The log as it is now, to be read."""
        return Log(self.folder)

    @property
    def head(self) -> Checkpoint:
        """Size and root so far."""
        return self._head

    @property
    def key(self) -> Key:
        """The log key in use."""
        return self._key

    def statement(self, kind: str, settings: str | None = None, /, **said: Any) -> bytes:
        """Return the bytes of a statement made now; `said` are its own fields."""
        made = statements.statement(kind, self.clock(), tool=self.tool, settings=settings, **said)
        return statements.written(made)

    def segment(self, rows: pa.Table, table: str, groups: Groups, salts: Mapping[str, bytes] | None = None) -> Segment:
        """Hash at most 65,536 rows, under random salts where none are given."""
        made = salts or {name: self.ring.random(records.SALT * rows.num_rows) for name in groups}
        sealed = records.seal(rows, table, groups, made)
        root = sealed.root.hex()
        plain = packed(fresh(rows.num_rows, made))
        files = {
            f"segments/{root}.parquet": parquet(rows),
            f"salts/{root}.salts": wrapped(plain, sealed.root, self.ring.secret("salts.key"), self.ring.random(_NONCE)),
        }
        return Segment(sealed.root, sealed.leaves, sealed.commitments, rows.num_rows, groups, files)

    def commit(self, entries: Sequence[bytes], files: Mapping[str, bytes] | None = None) -> range:
        """Add statements; when this returns they are on the disk under a signed checkpoint.

        Args:
            entries: Statements, at least one.
            files: Data they speak of, by path inside the log's folder.

        Returns:
            The numbers of the entries.

        Raises:
            OSError: The disk is full or failed: nothing was acknowledged, and this writer takes no more.
            EvidenceError: The log does not continue what was signed, or an earlier write failed.
        """
        return self._commit(entries, self._key, files or {})

    def request(self, old: int) -> bytes:
        """Return an `add-checkpoint` request for a witness that knows this log at size `old`."""
        log = self.log
        return consistency_text(old, log.consistency(old)) + b"\n" + log.checkpoint

    def take(self, lines: Sequence[Line]) -> None:
        """Put cosignatures of witnesses under the newest checkpoint; the caller has checked them."""
        text, own = parse_note(self.log.checkpoint, where="checkpoint")
        given = [line for line in lines if line not in own]
        put(self.folder / "checkpoint", note(text, [*own, *given]))

    def rotate(self, role: str, *, action: str = "rotate") -> int:
        """Put a new key in the place of the log's or the export key; return the number of the entry that says so.

        Args:
            role: log or export.
            action: rotate, or compromise where the old one may be in other hands.
        """
        ring, name = self.ring, f"{role}.next.key"
        old = self._key if role == "log" else self.keys.exports[-1]
        key = self._fresh(name, old.name)
        change = Change(ring.origin, action, role, key, old, self.size + 1)
        signers = [(key, ring.private(name)), (old, ring.of(old))]
        signers += [(self._key, ring.of(self._key))] if role == "export" else []
        said = self.statement("key", **key_fields(change, signers))
        self._commit([said], key if role == "log" else self._key, {})
        self._settled()
        return self.size - 1

    def revoke_export(self) -> int:
        """Say that the newest export key counts no more and add a new one; return the number of the first entry."""
        old, ring = self.keys.exports[-1], self.ring
        signer = (self._key, ring.of(self._key))
        revoked = Change(ring.origin, "revoke", "export", old, None, self.size + 1)
        added = Change(ring.origin, "add", "export", self._fresh("export.next.key", old.name), None, self.size + 2)
        entries = [
            self.statement("key", **key_fields(revoked, [signer])),
            self.statement("key", **key_fields(added, [(added.key, ring.private("export.next.key")), signer])),
        ]
        first = self._commit(entries, self._key, {})[0]
        self._settled()
        return first

    def _fresh(self, name: str, key_name: str) -> Key:
        ring = self.ring
        return public_of(ring.private(name) if (ring.folder / name).exists() else ring.new_private(name), key_name)

    def _settled(self) -> None:
        self.keys = Log(self.folder).keys
        self._key = self.keys.at(self.size, where="checkpoint")
        for role, key in (("log", self._key), *(("export", one) for one in self.keys.exports)):
            self.ring.settle(role, key)
        path, trust = self.ring.folder / "trust.policy", policy(self.keys).encode()
        if not path.exists() or path.read_bytes() != trust:
            put(path, trust, mode=PRIVATE)

    def _begin(self) -> None:
        """Make the first two entries: the log's own key, and the export key."""
        ring = self.ring
        private, exporter = ring.private("log.key"), ring.private("export.key")
        key, export = public_of(private, ring.origin), public_of(exporter, f"{ring.origin}/export")
        first = Change(ring.origin, "add", "log", key, None, 1)
        second = Change(ring.origin, "add", "export", export, None, 2)
        entries = [
            self.statement("key", **key_fields(first, [(key, private)])),
            self.statement("key", **key_fields(second, [(export, exporter), (key, private)])),
        ]
        self._commit(entries, key, {})

    def _commit(self, entries: Sequence[bytes], key: Key, files: Mapping[str, bytes]) -> range:
        if self._is_broken:
            what = "an earlier write to this log failed"
            raise EvidenceError(what, where=self.folder.name, fix="look at the disk, then open the log again")
        self._is_broken = True
        old, size = self._head.size, self._head.size + len(entries)
        put_all(self.folder, files)
        leaves = [leaf_hash(one) for one in entries]
        tiles = dict(bundled(old, entries, self._read)) | dict(grown(old, leaves, self._read))
        put_all(self.folder, tiles)
        hashes = hashes_of(size, lambda name: tiles[name] if name in tiles else self._read(name))
        head = Checkpoint(self._head.origin, size, range_root(hashes, 0, size))
        self._publish(head, consistency(hashes, old, size), key)
        for name in stale(old, size):
            remove(self.folder / name)
        self._is_broken = False
        return range(old, size)

    def _publish(self, head: Checkpoint, proof: Sequence[bytes], key: Key) -> None:
        line = self.ring.sign(head, proof, key)
        put(self.folder / "checkpoint", note(head.text, [line]))
        self._head = head

    def _recover(self) -> None:
        """Sign again what was signed and never came into the folder; refuse a log that is not the one signed."""
        last = self.ring.last()
        if last == self._head or (last is None and self.size == 0):
            return
        if last is None or last.size < self.size:
            what = f"the key folder knows size {last.size if last else 0:,}, the log has {self.size:,}"
            fix = "restore the newer key folder; this one is an old copy"
            raise EvidenceError(what, where=self.folder.name, fix=fix)
        if last.size == self.size or not self._holds(last):
            what = (
                f"the log has size {self.size:,}; it was signed at size {last.size:,}, with entries that are not here"
            )
            fix = "restore the newer log folder; this one is an old copy, or was changed"
            raise EvidenceError(what, where=self.folder.name, fix=fix)
        self._publish(last, [], Log(self.folder, last).keys.at(last.size, where="checkpoint"))

    def _holds(self, last: Checkpoint) -> bool:
        try:
            Log(self.folder, last).check_root()
        except EvidenceError:
            return False
        return True


@contextmanager
def writer(folder: Path, ring: Ring, *, tool: str, clock: Clock = now_us) -> Iterator[Writer]:
    """Hold a log alone and add to it; makes a log where there is none.

    Raises:
        InputError: Another command writes to it.
        ConfigError: Keys and log lie in one another, or do not belong together.
        EvidenceError: The log is not the one that was signed last.
    """
    from truecrowd.evidence.log.keeping import complete, sweep

    apart(folder, ring.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        made = Writer(folder, ring, tool=tool, clock=clock)
        complete(made)
        sweep(made)
        yield made


def apart(folder: Path, keys: Path) -> None:
    """Refuse keys inside the log, or a log inside the keys.

    Raises:
        ConfigError: They are.
    """
    log, ring = folder.resolve(), keys.resolve()
    if log.is_relative_to(ring) or ring.is_relative_to(log):
        what = "the key folder and the log's folder lie in one another"
        raise ConfigError(what, where=f"--keys {keys.name}", fix="keep the keys elsewhere: --keys DIR")
