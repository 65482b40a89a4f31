"""A sink that lists what a reader makes of each row, and short ways to feed one."""

from dataclasses import dataclass, field

import orjson

from truecrowd.ingest.importer import About, Importer, Row, Sample


@dataclass
class ListSink:
    """Everything in order of arrival."""

    kept: list[tuple[str, Row]] = field(default_factory=list)
    bins: list[tuple[str, str]] = field(default_factory=list)
    is_sampled: list[str] = field(default_factory=list)
    zones: list[tuple[str, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def keep(self, native: str, row: Row) -> None:
        self.kept.append((native, row))

    def skip(self, native: str) -> None:
        self.bins.append(("skip", native))

    def merge(self, native: str) -> None:
        self.bins.append(("merge", native))

    def duplicate(self, native: str) -> None:
        self.bins.append(("duplicate", native))

    def reject(self, reason: str, native: str = "") -> None:
        self.bins.append((reason, native))

    def sampled(self, event_type: str) -> None:
        self.is_sampled.append(event_type)

    def measured_tz(self, tz: str, n_rows: int) -> None:
        self.zones.append((tz, n_rows))

    def note(self, text: str) -> None:
        self.notes.append(text)

    @property
    def rows(self) -> list[Row]:
        return [row for _, row in self.kept]

    def column(self, name: str) -> list[object]:
        return [row.get(name) for row in self.rows]


def feed(importer, units, *, source="room7_2019-5-10.txt", tz=None, room=None, header=(), lines=()) -> ListSink:
    """Read units to the end and return what came out."""
    sink = ListSink()
    stem = source.rpartition(".")[0] or source
    reader = importer.start(About(source, stem, room, tz, "", tuple(header), (), tuple(lines)), sink)
    for unit in units:
        reader.feed(unit)
    reader.close()
    return sink


def text_units(text: str) -> list[bytes]:
    return [line.encode() for line in text.split("\n") if line]


def json_units(*records: object) -> list[bytes]:
    return [record if isinstance(record, bytes) else orjson.dumps(record) for record in records]


def sample_of(text: str, *, header=(), delimiter="", whole=None) -> Sample:
    lines = tuple(line for line in text.split("\n") if line)[:200]
    objects = []
    for line in lines:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            objects.append(value)
    return Sample("any", text, lines, tuple(objects), whole, tuple(header), delimiter)


def claims(importer: Importer, text: str, **more: object) -> float:
    match = importer.recognise(sample_of(text, **more))
    return match.confidence if match else 0.0
