"""Changes of a case file or a sealed page, one at a time: bits, bytes, places, files."""

import random
import re
from functools import cache

from sealed_case import failed, shared

from truecrowd.evidence import verify
from truecrowd.evidence.container import zipped

KINDS = ("bit", "byte", "truncate", "extend", "cut", "double", "swap", "files", "rename", "delete", "insert")


def changed(body: bytes, chosen: random.Random) -> bytes:
    """Return the bytes with one change somewhere; never the same bytes."""
    at, kind = chosen.randrange(len(body)), chosen.choice(KINDS)
    end = min(len(body), at + chosen.randint(1, 64))
    match kind:
        case "bit":
            made = body[:at] + bytes([body[at] ^ 1 << chosen.randrange(8)]) + body[at + 1 :]
        case "byte":
            made = body[:at] + chosen.randbytes(1) + body[at + 1 :]
        case "truncate":
            made = body[:at]
        case "extend":
            made = body + chosen.randbytes(chosen.randint(1, 64))
        case "cut":
            made = body[:at] + body[end:]
        case "double":
            made = body[:end] + body[at:end] + body[end:]
        case "insert":
            made = body[:at] + chosen.randbytes(3) + body[at:]
        case "swap":
            made = body[end:] + body[:end]
        case _:
            made = refiled(body, kind, chosen)
    return made if made != body else body + b"\0"


def refiled(body: bytes, kind: str, chosen: random.Random) -> bytes:
    """Return a well-formed container with other files in it."""
    try:
        files = {name: bytes(one) for name, one in verify.read_container(memoryview(body)).items()}
    except (verify.Flaw, ValueError, verify.struct.error):
        return body[1:]
    one, two = chosen.sample(sorted(files), 2)
    match kind:
        case "rename":
            files[one + "x"] = files.pop(one)
        case "delete":
            del files[one]
        case _:
            files[one], files[two] = files[two], files[one]
    return zipped(files)


def is_sealed(body: bytes) -> bool:
    """Return whether anything of a seal is left: a page without any is a page that was never sealed."""
    return re.search(b'(<!--/?|id=")truecrowd-seal', body) is not None


def misses(n: int, seed: int) -> tuple[int, int]:
    """Change a case file and a sealed page `n` times; return how many were made and how many were let pass."""
    chosen, missed = random.Random(seed), 0
    for _ in range(n):
        body = changed(chosen.choice((case_file(), shared().page)), chosen)
        missed += not failed(body, shared().trust) and is_sealed(body)
    return n, missed


@cache
def case_file() -> bytes:
    return shared().sealed(basis="order")
