"""The contract file at the edge: read from a path, and printed back in words."""

from pathlib import Path

from truecrowd.brand.deal import MAX_TEXT, Deal
from truecrowd.errors import ConfigError
from truecrowd.surfaces.report.phrases import Lang, _, say


def read_deal(path: str | Path, *, option: str = "--contract") -> Deal:
    """Return the deal of a contract file.

    Args:
        path: A TOML file, UTF-8.
        option: What named it, for errors.

    Raises:
        ConfigError: It cannot be read, or is no contract file.
    """
    path = Path(path)
    where = f"{option} {path.name}"
    try:
        with path.open("rb") as file:
            data = file.read(4 * MAX_TEXT + 4)  # a character takes four bytes at most, the mark at the front three
    except OSError as error:
        what = f"the file cannot be read: {(error.strerror or 'unknown').lower()}"
        raise ConfigError(what, where=where, fix="check the path") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"the file is not UTF-8 text: byte {error.start + 1} cannot be read"
        raise ConfigError(what, where=where, fix="save it as UTF-8") from error
    return Deal.parse(text, where=path.name)


def said_back(deal: Deal, lang: Lang) -> list[str]:
    """Return one line for every sum and share, in words."""
    rows = [(key, zh if lang == "zh" else en) for key, zh, en in deal.in_words()]
    width = max((len(key) for key, _said in rows), default=0)
    return [say(_("contract: {key}  {words}", key=key.ljust(width), words=words), lang) for key, words in rows]
