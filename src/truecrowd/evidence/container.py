"""The case file as bytes: one ZIP in one form, a manifest that pins every byte, and the envelope that signs it.

Same files, same bytes. `verify.py` rebuilds every header on its own (docs/decisions/0009, section 8).
"""

import json
import re
import struct
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from truecrowd.errors import EvidenceError
from truecrowd.evidence.notes import Key, b64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAYLOAD: Final = "application/vnd.truecrowd.manifest+json"
MANIFEST: Final = "manifest.json"
ENVELOPE: Final = "manifest.dsse"
MOST_FILES: Final = 65_535
MOST_BYTES: Final = (1 << 32) - 1
"""Largest ZIP without ZIP64, in files and in bytes."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,3}")


def packed(files: Mapping[str, bytes], key: Key, private: "Ed25519PrivateKey") -> bytes:
    """Return a case file: these files, their manifest, and its signature.

    Args:
        files: By name; see docs/decisions/0009 for which there are.
        key: Export key.
        private: Its private half.

    Raises:
        EvidenceError: A name is not allowed, or the whole is larger than a case file may be.
    """
    text = manifest(files)
    return zipped({**files, MANIFEST: text, ENVELOPE: envelope(text, PAYLOAD, key, private)})


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Return the list of files, one form: sorted by name, no spaces, a newline at the end."""
    listed = [
        {"path": name, "sha256": sha256(body).hexdigest(), "size": len(body)} for name, body in sorted(files.items())
    ]
    return _line({"files": listed, "type": "truecrowd-case/1", "v": 1})


def envelope(payload: bytes, kind: str, key: Key, private: "Ed25519PrivateKey") -> bytes:
    """Return a DSSE envelope (v1.0.2) with one Ed25519 signature."""
    message = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    signature = {"keyid": key.key_id.hex(), "sig": b64(private.sign(message))}
    return _line({"payload": b64(payload), "payloadType": kind, "signatures": [signature]})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP: stored, sorted, no times, no extra field.

    Raises:
        EvidenceError: As `packed`.
    """
    if len(files) > MOST_FILES or sum(map(len, files.values())) + 400 * len(files) > MOST_BYTES:
        what = f"the case file would hold {len(files):,} files or more than {MOST_BYTES:,} bytes"
        raise EvidenceError(what, where="case export", fix="export one finding, or leave out --scope room")
    parts, directory, at = [], [], 0
    for name, body in sorted(files.items()):
        if not _NAME.fullmatch(name):
            raise EvidenceError(f"'{name[:60]}' cannot be in a case file", where="case export", fix="name it plainly")
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0x0800, 0, 0, 0x21, zlib.crc32(body), len(body), len(body), len(name), 0
        )
        parts += [b"PK\3\4", common, name.encode(), body]
        tail = struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, at)
        directory.append(b"PK\1\2" + struct.pack("<BB", 20, 3) + common + tail + name.encode())
        at += 30 + len(name) + len(body)
    listed, n = b"".join(directory), len(directory)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, n, n, len(listed), at, 0)
    return b"".join([*parts, listed, end])


def _line(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"
