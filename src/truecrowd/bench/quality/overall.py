"""The overall verdict on each subject, laid on the rows of the truth once and read in three ways."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.bench.quality.bootstrap import Bools
from truecrowd.bench.quality.measures import F64, I64
from truecrowd.bench.quality.systems import Said, level_numbers
from truecrowd.bench.quality.truth import Labelled
from truecrowd.schema import LEVELS


@dataclass(frozen=True, slots=True)
class Overall:
    """What the overall verdicts say of the subjects of one kind, by row of the truth.

    Args:
        said: The best ordering they offer, as `systems.verdicts_on` gives it.
        level: Number of the level, -1 where there is no verdict.
        stated: `p_manufactured`, NaN where there is none.
    """

    said: Said
    level: F64
    stated: F64

    def at_least(self, level: str) -> Bools:
        """Return the rows at or above a level."""
        return np.asarray(self.level >= LEVELS.index(level))


def overall_of(labelled: Labelled, verdicts: pa.Table, subject: str) -> Overall:
    """Lay the overall verdicts of one kind of subject on the truth.

    Args:
        labelled: The truth.
        verdicts: VERDICTS.
        subject: room, account, order or product.
    """
    rows = verdicts.filter(pc.and_(pc.equal(verdicts["subject_type"], subject), pc.equal(verdicts["scheme"], "any")))
    keys = (rows["subject_id"],) if subject == "room" else (rows["room_id"], rows["subject_id"])
    at = labelled.index.find(*keys)
    p = np.asarray(pc.fill_null(rows["p_manufactured"], np.nan).to_numpy(), np.float64)
    level = level_numbers(rows)
    unknown = np.isnan(p)
    by = "p_manufactured" if not unknown.any() else "level" if unknown.all() else "level_then_p"
    score = p if by == "p_manufactured" else level + np.nan_to_num(p) / 2.0
    n = labelled.columns.num_rows
    return Overall(Said(by, _laid(at, score, n)), np.nan_to_num(_laid(at, level, n), nan=-1.0), _laid(at, p, n))


def _laid(at: I64, score: F64, n: int) -> F64:
    """Return scores by row of the truth, NaN where there is none, the highest where there are several."""
    values = np.full(n, np.nan)
    np.fmax.at(values, at[at >= 0], score[at >= 0])
    return values
