"""What an account's shown id or name is worth: stable, nick, masked or guest."""

from typing import Final

_MASKS: Final = ("**", "＊＊")
_CONSTANTS: Final = frozenset({"111111"})
"""Ids that platforms show in place of every account's own."""
_GUESTS: Final = frozenset({"", "0"})


def by_name(name: str) -> tuple[str, str]:
    """Return account_id and id_kind of an account of which only the display name is known.

    >>> by_name("Lin"), by_name("折***")
    (('name:Lin', 'nick'), ('name:折***', 'masked'))
    """
    return f"name:{name}", "masked" if is_masked(name) else "nick"


def by_id(value: object) -> tuple[str, str]:
    """Return account_id and id_kind of a platform id; no id at all is a guest.

    Raises:
        TypeError: The id is neither text nor a whole number (a number cut to a float has lost its last digits).

    >>> by_id(17), by_id("0"), by_id("111111")
    (('17', 'stable'), ('0', 'guest'), ('111111', 'masked'))
    """
    shown = text_id(value)
    if shown in _GUESTS:
        return "0", "guest"
    return shown, "masked" if shown in _CONSTANTS or is_masked(shown) else "stable"


def text_id(value: object) -> str:
    """Return an id as text, "" where there is none.

    Raises:
        TypeError: It is neither text nor a whole number.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"an id is text or a whole number, not {type(value).__name__}")


def is_masked(shown: str) -> bool:
    """Whether a run of stars hides part of an id or name: many accounts are then shown alike."""
    return _MASKS[0] in shown or _MASKS[1] in shown
