"""The command line: one file per command; Click only until a command runs."""

from truecrowd.surfaces.cli.entry import main

__all__ = ["main"]
