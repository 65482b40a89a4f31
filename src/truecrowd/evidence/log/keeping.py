"""Letting go: classes whose time is over, and records somebody asked to have erased.

One transaction: what the folder will hold is written aside, the `shred` statements are committed, then files change
places. A kill before the commit leaves everything; one after it is finished when the log is opened next.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.durable import sync_folder
from truecrowd.errors import ConfigError
from truecrowd.evidence import facts, salts
from truecrowd.evidence.log.disk import put, put_all, remove
from truecrowd.evidence.log.reading import Kept, Log
from truecrowd.evidence.log.writing import Writer, parquet
from truecrowd.evidence.retention import Due, Ends, Times, due_events, due_table, emptied, rooms_held
from truecrowd.evidence.statements import Statement, micros

PENDING: Final = "pending"
_PLAN: Final = "plan.json"
_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class Part:
    """What goes of one segment.

    Args:
        root: Hex.
        table: Name of its table.
        due: Which rows.
        original: SHA-256 of the bytes it was read from, None for a table.
    """

    root: str
    table: str
    due: Due
    original: str | None

    @property
    def n(self) -> int:
        """Records touched."""
        touched = self.due.gone.copy()
        for rows in self.due.closed.values():
            touched |= rows
        return int(touched.sum())

    @property
    def groups(self) -> list[str]:
        """Groups of which values go; every one where whole records go."""
        return ["all"] if self.due.gone.any() else [name for name, rows in self.due.closed.items() if rows.any()]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would let go.

    Args:
        parts: Segments touched.
        originals: SHA-256 of originals that would be removed.
        n_held: Records that would go and are held.
    """

    parts: tuple[Part, ...]
    originals: tuple[str, ...]
    n_held: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """Why something is erased.

    Args:
        request_id: Names the request.
        why: The reason.
        approved_by: A role, never a name.
    """

    request_id: str
    why: str
    approved_by: str


def plan(log: Log, times: Times, now_us: int) -> Plan:
    """Return what is due now. Nothing is changed."""
    holds = rooms_held(facts.held(one for _, one in log.said_of("hold")).values())
    ends = Ends()
    for _, _, rows in _segments(log, is_events=True):
        ends.add(rows)
    parts: list[Part] = []
    n_held = 0
    oldest: int | None = None
    for root, said, rows in _segments(log, is_events=True):
        due = due_events(rows, said["groups"], ends, times, now_us, holds)
        part = Part(root, "events", due, said["source"]["sha256"])
        n_held += Part(root, "", due_events(rows, said["groups"], ends, times, now_us, ()), None).n - part.n
        if (pc.is_valid(rows.column("ts")).to_numpy() & ~due.gone).any():
            oldest = min(micros(said["at"]), oldest or micros(said["at"]))
        parts += [part] if due.is_any else []
    for root, said, rows in _segments(log, is_events=False):
        due = due_table(rows, micros(said["at"]), oldest, times, now_us, holds)
        n_held += int(due_table(rows, micros(said["at"]), oldest, times, now_us, ()).gone.sum() - due.gone.sum())
        parts += [Part(root, said["table"], due, None)] if due.is_any else []
    return Plan(tuple(parts), _originals(log, parts), n_held)


def chosen(log: Log, accounts: Iterable[str]) -> Plan:
    """Return what an erasure of some accounts would let go: every hidden value of their rows, in every table.

    Raises:
        ConfigError: One of their rows is in a room that is held.
    """
    wanted = pa.array(sorted(set(accounts)), pa.string())
    holds = facts.held(one for _, one in log.said_of("hold"))
    parts = []
    for is_events in (True, False):
        for root, said, rows in _segments(log, is_events=is_events):
            is_theirs = np.zeros(rows.num_rows, bool)
            for name in ("account_id", "subject_id"):
                if name in rows.column_names:
                    is_theirs |= pc.fill_null(pc.is_in(rows.column(name), wanted), fill_value=False).to_numpy()
            if is_theirs.any():
                _refuse_held(rows, is_theirs, holds)
                closed = {name: is_theirs for name, own in said["groups"].items() if own}
                original = said["source"]["sha256"] if is_events else None
                parts.append(Part(root, said["table"], Due(closed, np.zeros(rows.num_rows, bool)), original))
    return Plan(tuple(parts), _originals(log, parts))


def _refuse_held(rows: pa.Table, which: np.ndarray, holds: Mapping[str, list[str] | None]) -> None:
    rooms = set(rows.column("room_id").filter(pa.array(which)).to_pylist()) if "room_id" in rows.column_names else set()
    for name, held in holds.items():
        if held is None or rooms & set(held) or None in rooms or not rooms:
            what = f"hold '{name}' keeps some of these rows"
            raise ConfigError(what, where="--erase", fix=f"lift it first: truecrowd seal --lift {name}")


def _originals(log: Log, parts: Iterable[Part]) -> tuple[str, ...]:
    touched = {part.original for part in parts if part.original}
    return tuple(sorted(one for one in touched if (log.folder / "originals" / one).exists()))


def _segments(log: Log, *, is_events: bool) -> Iterator[tuple[str, Statement, pa.Table]]:
    """Yield root, statement and rows of every segment that still has rows."""
    for root, (_, said) in log.segments.items():
        if (said["type"] == "segment") == is_events and (log.folder / f"segments/{root}.parquet").exists():
            yield root, said, log.rows(root)


def hold(writer: Writer, hold_id: str, rooms: list[str] | None, request: Request) -> int:
    """Keep rooms (None: everything) whatever their time; return the number of the entry."""
    said = facts.hold(hold_id, "place", rooms, request.why, request.approved_by)
    return writer.commit([writer.statement("hold", **said)])[0]


def lift(writer: Writer, hold_id: str, request: Request) -> int:
    """End a hold; return the number of the entry.

    Raises:
        ConfigError: There is no such hold.
    """
    known = facts.held(one for _, one in writer.log.said_of("hold"))
    if hold_id not in known:
        what = f"there is no hold '{hold_id}'"
        fix = f"write one of: {', '.join(known)}" if known else "no hold is in force"
        raise ConfigError(what, where="--lift", fix=fix)
    said = facts.hold(hold_id, "lift", known[hold_id], request.why, request.approved_by)
    return writer.commit([writer.statement("hold", **said)])[0]


def carry_out(writer: Writer, found: Plan, request: Request, *, class_: str | None = None) -> range:
    """Let go what a plan says; return the numbers of the `shred` entries.

    Every salt file is wrapped anew under a new key and the old key is forgotten, so no copy of a file opens a
    commitment that was erased here.

    Args:
        writer: Of the log.
        found: From `plan` or `chosen`, made of the same log.
        request: Why.
        class_: "retention" for a run of the classes, None for records somebody asked for.
    """
    _Change(writer, found).stage(request.request_id)
    said = [{"root": part.root, "records": part.n, "groups": part.groups} for part in found.parts]
    what = "records" if class_ is None else "class"
    entries = [
        writer.statement("shred", **one)
        for one in facts.shreds(
            request.request_id, what, said, found.originals, why=request.why, approved_by=request.approved_by,
            class_=class_,
        )
    ]  # fmt: skip
    numbers = writer.commit(entries)
    _apply(writer)
    return numbers


@dataclass(slots=True)
class _Change:
    """What the folder will hold, written aside."""

    writer: Writer
    found: Plan
    gone: list[str] = field(default_factory=list)

    def stage(self, request_id: str) -> None:
        writer, ring = self.writer, self.writer.ring
        ring.renew_salts()
        keys, key = ring.salt_keys(), ring.secret("salts.key")
        log = writer.log
        parts = {part.root: part for part in self.found.parts}
        remove_all(writer.folder / PENDING)
        for root, (_, said) in log.segments.items():
            if not (writer.folder / f"salts/{root}.salts").exists():
                continue
            files, kept = {}, log.salts(root, said["groups"], keys)
            if root in parts:
                rows, kept = _after(log.segment(root, keys), parts[root].due)
                files[f"segments/{root}.parquet"] = parquet(rows)
            if kept.n and kept.is_gone.all():
                self.gone += [f"segments/{root}.parquet", f"salts/{root}.salts"]
                continue
            plain = salts.packed(kept)
            files[f"salts/{root}.salts"] = salts.wrapped(plain, bytes.fromhex(root), key, ring.random(_NONCE))
            put_all(writer.folder / PENDING, files)
        self.gone += [f"originals/{one}" for one in self.found.originals]
        body = json.dumps({"request_id": request_id, "remove": self.gone}).encode()
        put(writer.folder / PENDING / _PLAN, body)


def _after(segment: Kept, due: Due) -> tuple[pa.Table, salts.Salts]:
    kept = segment.salts
    for name, rows in due.closed.items():
        kept = salts.close(kept, name, rows, segment.commitments[name])
    if due.gone.any():
        kept = salts.drop(kept, due.gone, segment.leaves)
    return emptied(segment.rows, due, segment.groups), kept


def complete(writer: Writer) -> bool:
    """Finish, or take back, an erasure that was cut short; return whether there was one."""
    pending = writer.folder / PENDING
    if not pending.exists():
        return False
    if not (pending / _PLAN).exists():
        remove_all(pending)
        return True
    request_id = json.loads((pending / _PLAN).read_bytes())["request_id"]
    if any(one["request_id"] == request_id and one["is_last"] for _, one in writer.log.said_of("shred")):
        _apply(writer)
    else:
        remove_all(pending)
    return True


def sweep(writer: Writer) -> None:
    """Remove data that no entry names: what a failed or killed sealing kept before it could say so."""
    log, folder = writer.log, writer.folder
    originals = {one["source"]["sha256"] for _, one in log.said_of("segment")}
    named = {"segments": {f"{root}.parquet" for root in log.segments}, "originals": originals}
    named["salts"] = {f"{root}.salts" for root in log.segments}
    for place, names in named.items():
        if (folder / place).exists():
            for path in (folder / place).iterdir():
                if path.name not in names:
                    remove_all(path)


def _apply(writer: Writer) -> None:
    """Move what was written aside into place; what is done already is passed over."""
    pending, folder = writer.folder / PENDING, writer.folder
    said: Mapping[str, Any] = json.loads((pending / _PLAN).read_bytes())
    for path in sorted(pending.rglob("*")):
        if path.is_file() and path.name != _PLAN:
            path.replace(folder / path.relative_to(pending))
    for name in said["remove"]:
        remove_all(folder / name)
    for name in ("segments", "salts", "originals"):
        if (folder / name).exists():
            sync_folder(folder / name)
    writer.ring.forget_old_salts()
    writer.ring.new_secret("tables.key")
    remove_all(pending)
    sync_folder(folder)


def remove_all(path: Path) -> None:
    """Remove a file, or a folder with all in it."""
    if path.is_dir() and not path.is_symlink():
        for one in path.iterdir():
            remove_all(one)
        path.rmdir()
    else:
        remove(path)
