"""Names in a folder that survive a loss of power."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk; does nothing where the system has no such call."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
