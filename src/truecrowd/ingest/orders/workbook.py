"""Sheets of xlsx files, as text: stored values only, formulas and links never followed."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

from truecrowd.errors import InputError
from truecrowd.ingest.unwrap import Unpacked

_EXACT: Final = 1e15
"""Whole numbers from here on may have lost digits: a spreadsheet holds fifteen."""
_MOST_BYTES: Final = 512 << 20


def rows(book: BinaryIO | Unpacked, sheet: str, *, where: str) -> Iterator[list[str]]:
    """Yield the rows of one sheet, header first.

    Args:
        book: The file.
        sheet: Name of the sheet, "" for the first.
        where: Name of the file, for errors.

    Raises:
        InputError: It is no workbook that can be read, or has no such sheet.
    """
    import io

    import python_calamine

    data = book.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise InputError(f"the workbook is larger than {_MOST_BYTES:,} bytes", where=where, fix="export it as CSV")
    try:
        opened = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = opened.sheet_names
        if sheet and sheet not in names:
            what = f"there is no sheet '{sheet}' in the workbook, it has {', '.join(names[:8])}"
            raise InputError(what, where=where, fix="name one of them: [read] sheet in the mapping")
        if not names:
            raise InputError("the workbook has no sheet", where=where, fix="export it again")
        for row in opened.get_sheet_by_name(sheet or names[0]).iter_rows():
            yield [text(cell) for cell in row]
    except (python_calamine.CalamineError, ValueError) as error:
        raise InputError(
            f"the workbook cannot be read ({error})", where=where, fix="export it again, or as CSV"
        ) from error


def chunks(lines: Iterator[list[str]], n: int) -> Iterator[list[list[str]]]:
    """Yield rows by the `n`."""
    while part := list(islice(lines, n)):
        yield part


def text(cell: object) -> str:
    """Return a cell as the text an export would hold.

    >>> text(12.0), text(59.9), text(6.9001234567890123e17), text(True)
    ('12', '59.9', '6.90012345678901E+17', 'TRUE')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        cell = _rounded(cell)
        return cell.isoformat(" ", "microseconds" if cell.microsecond else "seconds")
    return "" if cell is None else str(cell)


def _rounded(cell: dt.datetime) -> dt.datetime:
    """Return a time without the crumbs of a float: days are stored as fractions."""
    near = (cell + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return near if abs(near - cell) <= _CRUMB else cell


_CRUMB: Final = dt.timedelta(milliseconds=5)


def _number(value: float) -> str:
    if abs(value) >= _EXACT:
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else repr(value)
