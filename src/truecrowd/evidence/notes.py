"""Signed notes, checkpoints and cosignatures of C2SP (texts of 2026, docs/decisions/0009), read strictly.

Signing and checking Ed25519 goes through `cryptography`, imported where it is needed.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from truecrowd.errors import ConfigError, EvidenceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519: Final = 1
COSIGNATURE: Final = 4
"""Signature types of signed-note."""
MOST_LINES: Final = 64
"""Most signature lines of a note; the specification asks for 16 at least."""
MOST_BYTES: Final = 1 << 20
_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX8: Final = re.compile(r"[0-9a-f]{8}")
_DASH: Final = "— "


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as signed-note names it.

    Args:
        name: Key name; a log's is its origin.
        kind: Signature type, 1 or 4.
        public: 32 bytes.
    """

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """First four bytes of the hash over name, type and key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as one word."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line of a note: the key's name and id, and what follows them."""

    name: str
    key_id: bytes
    blob: bytes

    def __str__(self) -> str:
        """Return the line without its newline."""
        return f"{_DASH}{self.name} {b64(self.key_id + self.blob)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """The note text, three lines."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n".encode()


def b64(data: bytes) -> str:
    """Return standard base64 with padding."""
    return base64.b64encode(data).decode()


def unb64(text: str, *, where: str) -> bytes:
    """Return the bytes of standard base64 in its one spelling.

    Raises:
        EvidenceError: It is not base64, or another spelling of it.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, UnicodeEncodeError) as error:
        raise _bad("a value is not base64", where) from error
    if b64(data) != text:
        raise _bad("base64 is not in its one spelling", where)
    return data


def number(text: str, *, where: str) -> int:
    """Return a decimal number without leading zeros, below 2**63.

    Raises:
        EvidenceError: It is not one.
    """
    if not _NUMBER.fullmatch(text) or int(text) >= 1 << 63:
        raise _bad(f"'{text[:20]}' is not a size", where)
    return int(text)


def checked_origin(origin: str, *, where: str) -> str:
    """Return an origin of the one form we write.

    Raises:
        ConfigError: It has another form.
    """
    if len(origin) > 200 or not _ORIGIN.fullmatch(origin):
        what = f"the origin '{origin[:60]}' is not like a DNS name in lower case"
        raise ConfigError(what, where=where, fix="use a name such as log.example.com/night")
    return origin


def parse_vkey(text: str, *, where: str) -> Key:
    """Read a verifier key.

    Raises:
        EvidenceError: It is malformed, its id is another key's, or it is no Ed25519 key.
    """
    name, _, rest = text.partition("+")
    shown, _, coded = rest.partition("+")
    if not name or not _HEX8.fullmatch(shown) or any(char.isspace() for char in name):
        raise _bad("a verifier key is malformed", where)
    blob = unb64(coded, where=where)
    if len(blob) != 33 or blob[0] not in (ED25519, COSIGNATURE):
        raise _bad(f"the key of '{name[:60]}' is not Ed25519", where)
    key = Key(name, blob[0], blob[1:])
    if key.key_id.hex() != shown:
        raise _bad(f"the id of the key of '{name[:60]}' is not its own", where)
    return key


def parse_note(note: bytes, *, where: str) -> tuple[bytes, list[Line]]:
    """Return a note's text and its signature lines.

    Raises:
        EvidenceError: It is not a signed note.
    """
    if len(note) > MOST_BYTES:
        raise _bad("the note is too long", where)
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise _bad("the note is not UTF-8", where) from error
    if any(char < " " and char != "\n" for char in whole):
        raise _bad("the note holds a control character", where)
    at = whole.rfind("\n\n")
    lines = whole[at + 2 :].split("\n")
    if at < 0 or lines[-1] != "" or not 1 <= len(lines) - 1 <= MOST_LINES:
        raise _bad("the note has no signature, or does not end in a newline", where)
    return whole[: at + 1].encode(), [parse_line(line, where=where) for line in lines[:-1]]


def parse_line(line: str, *, where: str) -> Line:
    """Read one signature line.

    Raises:
        EvidenceError: It is malformed.
    """
    name, _, coded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not name or "+" in name or any(char.isspace() for char in name):
        raise _bad("a signature line is malformed", where)
    blob = unb64(coded, where=where)
    if len(blob) <= 4:
        raise _bad("a signature line is too short", where)
    return Line(name, blob[:4], blob[4:])


def parse_checkpoint(text: bytes, *, where: str) -> Checkpoint:
    """Read a checkpoint's note text.

    Raises:
        EvidenceError: It is not exactly origin, size and root.
    """
    lines = text.decode("utf-8", "replace").split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or "\ufffd" in lines[0]:
        raise _bad("a checkpoint has three lines", where)
    root = unb64(lines[2], where=where)
    if len(root) != 32:
        raise _bad("the root is not 32 bytes", where)
    return Checkpoint(lines[0], number(lines[1], where=where), root)


def note(text: bytes, lines: Sequence[Line]) -> bytes:
    """Return a signed note."""
    return text + b"\n" + "".join(f"{line}\n" for line in lines).encode()


def public_of(private: "Ed25519PrivateKey", name: str, kind: int = ED25519) -> Key:
    """Return the public key of a private one under a name."""
    return Key(name, kind, private.public_key().public_bytes_raw())


def sign(text: bytes, private: "Ed25519PrivateKey", name: str) -> Line:
    """Sign a note's text."""
    return Line(name, public_of(private, name).key_id, private.sign(text))


def cosign(text: bytes, private: "Ed25519PrivateKey", name: str, at_s: int) -> Line:
    """Return a witness's line over a checkpoint's text, dated `at_s` (POSIX seconds)."""
    signature = private.sign(cosigned(text, at_s))
    return Line(name, public_of(private, name, COSIGNATURE).key_id, at_s.to_bytes(8, "big") + signature)


def cosigned(text: bytes, at_s: int) -> bytes:
    """Return what a witness signs."""
    return f"cosignature/v1\ntime {at_s}\n".encode() + text


def is_by(line: Line, key: Key) -> bool:
    """Return whether a line claims to be of this key: name and id are the same."""
    return (line.name, line.key_id) == (key.name, key.key_id)


def is_good(line: Line, key: Key, text: bytes) -> bool:
    """Return whether a line is a valid signature of this key over a note's text."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signature, message = line.blob, text
    if key.kind == COSIGNATURE:
        at_s = int.from_bytes(line.blob[:8], "big")
        signature, message = line.blob[8:], cosigned(text, at_s)
        if at_s >= 1 << 63:
            return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return is_by(line, key)


def _bad(what: str, where: str) -> EvidenceError:
    return EvidenceError(what, where=where, fix="get the file again from where it came")
