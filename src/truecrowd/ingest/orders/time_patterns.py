"""Formats of times in a mapping file, as patterns; loads neither Arrow nor NumPy."""

import re
from typing import Final

from truecrowd.errors import ConfigError

_PARTS: Final = {
    "Y": r"(?P<Y>[0-9]{4})", "y": r"(?P<y>[0-9]{2})", "m": r"(?P<m>[0-9]{1,2})", "d": r"(?P<d>[0-9]{1,2})",
    "H": r"(?P<H>[0-9]{1,2})", "I": r"(?P<H>[0-9]{1,2})", "M": r"(?P<M>[0-9]{2})", "S": r"(?P<S>[0-9]{2})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
}  # fmt: skip
"""RE2 for each directive; `%z` is not among them: times with an offset are read before any format."""


def pattern_of(form: str, *, where: str) -> str:
    """Return the RE2 pattern of a format such as `%d/%m/%Y %H:%M:%S`.

    Raises:
        ConfigError: A directive is unknown, stands twice, or year, month or day is missing.

    >>> pattern_of("%d/%m/%y", where="my.toml")
    '^(?P<d>[0-9]{1,2})/(?P<m>[0-9]{1,2})/(?P<y>[0-9]{2})$'
    """
    out, seen = [], []
    for directive, text in re.findall(r"%(.)|([^%]+|%$)", form):
        if directive and directive not in _PARTS:
            what = f"'read.ts' has '%{directive}' in '{form[:60]}', wanted {', '.join('%' + one for one in _PARTS)}"
            raise ConfigError(what, where=where, fix="%d/%m/%Y %H:%M:%S is day first, %m/%d/%Y month first")
        out.append(_PARTS[directive] if directive else re.escape(text).replace(r"\ ", "[ T]+"))
        seen += ["H" if directive == "I" else directive] if directive else []
    if len(set(seen)) < len(seen) or not {"m", "d"} <= set(seen) or not {"Y", "y"} & set(seen):
        what = f"'read.ts' is '{form[:60]}', wanted year, month and day, each once"
        raise ConfigError(what, where=where, fix="e.g. %d/%m/%Y %H:%M:%S")
    return "^" + "".join(out) + "$"
