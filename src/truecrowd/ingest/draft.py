"""Rows of one file on their way to EVENTS: typed columns, before sessions, ids and duplicates."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Draft:
    """Some rows in file order.

    Args:
        table: Columns of EVENTS with their types; any may be absent, any cell null.
        native: The platform's name of each row, dictionary of strings; None: the event type is its own native name.
        numbers: Row number of each row in its file, from 1, int64.
        raw: Text of the row at an index of `table`, for the rejects.
    """

    table: pa.Table
    native: pa.Array | None
    numbers: npt.NDArray[np.int64]
    raw: Callable[[int], str | bytes]
