"""Sealing: recordings and audits into a log of evidence."""
