"""Keyed pseudonyms (`--pseudonymise`): the same id gives the same token under one key, and nothing without it."""

import hashlib
import hmac
import re
import stat
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from truecrowd.errors import ConfigError

PRIVATE: Final = ("account_id", "device_id", "ip", "order_id")
"""Columns that become pseudonyms besides `event_id` (ingest.md, section 8)."""
_DIGITS: Final = 16
"""64 bits: ten million ids collide by chance with odds of 3e-6; twelve digits would give 0.16."""
_LEAST_KEY: Final = 16
"""Shortest key, bytes: what HMAC needs so that it cannot be tried out."""
_MENTION: Final = re.compile(r"@([^\s@,，。:：!！?？;；()（）]{1,64})")
_CACHED: Final = 1 << 18


def read_key(path: Path) -> bytes:
    """Return the key in a KEYFILE, white space around it removed.

    Raises:
        ConfigError: The file cannot be read, others may read it too, or it is too short.
    """
    where = f"--pseudonymise {path.name}"
    try:
        mode = path.stat().st_mode
        key = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            f"the key file cannot be read ({error.strerror})", where=where, fix="check the path"
        ) from error
    if not stat.S_ISREG(mode) or mode & (stat.S_IRWXG | stat.S_IRWXO):
        what = f"the key file has mode {stat.S_IMODE(mode):04o}, wanted 0600: others can read it"
        raise ConfigError(what, where=where, fix=f"chmod 600 {path.name}")
    return checked_key(key, where=where)


def checked_key(key: bytes, *, where: str = "Options.pseudonymise_key") -> bytes:
    """Return the key if it is long enough.

    Raises:
        ConfigError: It is shorter than 16 bytes.
    """
    if len(key) < _LEAST_KEY:
        what = f"the key has {len(key)} bytes, wanted at least {_LEAST_KEY}"
        raise ConfigError(what, where=where, fix="head -c 32 /dev/urandom | base64 > KEYFILE && chmod 600 KEYFILE")
    return key


def key_id(key: bytes) -> str:
    """Return the name of a key that may be printed: eight hex digits that tell nothing of it."""
    return hmac.digest(key, b"truecrowd key id", "sha256").hex()[:8]


class Pseudonyms:
    """Replaces ids by tokens; a cache keeps the accounts that come again and again."""

    __slots__ = ("_key", "_token")

    def __init__(self, key: bytes) -> None:
        """`key` as `checked_key` returns it."""
        self._key = key
        self._token: Callable[[str, str], str] = lru_cache(_CACHED)(self._fresh)

    def ids(self, event_ids: pa.Array) -> pa.Array:
        """Return tokens of event ids the source gave; nulls stay null."""
        return pa.array([value and self._fresh("event_id", value) for value in event_ids.to_pylist()], pa.string())

    def replace(self, rows: pa.Table) -> pa.Table:
        """Return `rows` with tokens for ids and for @mentions; `event_id` is not touched (see `ids`)."""
        for name in PRIVATE:
            if name in rows.column_names:
                at = rows.column_names.index(name)
                rows = rows.set_column(at, rows.schema.field(at), self._column(rows.column(name), name))
        if "text" in rows.column_names:
            at = rows.column_names.index("text")
            rows = rows.set_column(at, rows.schema.field(at), self._mentions(rows.column(at)))
        return rows

    def _column(self, column: pa.ChunkedArray, name: str) -> pa.Array:
        coded = column.combine_chunks().dictionary_encode()
        kind = "account" if name == "account_id" else name
        tokens = [self._token(kind, value) for value in coded.dictionary.to_pylist()]
        return pa.array(tokens, pa.string()).take(coded.indices)

    def _mentions(self, column: pa.ChunkedArray) -> pa.Array:
        texts = column.combine_chunks()
        named = pc.fill_null(pc.match_substring(texts, "@"), fill_value=False)
        if not pc.any(named).as_py():
            return texts
        found = texts.filter(named).to_pylist()
        masked = [_MENTION.sub(lambda m: "@" + self._token("account", f"name:{m[1]}"), text) for text in found]
        return pc.replace_with_mask(texts, named, pa.array(masked, pa.string()))

    def _fresh(self, kind: str, value: str) -> str:
        message = f"{kind}\x1f{value}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:_DIGITS]
