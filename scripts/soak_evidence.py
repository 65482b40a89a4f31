"""Change case files and sealed pages many times and let `verify.py` judge each; prints the counts (`make soak`)."""

import argparse
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "unit" / "evidence"))


def main(arguments: list[str] | None = None) -> int:
    """Make the changes, print how many were refused; 1 where one was let pass."""
    from changes import misses

    parser = argparse.ArgumentParser(description=str(__doc__))
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args(arguments)
    begun = time.perf_counter()
    n, missed = misses(given.changes, given.seed)
    print(f"{n - missed:,} of {n:,} changes refused, seed {given.seed}, {time.perf_counter() - begun:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
