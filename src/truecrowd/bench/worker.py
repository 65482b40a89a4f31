"""The parent's side of one contender's process."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

_ENDED: Final = "its process ended; what it said stands above"


class Worker:
    """One contender's process; used in a `with` block."""

    def __init__(self, contender: str, threads: int) -> None:
        self.contender, self.threads = contender, threads
        limits = {"POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)} if threads else {}
        command = [sys.executable, "-m", "truecrowd.bench.child", contender, str(threads)]
        self._process = subprocess.Popen(  # noqa: S603 (our own module, no shell)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | limits
        )
        self.is_installed = bool(self._answer().get("is_installed"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
        self._process.wait()

    def ask(self, row: str, path: Path, *, is_compared: bool) -> dict[str, object]:
        """Return what one turn of one row cost."""
        assert self._process.stdin is not None
        request = {"row": row, "path": str(path), "is_compared": is_compared}
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return {"error": _ENDED}
        return self._answer()

    def _answer(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer: dict[str, object] = json.loads(line) if line else {"error": _ENDED}
        return answer
