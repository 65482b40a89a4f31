"""What honest looks like: a stored, hashed artefact that scores are held against."""

from truecrowd.reference.build import build, edges_of, of_honest, shared_edges
from truecrowd.reference.reference import STRATA, Reference, Sketch, read, shipped, stratum_of

__all__ = [
    "STRATA",
    "Reference",
    "Sketch",
    "build",
    "edges_of",
    "of_honest",
    "read",
    "shared_edges",
    "shipped",
    "stratum_of",
]
