"""The key folder: private keys, and the last checkpoint they signed. Never inside the log, never in a case file."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from truecrowd.errors import ConfigError, EvidenceError
from truecrowd.evidence import salts
from truecrowd.evidence.log.disk import PRIVATE, forget, put
from truecrowd.evidence.notes import (
    Checkpoint,
    Key,
    Line,
    b64,
    checked_origin,
    parse_checkpoint,
    public_of,
    sign,
    unb64,
)
from truecrowd.evidence.tree import check_consistency

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LOG: Final = ("log.key", "log.next.key")
_EXPORT: Final = ("export.key", "export.next.key")
_OLD: Final = "salts.old.key"


@dataclass(frozen=True, slots=True)
class Ring:
    """A key folder.

    Args:
        folder: Where it is; mode 0700, files 0600.
        random: Gives so many random bytes.
    """

    folder: Path
    random: Callable[[int], bytes] = os.urandom

    @classmethod
    def make(cls, folder: Path, origin: str, random: Callable[[int], bytes] = os.urandom) -> "Ring":
        """Make the keys of a new log; keys that are there already stay.

        Raises:
            ConfigError: The folder belongs to another log, or the origin is not like a DNS name.
        """
        checked_origin(origin, where="--origin")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        ring = cls(folder, random)
        if (folder / "origin").exists() and ring.origin != origin:
            what = f"the key folder belongs to log '{ring.origin}', wanted '{origin}'"
            raise ConfigError(what, where=f"--keys {folder.name}", fix="name another key folder with --keys")
        for name in ("log.key", "export.key"):
            if not (folder / name).exists():
                ring.new_private(name)
        for name in ("salts.key", "tables.key"):
            if not (folder / name).exists():
                ring.new_secret(name)
        put(folder / "origin", f"{origin}\n".encode(), mode=PRIVATE)
        return ring

    @property
    def origin(self) -> str:
        """Of the log these keys belong to."""
        return self._text("origin").rstrip("\n")

    def new_private(self, name: str) -> "Ed25519PrivateKey":
        """Make an Ed25519 key."""
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.from_private_bytes(self.random(32))
        body = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        put(self.folder / name, body, mode=PRIVATE)
        return private

    def new_secret(self, name: str) -> bytes:
        """Make a secret key of 32 bytes."""
        key = self.random(32)
        put(self.folder / name, f"{b64(key)}\n".encode(), mode=PRIVATE)
        return key

    def private(self, name: str) -> "Ed25519PrivateKey":
        """Return a private key.

        Raises:
            ConfigError: It is not there, others can read it, or it is no Ed25519 key.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(self._read(name), None)
        except (ValueError, TypeError) as error:
            raise self._bad(name, "is not a private key without a password") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise self._bad(name, "is not an Ed25519 key")
        return key

    def of(self, key: Key) -> "Ed25519PrivateKey":
        """Return the private key of a public one: the newest of its role, or the one it is about to replace.

        Raises:
            ConfigError: It is not in this folder.
        """
        names = _EXPORT if key.name.endswith("/export") else _LOG
        for name in names:
            if (self.folder / name).exists():
                private = self.private(name)
                if public_of(private, key.name) == key:
                    return private
        raise self._bad(names[0], f"is not key {key.key_id.hex()}, which this log asks for")

    def settle(self, role: str, key: Key) -> None:
        """Take the next key of a role into use if it is this one, and forget what it replaces."""
        name, following = _EXPORT if role == "export" else _LOG
        path = self.folder / following
        if path.exists() and public_of(self.private(following), key.name) == key:
            forget(self.folder / name)
            path.replace(self.folder / name)

    def secret(self, name: str) -> bytes:
        """Return a secret key of 32 bytes.

        Raises:
            ConfigError: It is not there, or others can read it.
            EvidenceError: It is not base64.
        """
        key = unb64(self._text(name).rstrip("\n"), where=name)
        if len(key) != 32:
            raise self._bad(name, f"has {len(key)} bytes, wanted 32")
        return key

    def salt_keys(self) -> dict[str, bytes]:
        """Return the keys salts may be wrapped under, by id: one, or two while a re-wrap is under way."""
        names = [name for name in ("salts.key", _OLD) if (self.folder / name).exists()]
        return {salts.key_id(key): key for key in map(self.secret, names)}

    def renew_salts(self) -> None:
        """Begin a re-wrap: the current key becomes the old one. Does nothing while one is under way."""
        if not (self.folder / _OLD).exists():
            put(self.folder / _OLD, self._read("salts.key"), mode=PRIVATE)
        if self.secret(_OLD) == self.secret("salts.key"):
            self.new_secret("salts.key")

    def forget_old_salts(self) -> None:
        """End a re-wrap: nothing that was wrapped under the old key can be read any more."""
        forget(self.folder / _OLD)

    def last(self) -> Checkpoint | None:
        """Return the last checkpoint signed, None where none ever was."""
        if not (self.folder / "signed").exists():
            return None
        return parse_checkpoint(self._read("signed"), where="signed")

    def sign(self, head: Checkpoint, proof: Sequence[bytes], key: Key) -> Line:
        """Sign a checkpoint, after keeping its size and root.

        Args:
            head: What to sign.
            proof: Consistency proof from the last one signed.
            key: With which key.

        Raises:
            EvidenceError: It is smaller than the last one, or does not continue it.
        """
        last = self.last()
        if last is not None:
            if (head.origin, head.size >= last.size) != (last.origin, True):
                what = f"this log was signed at size {last.size:,} already, wanted {head.size:,}"
                raise EvidenceError(what, where=head.origin, fix="restore the newer log folder; it was rolled back")
            check_consistency(last.size, last.root, head.size, head.root, proof, where=head.origin)
        private = self.of(key)
        if head != last:
            put(self.folder / "signed", head.text, mode=PRIVATE)
        return sign(head.text, private, key.name)

    def _text(self, name: str) -> str:
        return self._read(name).decode("ascii", "replace")

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        try:
            mode = path.stat().st_mode
            body = path.read_bytes()
        except OSError as error:
            raise self._bad(name, f"cannot be read ({(error.strerror or 'unknown').lower()})") from error
        if mode & 0o077:
            where, fix = f"{self.folder.name}/{name}", f"chmod 600 {name}; if others may have read it, rotate the key"
            raise ConfigError(f"the key file has mode {mode & 0o777:04o}, wanted 0600", where=where, fix=fix)
        return body

    def _bad(self, name: str, what: str) -> ConfigError:
        fix = "use the key folder this log was made with"
        return ConfigError(f"'{name}' {what}", where=f"--keys {self.folder.name}", fix=fix)
