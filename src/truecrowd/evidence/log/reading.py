"""Reading a log's folder: entries, proofs, the rows behind a root."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from truecrowd.errors import EvidenceError, InputError
from truecrowd.evidence import records, statements
from truecrowd.evidence.keys import Keys, folded
from truecrowd.evidence.log.disk import reader
from truecrowd.evidence.notes import Checkpoint, is_by, is_good, parse_checkpoint, parse_note
from truecrowd.evidence.proofs import Proof, entry_extra, proof_text, record_extra
from truecrowd.evidence.salts import Salts, unpacked, unwrapped
from truecrowd.evidence.tiles import WIDTH, Read, entries_in, hashes_of, tile_path, width_at
from truecrowd.evidence.tree import SIZE, Hashes, consistency, inclusion, leaf_hash, levels_of, range_root, root_of

Groups = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of one segment, and the hashes it stands for.

    Args:
        table: Name of the table its rows are of.
        rows: In leaf order; values that are gone are null.
        groups: Which columns stand as commitments.
        salts: See `Salts`.
        commitments: By group, 32 bytes a row, joined; zeros for rows of which the leaf hash alone is kept.
        leaves: Leaf hashes, joined.
    """

    table: str
    rows: pa.Table
    groups: Groups
    salts: Salts
    commitments: Mapping[str, bytes]
    leaves: bytes

    def record(self, at: int) -> bytes:
        """Return the bytes of one record.

        Raises:
            EvidenceError: Its values are gone.
        """
        if self.salts.is_gone[at]:
            raise _gone(f"record {at:,} is past its time; its hash alone is kept", self.table)
        one = {name: made[at * SIZE : (at + 1) * SIZE] for name, made in self.commitments.items()}
        return records.record_bytes(self.rows.slice(at, 1), self.table, self.groups, one)[0]

    def opening(self, at: int, group: str) -> tuple[str, bytes, bytes]:
        """Return what opens one commitment: group, salt, fields.

        Raises:
            EvidenceError: The salt is gone.
        """
        if self.salts.is_gone[at] or self.salts.groups[group].is_closed[at]:
            raise _gone(f"group '{group}' of record {at:,} was erased", self.table)
        body = records.fields(self.rows.slice(at, 1), self.groups[group])[0].as_py()
        return group, self.salts.groups[group].salts[at].tobytes(), body


def kept(table: str, rows: pa.Table, groups: Groups, salts: Salts) -> Kept:
    """Return a segment with its hashes made anew from rows and salts."""
    commitments = {}
    for name, one in salts.groups.items():
        made = np.frombuffer(records.commit(rows, groups[name], one.salts.tobytes()), np.uint8).reshape(-1, SIZE)
        whole = np.where(one.is_closed[:, None], one.commitments, made)
        commitments[name] = np.where(salts.is_gone[:, None], np.uint8(0), whole).tobytes()
    made = np.frombuffer(records.close(rows, table, groups, commitments).leaves, np.uint8).reshape(-1, SIZE)
    leaves = np.where(salts.is_gone[:, None], salts.leaves, made).tobytes()
    return Kept(table, rows, groups, salts, commitments, leaves)


class Log:
    """A log's folder, read. Nothing in it is changed."""

    def __init__(self, folder: Path, head: Checkpoint | None = None) -> None:
        """Read the newest checkpoint.

        Args:
            folder: Of the log.
            head: Size and root to read the tiles at, instead of the newest checkpoint's.

        Raises:
            InputError: There is no log.
            EvidenceError: The checkpoint is malformed.
        """
        self.folder = folder
        self.read: Read = reader(folder)
        self.checkpoint = b"" if head else _checkpoint(folder)
        self.head: Checkpoint = head or parse_checkpoint(
            parse_note(self.checkpoint, where="checkpoint")[0], where="checkpoint"
        )
        self.hashes: Hashes = hashes_of(self.head.size, self.read)

    @property
    def size(self) -> int:
        """Entries under the checkpoint."""
        return self.head.size

    def check(self) -> None:
        """Check the newest checkpoint against the tiles, and its signature against the log's own keys.

        Raises:
            EvidenceError: One does not hold.
        """
        self.check_root()
        key = self.keys.at(self.size, where="checkpoint")
        text, lines = parse_note(self.checkpoint, where="checkpoint")
        if not any(is_by(line, key) and is_good(line, key, text) for line in lines):
            raise _changed("the checkpoint is not signed by this log's key", self.folder)

    def check_root(self) -> None:
        """Check the tiles against size and root.

        Raises:
            EvidenceError: They give another root, or are not there.
        """
        if range_root(self.hashes, 0, self.size) != self.head.root:
            raise _changed("the tiles do not give the checkpoint's root", self.folder)

    def entry(self, index: int) -> bytes:
        """Return one entry.

        Raises:
            InputError: There is none of that number.
            EvidenceError: It is not the one that was sealed.
        """
        if not 0 <= index < self.size:
            what = f"the log has {self.size:,} entries, wanted number {index:,}"
            raise InputError(what, where="--entry", fix=f"choose one from 0 to {self.size - 1}")
        at, inside = divmod(index, WIDTH)
        return self._bundle(at)[inside]

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of every entry, each checked against its tile."""
        for at in range(-(-self.size // WIDTH)):
            for inside, body in enumerate(self._bundle(at)):
                yield at * WIDTH + inside, body

    def _bundle(self, at: int) -> list[bytes]:
        width = width_at(self.size, 0, at)
        name = tile_path("entries", at, width)
        found = entries_in(self.read(name), width, where=name)
        tile = self.read(tile_path(0, at, width))
        for inside, body in enumerate(found):
            if leaf_hash(body) != tile[inside * SIZE : (inside + 1) * SIZE]:
                raise _changed(f"entry {at * WIDTH + inside:,} is not the one that was sealed", self.folder)
        return found

    @cached_property
    def said(self) -> list[tuple[int, statements.Statement]]:
        """Every statement with its number, in order."""
        return [(index, statements.parse(body, where=f"entry {index}")) for index, body in self.entries()]

    def said_of(self, *types: str) -> list[tuple[int, statements.Statement]]:
        """Return the statements of some types with their numbers, in order; the others are not parsed."""
        marks = [f'"type":"{one}"'.encode() for one in types]
        found = [
            (index, statements.parse(body, where=f"entry {index}"))
            for index, body in self.entries()
            if any(mark in body for mark in marks)
        ]
        return [(index, one) for index, one in found if one["type"] in types]

    @cached_property
    def keys(self) -> Keys:
        """The log's keys, from its own statements."""
        return folded(self.head.origin, self.said_of("key"), where=self.folder.name)

    @cached_property
    def segments(self) -> dict[str, tuple[int, statements.Statement]]:
        """By root of a segment (hex), number and statement of the `segment` or `table` entry that names it."""
        found = {}
        for index, one in self.said_of("segment", "table"):
            if one["type"] == "segment":
                found[one["root"]] = (index, one)
            else:
                found |= {part["root"]: (index, one) for part in one["segments"]}
        return found

    @cached_property
    def recordings(self) -> dict[str, list[statements.Statement]]:
        """By SHA-256 of an original, the segment statements of its newest sealing that came to its end."""
        found: dict[str, list[statements.Statement]] = {}
        open_: dict[str, list[statements.Statement]] = {}
        for _, one in self.said_of("segment"):
            sha256 = one["source"]["sha256"]
            open_[sha256] = [*(open_.get(sha256, ()) if one["part"] else ()), one]
            if one["is_last"]:
                found[sha256] = open_[sha256]
        return found

    def inclusion(self, index: int) -> list[bytes]:
        """Return the inclusion path of one entry."""
        return inclusion(self.hashes, index, self.size)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that the log of `old` entries is the beginning of this one."""
        return consistency(self.hashes, old, self.size)

    def root_at(self, size: int) -> bytes:
        """Return the root the log had at an earlier size."""
        return range_root(self.hashes, 0, size)

    def proof(self, index: int) -> bytes:
        """Return the proof text of one entry."""
        return self._proof(index, entry_extra(self.entry(index)))

    def record_proof(self, segment: Kept, root: bytes, at: int, groups: Sequence[str] = ()) -> bytes:
        """Return the proof text of one record, opening some of its groups."""
        index, said = self.segments[root.hex()]
        roots = [part["root"] for part in said.get("segments", ())]
        path = inclusion(levels_of(segment.leaves), at, len(segment.leaves) // SIZE)
        opened = [segment.opening(at, group) for group in sorted(groups)]
        number = roots.index(root.hex()) if roots else None
        extra = record_extra(self.entry(index), segment.record(at), at, path, opened, number)
        return self._proof(index, extra)

    def _proof(self, index: int, extra: bytes) -> bytes:
        return proof_text(Proof(extra, index, self.inclusion(index), self.checkpoint))

    def rows(self, root: str) -> pa.Table:
        """Return the rows of a segment as they are kept, hashes not looked at.

        Raises:
            EvidenceError: They are gone, or cannot be read.
        """
        name = f"segments/{root}.parquet"
        try:
            return pq.read_table(BytesIO(self.read(name)))
        except (pa.ArrowInvalid, OSError) as error:
            raise _changed(f"'{name}' cannot be read", self.folder) from error

    def segment(self, root: str, keys: Mapping[str, bytes]) -> Kept:
        """Return a segment, its root checked.

        Args:
            root: Hex.
            keys: Salt keys, see `Ring.salt_keys`.

        Raises:
            EvidenceError: Rows or salts are not those that were sealed, or are gone.
        """
        if root not in self.segments:
            raise _changed(f"no entry names segment {root[:16]}", self.folder)
        _, said = self.segments[root]
        groups: Groups = said["groups"]
        salts = self.salts(root, groups, keys)
        rows = self.rows(root)
        if rows.num_rows != salts.n:
            raise _changed(f"segment {root[:16]} has {rows.num_rows:,} rows and {salts.n:,} salts", self.folder)
        found = kept(said["table"], rows, groups, salts)
        if root_of(found.leaves).hex() != root:
            raise _changed(f"the rows of segment {root[:16]} are not those that were sealed", self.folder)
        return found

    def salts(self, root: str, groups: Groups, keys: Mapping[str, bytes]) -> Salts:
        """Return the salts of a segment."""
        name = f"salts/{root}.salts"
        plain = unwrapped(self.read(name), bytes.fromhex(root), keys, where=name)
        return unpacked(plain, list(groups), where=name)


def _checkpoint(folder: Path) -> bytes:
    try:
        return (folder / "checkpoint").read_bytes()
    except OSError as error:
        what = f"there is no log in '{folder.name}'"
        raise InputError(what, where=f"--log {folder.name}", fix="truecrowd seal PATH makes one") from error


def _changed(what: str, folder: Path) -> EvidenceError:
    return EvidenceError(what, where=folder.name, fix="restore the log folder from a copy; do not repair it")


def _gone(what: str, where: str) -> EvidenceError:
    return EvidenceError(what, where=where, fix="the log's shred statements say why")
