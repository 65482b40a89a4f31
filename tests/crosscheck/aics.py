"""Checks the examples of scripts/crosscheck with aics-tlog; runs under a Python of its own, 3.12 or newer."""

import sys

from aics_tlog import parse_note, parse_vkey, verify_checkpoint, verify_consistency, verify_leaf_inclusion


def hashes(text: str) -> list[bytes]:
    data = bytes.fromhex(text.removeprefix("-"))
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def check(words: list[str], key) -> bool:
    try:
        found = verify_checkpoint(parse_note(bytes.fromhex(words[1])), key, expected_origin=key.name)
        if found.error or not found.ok:
            return False
        entry, index, old = bytes.fromhex(words[2].removeprefix("-")), int(words[3]), int(words[5])
        is_in = verify_leaf_inclusion(entry, index, found.size, hashes(words[4]), found.root)
        old_root, steps = bytes.fromhex(words[6]), hashes(words[7])
        return is_in and verify_consistency(old, found.size, old_root, found.root, steps)
    except ValueError:
        return False


if __name__ == "__main__":
    for line in sys.stdin:
        one = line.split()
        sys.stdout.write(f"{one[0]} {str(check(one, parse_vkey(sys.argv[1]))).lower()}\n")
