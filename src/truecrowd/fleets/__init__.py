"""Accounts that act as one: scores and facts in, FLEETS and findings out."""

from truecrowd.fleets.findings import finding_rows, findings_of
from truecrowd.fleets.grouping import Config, Fleets, group

__all__ = ["Config", "Fleets", "finding_rows", "findings_of", "group"]
