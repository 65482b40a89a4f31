"""A small recording and its audit, sealed in a folder; and case files out of it. The same bytes every time."""

import atexit
import json
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
from invented_log import BEGIN, add, events, ring

from truecrowd.evidence import verify
from truecrowd.evidence.case import Case, Wanted, sealed_case
from truecrowd.evidence.container import packed
from truecrowd.evidence.log import Log, Ring, writer
from truecrowd.schema import TABLES
from truecrowd.surfaces import output
from truecrowd.surfaces.seal.audits import seal_audit

SHA = "a" * 64
NOW = BEGIN / 1e6 + 3600
PAGE = b"<!doctype html>\n<html><body><h1>Strong signs</h1>\n</body></html>\n"
SECRETS = ("R1-account-", "192.0.2.", "Phone ", "said by ", "R1-o")


def tables() -> dict[str, pa.Table]:
    """Two findings about room R1, its verdict, and a check that could not look."""
    finding = {
        "detector": "burst_join", "detector_version": 1, "scheme": "farm", "subject_type": "room", "room_id": "R1",
        "subject_id": "R1", "start": BEGIN, "end": BEGIN + 9, "score": 0.5, "evidence_count": 3, "params": "{}",
    }  # fmt: skip
    rows = {
        "findings": [
            finding | {"finding_id": "f1", "evidence": ["R1-e1", "R1-e3", "R1-e5"]},
            finding | {"finding_id": "f2", "evidence": ["R1-e4", "elsewhere"], "detector": "even_gaps"},
        ],
        "verdicts": [
            {"subject_type": "room", "subject_id": "R1", "room_id": "R1", "scheme": "any", "level": "high",
             "p_manufactured": 0.9, "reasons": []},
            {"subject_type": "account", "subject_id": "R1-account-1", "room_id": "R1", "scheme": "any",
             "level": "high", "p_manufactured": 0.9, "reasons": []},
        ],
        "coverage": [{"room_id": "R1", "detector": "co_arrival", "looked": False, "reason": "one_room", "n_events": 9}],
        "imports": [
            {"source": "night", "sha256": SHA, "format": "truecrowd", "n_read": 9, "n_kept": 9, "n_merged": 0,
             "n_duplicate": 0, "n_skipped": 0, "n_rejected": 0}
        ],
    }  # fmt: skip
    return {
        name: pa.table(
            {column: [row.get(column) for row in rows.get(name, ())] for column, _ in table.columns},
            schema=table.schema,
        )
        for name, table in TABLES.items()
    }


def audit(folder: Path, page: bytes = PAGE) -> Path:
    """Write what an audit writes."""
    document = {
        "schema": "truecrowd.report/1", "settings": "0" * 64, "reference_id": "simulated-1", "is_simulated": True,
        "checks": [{"name": "burst_join", "version": 1}, {"name": "even_gaps", "version": 1}],
    }  # fmt: skip
    files = {f"tables/{name}.parquet": rows for name, rows in tables().items()}
    body = json.dumps(document, separators=(",", ":")).encode()
    output.write(folder / "out", {output.REPORT: page, output.DOCUMENT: body, **files})
    return folder / "out"


@dataclass(frozen=True)
class Made:
    """A folder with a log, its keys and a sealed audit."""

    folder: Path

    @property
    def log(self) -> Log:
        return Log(self.folder / "log")

    @property
    def ring(self) -> Ring:
        return ring(self.folder)

    @property
    def trust(self) -> bytes:
        return (self.folder / "keys" / "trust.policy").read_bytes()

    @property
    def page(self) -> bytes:
        return (self.folder / "out" / "report.html").read_bytes()

    def case(self, subject: str = "R1", **wanted: object) -> dict[str, bytes]:
        """Return the files of a case file, not packed yet."""
        made = Case(self.log, self.ring, self.folder / "out", Wanted(subject, **wanted))
        return made.files(made.facts(), {"README.txt": b"read me\n"})

    def packed(self, files: dict[str, bytes] | None = None) -> bytes:
        """Return a case file of these files, signed by the export key."""
        key = self.log.keys.exports[-1]
        return packed(self.case() if files is None else files, key, self.ring.of(key))

    def sealed(self, **wanted: object) -> bytes:
        made = Case(self.log, self.ring, self.folder / "out", Wanted("R1", **wanted))
        return sealed_case(made, made.facts(), {"README.txt": b"read me\n"})[0]

    def commit(self, *said: dict[str, object]) -> range:
        """Add statements to the log."""
        with self.writer() as adding:
            return adding.commit([adding.statement(str(one.pop("type")), **one) for one in map(dict, said)])

    def writer(self, of: Ring | None = None):
        return writer(self.folder / "log", of or self.ring, tool="truecrowd test", clock=lambda: BEGIN)


def make(folder: Path, n: int = 9, page: bytes = PAGE) -> Made:
    """Seal a recording of `n` rows and its audit."""
    with writer(folder / "log", ring(folder), tool="truecrowd test", clock=lambda: BEGIN) as adding:
        add(adding, events(n), SHA)
        add(adding, events(5, "R2"), SHA.replace("a", "b"))
        seal_audit(audit(folder, page), adding)
    return Made(folder)


@cache
def shared() -> Made:
    """Return one that nobody changes."""
    folder = Path(tempfile.mkdtemp(prefix="truecrowd-case-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make(folder)


def judged(data: bytes, trust: bytes | None = None, head: bytes | None = None, **more: object):
    """Return the checks of a file by name: (state, code, what)."""
    reader = verify.Reader(trust, head, more.pop("now", NOW), more.pop("stamp", None))
    return {one.check: one for one in verify.judge(memoryview(data), reader)}


def states(data: bytes, trust: bytes | None = None, head: bytes | None = None, **more: object) -> dict[str, str]:
    return {name: one.state for name, one in judged(data, trust, head, **more).items()}


def failed(data: bytes, trust: bytes) -> list[str]:
    """Return the names of failed checks."""
    return [name for name, state in states(data, trust).items() if state == "failed"]
