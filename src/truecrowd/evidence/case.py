"""A case file out of a log: which statements and records it holds, what of them is opened, and for whom.

The only file of this package besides `log` that reads the disk. Format: docs/decisions/0009, section 8.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import EvidenceError, InputError
from truecrowd.evidence.container import MANIFEST, manifest, packed
from truecrowd.evidence.log import Kept, Log, Ring
from truecrowd.evidence.notes import b64
from truecrowd.evidence.proofs import consistency_text, unsealed
from truecrowd.evidence.shipping import shipped
from truecrowd.evidence.statements import Statement

PROFILES: Final = ("full", "party", "consumer", "samr", "fre902")
OWN: Final = frozenset({"party", "consumer"})
"""Profiles that open one account's own records and nothing of anybody else."""
SCOPES: Final = ("cited", "room")
ROWS: Final = ("coverage", "shares", "verdicts")
"""Tables of which the rows about the room itself are shipped, beside its findings."""
_ALL: Final = frozenset({"client", "said", "who"})
_OPEN: Final = frozenset({"who"})
_MOST_PEOPLE: Final = 50_000
"""Most records that case.json sorts by account; more would make it larger than the records."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Args:
        subject: A finding, room or case.
        profile: For whom.
        scope: "cited": records that findings cite; "room": every record of the room.
        basis: Legal basis for opening what names people; None: nothing that does is opened.
        account: Whose own records are opened, for `party` and `consumer`.
        heads: Sizes of earlier heads to which the log is shown to be true.
    """

    subject: str
    profile: str = "full"
    scope: str = "cited"
    basis: str | None = None
    account: str | None = None
    heads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case file is about; written into it as case.json, and into its README.

    Args:
        case_id: Its name.
        wanted: What was asked for.
        rooms: Rooms concerned.
        findings: Ids.
        n_cited: Records of the room that findings cite.
        n_shipped: Records of the room that are in the file.
        n_room: Records of the room that are sealed.
        head: `origin size root`.
        last_case_seq: Of the newest decision or appeal shipped; None where there is none.
        sources: What was recorded, and how; see custody.json.
        people: Names of this file for accounts, and the records that are theirs, as (segment, place).
    """

    case_id: str
    wanted: Wanted
    rooms: tuple[str, ...]
    findings: tuple[str, ...]
    n_cited: int
    n_shipped: int
    n_room: int
    head: str
    last_case_seq: int | None
    sources: tuple[Mapping[str, Any], ...]
    people: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)

    def text(self) -> bytes:
        """Return case.json."""
        said = {
            "case_id": self.case_id, "findings": self.findings, "head": self.head,
            "last_case_seq": self.last_case_seq, "n_cited": self.n_cited, "n_room": self.n_room,
            "n_shipped": self.n_shipped, "people": self.people, "profile": self.wanted.profile, "rooms": self.rooms,
            "scope": self.wanted.scope, "type": "truecrowd-case-facts/1", "v": 1,
        }  # fmt: skip
        return _line(said)


class Case:
    """One case file in the making; what it holds is looked up when it is first asked for."""

    def __init__(self, log: Log, ring: Ring, audit: Path, wanted: Wanted) -> None:
        """Look up what is asked for.

        Args:
            log: The log, checked.
            ring: Its keys.
            audit: Folder of the sealed audit.
            wanted: What is asked for.

        Raises:
            InputError: The audit is not sealed in this log, or nothing of that name is in it.
        """
        self.log, self.ring, self.audit, self.wanted = log, ring, audit, wanted
        self.page = _read(audit / "report.html")
        self.number, self.report = self._report()
        self.tables: dict[str, tuple[int, Statement]] = {
            one["table"]: (index, one)
            for index, one in log.said_of("table")
            if index < self.number and one["root"] == self.report["tables"].get(one["table"])
        }
        self.chain = [(index, one) for index, one in self._chained() if one["case_id"] == wanted.subject]
        self.findings = self._findings()

    def _chained(self) -> Iterable[tuple[int, Statement]]:
        return self.log.said_of("decision", "review", "appeal", "appeal_result")

    def _report(self) -> tuple[int, Statement]:
        page, block = unsealed(self.page, where="report.html")
        own = sha256(page).hexdigest()
        found = [(index, one) for index, one in self.log.said_of("report") if one["html_sha256"] == own]
        if block is None or not found:
            what = "the audit is not sealed in this log"
            raise InputError(what, where=self.audit.name, fix=f"truecrowd seal {self.audit.name}")
        return found[-1]

    def _findings(self) -> list[tuple[int, Statement]]:
        roots = {part["root"] for part in self.tables["findings"][1]["segments"]}
        own = [(index, one) for index, one in self.log.said_of("finding") if one["row"]["table_root"] in roots]
        ids = {name for _, one in self.chain for name in one.get("finding_ids", ())}
        subject = self.wanted.subject
        found = [(index, one) for index, one in own if one["finding_id"] in ids | {subject}]
        found = found or [(index, one) for index, one in own if one["room_id"] == subject]
        if not found and not self.chain and subject not in self._rooms_seen():
            what = f"no finding, room or case '{subject[:80]}' is in this audit"
            raise InputError(what, where=self.audit.name, fix="name one that report.json lists")
        newest = {one["finding_id"]: (index, one) for index, one in found}
        return sorted(newest.values(), key=lambda pair: pair[0])

    def _rooms_seen(self) -> set[str]:
        return {str(room) for _, rows in self._rows("coverage") for room in rows.column("room_id").to_pylist()}

    def _rows(self, name: str) -> Iterable[tuple[str, pa.Table]]:
        for part in self.tables[name][1]["segments"]:
            yield part["root"], self.log.rows(part["root"])

    @cached_property
    def rooms(self) -> tuple[str, ...]:
        """Rooms that the case is about; none where it is about something wider than a room."""
        named = {one["room_id"] for _, one in self.findings if one["room_id"] is not None}
        return tuple(sorted(named or {self.wanted.subject} & self._rooms_seen()))

    @cached_property
    def recorded(self) -> list[tuple[int, Statement]]:
        """Segments of the recordings that the audit read, with their numbers."""
        wanted = {one["sha256"] for one in self.report["inputs"]}
        roots = {
            one["root"]
            for sha, parts in self.log.recordings.items()
            if {sha, *(member["sha256"] for member in parts[-1]["source"].get("members", ()))} & wanted
            for one in parts
        }
        cited = {place["segment"] for _, one in self.findings for place in one["evidence"]}
        return [(index, one) for index, one in self.log.said_of("segment") if one["root"] in roots | cited]

    @cached_property
    def places(self) -> dict[str, set[int]]:
        """Records to ship, by segment."""
        found: dict[str, set[int]] = {}
        for _, one in self.findings:
            for place in [*one["evidence"], {"segment": one["row"]["table_root"], "record": one["row"]["index"]}]:
                if place["segment"] is not None:
                    found.setdefault(place["segment"], set()).add(place["record"])
        for name in ROWS:
            for root, rows in self._rows(name):
                found.setdefault(root, set()).update(_where(rows, self._about(name)))
        for root, rows in self._recorded_rows():
            mine = {"room_id": self.rooms} if self.wanted.scope == "room" else {}
            own = {"account_id": (self.wanted.account,)} if self.wanted.account else {}
            for column in (mine, own):
                found.setdefault(root, set()).update(_where(rows, column | ({"room_id": self.rooms} if own else {})))
        return {root: places for root, places in sorted(found.items()) if places}

    def _about(self, name: str) -> dict[str, Sequence[str]]:
        own: dict[str, Sequence[str]] = {"room_id": self.rooms}
        return own | {"subject_type": ("room",)} if name == "verdicts" else own

    def _recorded_rows(self) -> Iterable[tuple[str, pa.Table]]:
        for _, one in self.recorded:
            if one["records"]:
                yield one["root"], self.log.rows(one["root"])

    def opened(self, kept: Kept, places: Sequence[int]) -> dict[int, frozenset[str]]:
        """Return which groups of which records are opened, by the profile."""
        own = kept.groups.keys()
        if kept.table != "events":
            return dict.fromkeys(places, _OPEN & own) if kept.table == "verdicts" else {}
        if self.wanted.profile in OWN:
            mine = set(_where(kept.rows, {"account_id": (str(self.wanted.account),)}))
            return {place: frozenset(own) for place in places if place in mine}
        return {place: frozenset(own) for place in places} if self.wanted.basis else {}

    def facts(self) -> Facts:
        """Return what the case file is about."""
        cited = {(p["segment"], p["record"]) for _, one in self.findings for p in one["evidence"] if p["segment"]}
        room = {root: set(_where(rows, {"room_id": self.rooms})) for root, rows in self._recorded_rows()}
        head = self.log.head
        name = self.wanted.subject if self.chain else self._name()
        return Facts(
            case_id=name, wanted=self.wanted, rooms=self.rooms,
            findings=tuple(one["finding_id"] for _, one in self.findings),
            n_cited=sum(place in room.get(root, ()) for root, place in cited),
            n_shipped=sum(len(places & room[root]) for root, places in self.places.items() if root in room),
            n_room=sum(map(len, room.values())), head=f"{head.origin} {head.size} {b64(head.root)}",
            last_case_seq=max((one["case_seq"] for _, one in self.chain), default=None),
            sources=tuple(_custody(one) for _, one in self.recorded), people=self._people(name),
        )  # fmt: skip

    def _name(self) -> str:
        of = f"{self.log.head.origin}\n{self.report['html_sha256']}\n{self.wanted.subject}\n".encode()
        return "case-" + sha256(of).hexdigest()[:12]

    def _people(self, case_id: str) -> dict[str, list[tuple[str, int]]]:
        """Return accounts under names that hold in this case file only, each with its records."""
        key = hmac.digest(self.ring.secret("salts.key"), f"truecrowd case names\n{case_id}".encode(), "sha256")
        found: dict[str, list[tuple[str, int]]] = {}
        for root, rows in self._recorded_rows():
            places = sorted(self.places.get(root, ()))
            if "account_id" not in rows.column_names or sum(map(len, found.values())) + len(places) > _MOST_PEOPLE:
                continue
            for place, account in zip(
                places, rows.column("account_id").take(pa.array(places, pa.int64())), strict=True
            ):
                if account.is_valid:
                    name = "p" + hmac.digest(key, str(account.as_py()).encode(), "sha256").hex()[:12]
                    found.setdefault(name, []).append((root, place))
        return dict(sorted(found.items()))

    def numbers(self) -> list[int]:
        """Return the entries to ship: keys, custody, detectors, tables, findings, the report, the case's own steps."""
        names = {one["detector"] for _, one in self.findings}
        detectors = {
            one["name"]: index
            for index, one in self.log.said_of("detector")
            if index < self.number and one["name"] in names
        }
        tables = [self.tables[name][0] for name in ("findings", *ROWS)]
        others = [
            index for index, _ in (*self.log.said_of("key", "anchor"), *self.recorded, *self.findings, *self.chain)
        ]
        return sorted({*others, *tables, *detectors.values(), self.number})

    def files(self, facts: Facts, texts: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return every file of the case file but manifest and envelope.

        Args:
            facts: What `facts` gave.
            texts: README.txt, and what else the profile asks for.
        """
        found = {**texts, "case.json": facts.text(), "custody.json": _line({**_STANDARDS, "sources": facts.sources})}
        found["verify.py"] = Path(__file__).with_name("verify.py").read_bytes()
        found["log/checkpoint"] = self.log.checkpoint
        if self.wanted.profile not in OWN:
            found |= {"report.html": self.page, "report.json": _read(self.audit / "report.json")}
        for number in self.numbers():
            found[f"statements/{number}.json"] = self.log.entry(number)
            found[f"log/proofs/{number}.tlog-proof"] = self.log.proof(number)
        for size in self._heads():
            found[f"log/consistency-{size}"] = consistency_text(size, self.log.consistency(size))
        return found | self._tokens() | self._records()

    def _heads(self) -> set[int]:
        seal = json.loads(self.page.split(b'id="truecrowd-seal">')[1].split(b"</script>")[0])
        anchors = {one["size"] for _, one in self.log.said_of("anchor")}
        return {size for size in {seal["size"], *anchors, *self.wanted.heads} if 0 < size < self.log.size}

    def _tokens(self) -> dict[str, bytes]:
        return {
            f"time/{one['size']:012d}-{one['checkpoint_sha256']}.tsr": self.log.read(f"anchors/{one['token_sha256']}")
            for _, one in self.log.said_of("anchor")
            if one["kind"] == "rfc3161"
        }

    def _records(self) -> dict[str, bytes]:
        keys, found = self.ring.salt_keys(), {}
        for root, chosen in self.places.items():
            kept, places = self.log.segment(root, keys), sorted(chosen)
            gone = [place for place in places if kept.salts.is_gone[place]]
            if gone:
                what = f"record {gone[0]:,} of segment {root[:16]} is past its time; its hash alone is kept"
                raise EvidenceError(what, where="case export", fix="the log's shred statements say why")
            rows, others = shipped(kept, places, self.opened(kept, places))
            found[f"records/{root}.records"] = rows
            if others:
                found[f"records/{root}.hashes"] = others
        return found


_STANDARDS: Final[Mapping[str, Any]] = {
    "algorithms": ["SHA-256 (FIPS 180-4)", "SM3 (GB/T 32905-2016)", "Ed25519 (RFC 8032)", "HMAC-SHA-256 (RFC 2104)"],
    "standards": ["RFC 6962 section 2.1", "C2SP signed-note, tlog-checkpoint, tlog-proof", "DSSE 1.0.2", "RFC 3161"],
    "type": "truecrowd-custody/1", "v": 1,
}  # fmt: skip


def sealed_case(case: Case, facts: Facts, texts: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Return a case file and the hash of its manifest.

    Args:
        case: What it holds.
        facts: What it is about.
        texts: Files that people read.
    """
    files = case.files(facts, texts)
    key = case.log.keys.exports[-1]
    return packed(files, key, case.ring.of(key)), sha256(manifest(files)).hexdigest()


def _custody(said: Statement) -> dict[str, Any]:
    names = ("root", "records", "part", "is_last", "first_ts", "last_ts", "source", "custody", "clock")
    last = ("counts", "by_type", "rejects", "sequence", "checks", "receipt")
    return {name: said[name] for name in (*names, *(last if said["is_last"] else ())) if name in said}


def _where(rows: pa.Table, columns: Mapping[str, Sequence[str]]) -> list[int]:
    """Return the places of rows that hold one of these values in each of these columns; none where none is asked."""
    if not columns or any(name not in rows.column_names for name in columns):
        return []
    masks = [
        pc.is_in(rows.column(name).cast(pa.string()), pa.array(values, pa.string())) for name, values in columns.items()
    ]
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.and_(mask, other)
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"'{path.name}' cannot be read: {(error.strerror or 'unknown').lower()}"
        raise InputError(
            what, where=path.parent.name, fix="name the folder of the sealed audit with --audit"
        ) from error


def _line(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


__all__ = ["MANIFEST", "PROFILES", "SCOPES", "Case", "Facts", "Wanted", "sealed_case"]
