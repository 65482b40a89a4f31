"""Columns of any Arrow type as the contract types them; cells that cannot be typed are named, not guessed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd import schema
from truecrowd.errors import InputError
from truecrowd.ingest.times import Clock, zone

Flags = npt.NDArray[np.bool_]
_TYPES: Final = dict(schema.EVENTS.columns)
TEXTS: Final = ("text", "product_title")
"""Columns in which a byte that is no text costs only itself."""
_WORD: Final = pa.dictionary(pa.int32(), pa.string())
_INTEGER: Final = r"^[+-]?[0-9]{1,19}(?:\.0+)?$"
_REAL: Final = r"^[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?$"
"""RE2: plain numbers; anything else (1_000, 0x10, nan) is no number of ours."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One column as the contract types it.

    Args:
        values: The column, null where a cell is bad.
        bad: Which cells could not be typed; None: none.
        reason: Their reason, one of `schema.REJECT_REASONS`.
    """

    values: pa.Array
    bad: Flags | None = None
    reason: str = ""


@dataclass(slots=True)
class Typer:
    """Types the columns of one file; remembers the clock of each time column.

    Args:
        where: The file's name, for errors.
        tz: Value of `--tz`.
    """

    where: str
    tz: str | None
    clocks: dict[str, Clock] = field(default_factory=dict)
    n_damaged: int = 0

    def column(self, name: str, column: pa.Array) -> Typed:
        """Return a column typed.

        Raises:
            InputError: The whole column has a type that no cell of ours can come from.
        """
        column = _plain(column)
        if pa.types.is_null(column.type):
            return Typed(pa.nulls(len(column), _TYPES[name]))
        kind = _TYPES[name]
        if pa.types.is_timestamp(kind):
            return self._time(name, column)
        if pa.types.is_dictionary(kind):
            typed = self._text(name, column)
            return Typed(typed.values.dictionary_encode().cast(_WORD), typed.bad, typed.reason)
        if pa.types.is_string(kind):
            return self._text(name, column)
        return self._number(name, column, kind)

    def _time(self, name: str, column: pa.Array) -> Typed:
        clock = self.clocks.setdefault(name, Clock(zone(self.tz) if self.tz else None))
        kind = column.type
        if pa.types.is_timestamp(kind):
            return Typed(self._timestamps(name, column, clock))
        if pa.types.is_date(kind) and name != "ts":
            return Typed(column.cast(pa.timestamp("us")).cast(_TYPES[name]))
        if pa.types.is_decimal(kind) and kind.scale == 0:
            column, kind = column.cast(pa.int64(), safe=False), pa.int64()
        if pa.types.is_string(kind):
            micros, bad = clock.texts(column)
            if clock.n_zoneless and clock.tz is None:
                raise no_zone(name, self.where)
        elif pa.types.is_integer(kind):
            micros, bad = clock.numbers(column.cast(pa.int64(), safe=False).fill_null(0).to_numpy()), None
        elif pa.types.is_floating(kind):
            micros, bad = clock.numbers(column.cast(pa.float64()).fill_null(0).to_numpy()), None
        else:
            raise self._wrong(name, column, "a timestamp, ISO 8601 text or an epoch number")
        missing = column.is_null().to_numpy(zero_copy_only=False)
        mask = missing if bad is None else missing | bad
        values = pa.array(micros, pa.int64(), mask=mask).cast(_TYPES[name])
        return Typed(values, bad if bad is not None and bad.any() else None, "bad_ts")

    def _timestamps(self, name: str, column: pa.Array, clock: Clock) -> pa.Array:
        zoned = column.type.tz is not None
        unit = column.type.unit
        numbers = column.cast(pa.timestamp(unit)).cast(pa.int64())
        micros = numbers.fill_null(0).to_numpy()
        micros = micros // 1_000 if unit == "ns" else micros * {"s": 1_000_000, "ms": 1_000, "us": 1}[unit]
        if not zoned:
            local = clock.zoneless(micros)
            if local is None:
                raise no_zone(name, self.where)
            micros = local
        return pa.array(micros, pa.int64(), mask=column.is_null().to_numpy(zero_copy_only=False)).cast(_TYPES[name])

    def _text(self, name: str, column: pa.Array) -> Typed:
        kind = column.type
        if pa.types.is_string(kind):
            if _is_utf8(column):
                return Typed(column)
            return self._decoded(name, column.cast(pa.binary()))
        if pa.types.is_integer(kind):
            return Typed(column.cast(pa.string()))
        if pa.types.is_decimal(kind) and kind.scale == 0:
            return Typed(column.cast(pa.string()))
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return self._decoded(name, column)
        raise self._wrong(name, column, "text or whole numbers")

    def _decoded(self, name: str, column: pa.Array) -> Typed:
        """Return bytes as text; what is no UTF-8 becomes U+FFFD in texts, and makes a cell of any other column bad."""
        cells = column.to_pylist()
        texts = [None if cell is None else cell.decode("utf-8", "replace") for cell in cells]
        bad = [text is not None and text.encode() != cell for text, cell in zip(texts, cells, strict=True)]
        values = pa.array(texts, pa.string())
        if name in TEXTS:
            self.n_damaged += sum(bad)
            return Typed(values)
        return Typed(values, np.array(bad, np.bool_) if any(bad) else None, "bad_encoding")

    def _number(self, name: str, column: pa.Array, kind: pa.DataType) -> Typed:
        reason = "bad_amount" if name == "amount_minor" else "bad_number"
        source = column.type
        if pa.types.is_decimal(source) and source.scale == 0:
            column = column.cast(pa.decimal256(76, 0)).cast(pa.string())
        elif pa.types.is_decimal(source):
            fix = (
                f"write '{name}' as whole minor units (fen, cents)"
                if name == "amount_minor"
                else f"cast '{name}' to {kind}"
            )
            raise InputError(f"column '{name}' is {source}, wanted {kind}", where=self.where, fix=fix)
        if pa.types.is_string(column.type):
            return _from_text(column, kind, reason)
        if not (pa.types.is_integer(source) or pa.types.is_floating(source)):
            raise self._wrong(name, column, f"{kind}")
        return _from_numbers(column, kind, reason)

    def _wrong(self, name: str, column: pa.Array, wanted: str) -> InputError:
        what = f"column '{name}' is {column.type}, wanted {wanted}"
        hint = "keep ids as text: floats lose digits" if pa.types.is_floating(column.type) else f"cast '{name}' first"
        return InputError(what, where=self.where, fix=hint)


def no_zone(name: str, where: str) -> InputError:
    """Return the error for times that name no zone."""
    what = f"column '{name}' holds times without a time zone, and none was given"
    return InputError(what, where=where, fix="give the zone of the recording: --tz Asia/Shanghai")


def _plain(column: pa.Array) -> pa.Array:
    """Return a column without dictionary, view or large offsets."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = column.storage
        kind = column.type
    if pa.types.is_dictionary(kind):
        column = _plain(column.dictionary).take(column.indices)
        kind = column.type
    if pa.types.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(column))
    if pa.types.is_large_string(kind) or _is_view(kind):
        return column.cast(pa.string())
    return column


def _is_view(kind: pa.DataType) -> bool:
    check: Callable[[pa.DataType], bool] | None = getattr(pa.types, "is_string_view", None)
    return bool(check and check(kind))


def _is_utf8(column: pa.Array) -> bool:
    """Whether the strings are UTF-8: Parquet files may say so and lie."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _from_text(column: pa.Array, kind: pa.DataType, reason: str) -> Typed:
    trimmed = pc.utf8_trim_whitespace(column)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    is_real = pa.types.is_floating(kind)
    good = pc.match_substring_regex(trimmed, _REAL if is_real else _INTEGER)
    good_flags = pc.fill_null(good, fill_value=True)
    sound = pc.if_else(good_flags, trimmed, pa.scalar(None, pa.string()))
    sound = pc.replace_substring_regex(sound, r"^\+", "")
    if not is_real:
        sound = pc.replace_substring_regex(sound, r"\.0+$", "")
        values, bad = _integers(sound, kind)
    else:
        values, bad = sound.cast(pa.float64()), None
        infinite = pc.fill_null(pc.is_inf(values), fill_value=False)
        if pc.any(infinite).as_py():
            bad = infinite.to_numpy(zero_copy_only=False)
            values = pc.if_else(infinite, pa.scalar(None, pa.float64()), values)
    faults = ~good_flags.to_numpy(zero_copy_only=False)
    if bad is not None:
        faults |= bad
    return Typed(values, faults if faults.any() else None, reason)


def _integers(texts: pa.Array, kind: pa.DataType) -> tuple[pa.Array, Flags | None]:
    try:
        return texts.cast(kind), None
    except pa.ArrowInvalid:
        low, high = _bounds(kind)
        numbers = [None if text is None else int(text) for text in texts.to_pylist()]
        bad = np.array([n is not None and not low <= n <= high for n in numbers], np.bool_)
        return pa.array([None if wrong else n for n, wrong in zip(numbers, bad, strict=True)], kind), bad


def _bounds(kind: pa.DataType) -> tuple[int, int]:
    bits = kind.bit_width - 1
    return -(1 << bits), (1 << bits) - 1


def _from_numbers(column: pa.Array, kind: pa.DataType, reason: str) -> Typed:
    if column.type == kind and not pa.types.is_floating(kind):
        return Typed(column)
    if pa.types.is_floating(kind):
        values = column.cast(pa.float64(), safe=False)
        finite = pc.fill_null(pc.is_finite(values), fill_value=True)
        nan = pc.fill_null(pc.is_nan(values), fill_value=False)
        bad = pc.and_not(pc.invert(finite), nan).to_numpy(zero_copy_only=False)
        clean = (
            values
            if pc.all(finite).as_py() in (True, None)
            else pc.if_else(finite, values, pa.scalar(None, pa.float64()))
        )
        return Typed(clean, bad if bad.any() else None, reason)
    try:
        return Typed(column.cast(kind))
    except pa.ArrowInvalid:
        return _unsafe(column, kind, reason)


def _unsafe(column: pa.Array, kind: pa.DataType, reason: str) -> Typed:
    """Type numbers some of which are out of range or not whole; NaN counts as null."""
    low, high = _bounds(kind)
    values = column.to_pylist()
    numbers: list[int | None] = []
    bad = np.zeros(len(values), np.bool_)
    for at, value in enumerate(values):
        missing = value is None or value != value
        whole = not missing and value == value // 1 and low <= value <= high
        bad[at] = not missing and not whole
        numbers.append(int(value) if whole else None)
    return Typed(pa.array(numbers, kind), bad if bad.any() else None, reason)
