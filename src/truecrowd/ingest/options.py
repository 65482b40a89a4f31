"""What the caller may choose about reading; no clock, no environment."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from truecrowd.ingest.orders.mapping import Mapping

MEBI: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes past which input is refused or rejected; they keep hostile files from filling memory.

    Args:
        field_bytes: Longest cell or JSON string, bytes; longer ones reject the row as `too_long`.
        line_bytes: Longest line, bytes; longer ones reject it as `too_long`, reading goes on at the next LF.
        json_depth: Deepest nesting of JSON; deeper ones reject the row as `too_deep`.
        quoted_bytes: Longest quoted cell before the quote counts as unclosed, bytes.
        quoted_lines: Most lines of one quoted cell before the quote counts as unclosed.
        free_bytes: Unpacked bytes before `unpacked_ratio` is looked at.
        unpacked_ratio: Most unpacked bytes per packed byte; real recordings pack 1.3 to 10.6 : 1, zeros 1,029 : 1.
        unpacked_bytes: Most bytes one file may unpack to.
        document_bytes: Largest JSON document that is parsed whole, bytes.
        rejects: Most rows kept in the rejects table; past it one row per reason and exact counts.
        natives: Most native kinds counted apart in one file; past it they are counted together.
        order_rows: Most rows of one order export: its wanted columns are held whole.
    """

    field_bytes: int = MEBI
    line_bytes: int = 8 * MEBI
    json_depth: int = 32
    quoted_bytes: int = 64 << 10
    quoted_lines: int = 100
    free_bytes: int = 64 * MEBI
    unpacked_ratio: int = 200
    unpacked_bytes: int = 20 << 30
    document_bytes: int = 256 * MEBI
    rejects: int = 1_000_000
    natives: int = 1_000
    order_rows: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How to read; the same bytes and options give the same EVENTS.

    Args:
        format: Importer's name, overrides recognition (`--format`); None: recognise.
        room: Source room of input that carries none, and filter of input that carries rooms (`--room`).
        tz: IANA zone or offset ("+08:00") of times without one (`--tz`); None: such times are an error.
        pseudonymise_key: Secret for keyed pseudonyms (`--pseudonymise`), at least 16 bytes; None: ids as they are.
        chunk_rows: Most rows in one table of `Reading.batches`.
        block_bytes: Bytes of text parsed at once.
        lateness_s: Window behind the newest event in which a repeated id is a duplicate, seconds (a guess).
        session_gap_s: Silence after which a room's next event starts a new session, seconds (a guess).
        bad_share: Share of unreadable rows above which the result is partial.
        refuse_share: Share of unreadable rows above which the file is refused: the wrong format.
        mapping: The user's own mapping of an order export (`--map`); None: the shipped ones only.
        broadcasts: Windows of the contract, `(start, end)` in microseconds since 1970 UTC: orders placed in one belong to
            its room.
        currency: ISO 4217 of order amounts that name none (`--currency`); None: such amounts are an error.
        mask_text: Replace web addresses, mail, IP and phone numbers and @mentions in `text`.
        limits: Sizes past which input is refused or rejected.
    """

    format: str | None = None
    room: str | None = None
    tz: str | None = None
    pseudonymise_key: bytes | None = field(default=None, repr=False)
    chunk_rows: int = 131_072
    block_bytes: int = 4 * MEBI
    lateness_s: float = 30.0
    session_gap_s: float = 7_200.0
    bad_share: float = 0.05
    refuse_share: float = 0.5
    mapping: "Mapping | None" = None
    broadcasts: tuple[tuple[int, int], ...] = ()
    currency: str | None = None
    mask_text: bool = False
    limits: Limits = field(default_factory=Limits)
