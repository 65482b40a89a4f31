"""What honest looks like: a stored, hashed artefact that scores are held against."""

from truecrowd.reference.build import build, of_honest
from truecrowd.reference.reference import STRATA, Reference, Sketch, read, shipped, stratum_of

__all__ = ["STRATA", "Reference", "Sketch", "build", "of_honest", "read", "shipped", "stratum_of"]
