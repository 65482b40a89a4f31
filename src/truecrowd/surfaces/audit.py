"""The Python result: `truecrowd.audit(...)` gives an `Audit`, which holds every table and can write them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

import pyarrow as pa

from truecrowd.brand.deal import Deal
from truecrowd.engine.audit import Result, Summary
from truecrowd.engine.audit import audit as run
from truecrowd.engine.settings import Settings
from truecrowd.errors import ConfigError
from truecrowd.ingest import Options, read_mapping
from truecrowd.ingest.times import zone
from truecrowd.schema import TABLES
from truecrowd.surfaces import output, report
from truecrowd.surfaces.contract import read_deal
from truecrowd.surfaces.report.phrases import LANGS, Lang
from truecrowd.surfaces.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]
    import polars as pl

    from truecrowd.ingest.orders.mapping import Mapping as OrderMapping
    from truecrowd.surfaces.pdf import Printer
    from truecrowd.surfaces.report import Ids

HOME_TZ: Final = "Asia/Shanghai"
"""Zone in which times are shown where none is chosen (surfaces.md 5)."""
_MIME: Final = "application/vnd.truecrowd.report+json"


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found, could not look at, and counted. Shown by notebooks as the head of its report.

    Args:
        result: Every table of the contract, and what the run says of itself.
        tz: Zone in which times are shown; results hold UTC.
        lang: Language the report opens in; None: the reader's browser decides.
        ids: "pseudonyms": accounts are a17, buyers b17; "real": the input's own ids.
    """

    result: Result
    tz: str = HOME_TZ
    lang: Lang | None = None
    ids: "Ids" = "pseudonyms"
    _kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __repr__(self) -> str:
        """Return the answer in one line."""
        return f"<Audit: {self.headline('en')}>"

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        """Every table of the contract by name, sorted by its key; empty ones too."""
        return MappingProxyType(self.result.tables)

    @property
    def summary(self) -> Summary:
        """Settings, checks and counts of the run."""
        return self.result.summary

    @property
    def is_partial(self) -> bool:
        """Whether rows that exist were not judged: a cut file, or too many unreadable rows."""
        return self.summary.is_partial

    @property
    def document(self) -> dict[str, Any]:
        """The report as plain JSON values, what report.json holds."""
        if "document" not in self._kept:
            self._kept["document"] = report.document(self.result, lang=self.lang, tz=self.tz, ids=self.ids)
        return cast("dict[str, Any]", self._kept["document"])

    def headline(self, lang: Lang = "en") -> str:
        """Return the answer in one sentence, the first line of the report.

        Raises:
            ConfigError: There is no such language.
        """
        if lang not in LANGS:
            raise ConfigError(f"language '{lang}' is not known", where="headline(lang)", fix="use 'zh' or 'en'")
        return report.headline(self.document, lang)

    def to_arrow(self, name: str) -> pa.Table:
        """Return one table.

        Raises:
            ConfigError: There is no such table.
        """
        if name not in self.tables:
            near = get_close_matches(name, TABLES, n=1, cutoff=0)
            raise ConfigError(f"table '{name}' does not exist", where="Audit", fix=f"write '{near[0]}'")
        return self.tables[name]

    def to_polars(self, name: str) -> "pl.DataFrame":
        """Return one table as a Polars frame.

        Raises:
            ConfigError: There is no such table, or Polars is not installed.
        """
        table = self.to_arrow(name)
        try:
            import polars
        except ImportError as error:
            raise _not_installed("polars") from error
        return cast("pl.DataFrame", polars.from_arrow(table))

    def to_pandas(self, name: str) -> "pd.DataFrame":
        """Return one table as a pandas frame.

        Raises:
            ConfigError: There is no such table, or pandas is not installed.
        """
        table = self.to_arrow(name)
        try:
            import pandas as pd  # noqa: F401  to_pandas needs it and would say so in other words
        except ImportError as error:
            raise _not_installed("pandas") from error
        return table.to_pandas()

    def files(self) -> dict[str, bytes | pa.Table]:
        """Return what `write` writes, by path inside the folder."""
        document = self.document
        pages: dict[str, bytes | pa.Table] = {
            output.REPORT: report.to_html(document, lang=self.lang).encode(),
            output.DOCUMENT: report.to_json(document),
        }
        letters = {output.LETTERS[lang]: report.to_letter(document, lang) for lang in LANGS}
        pages |= {name: text.encode() for name, text in letters.items() if text is not None}
        if self.result.orders is not None:
            names = None if self.ids == "real" else report.named(self.result)
            pages |= rows_of(self.result.orders, self.tz, names)
        return pages | {f"tables/{name}.parquet": rows for name, rows in self.tables.items()}

    def write(self, folder: str | Path) -> Path:
        """Write report.html, report.json and tables/*.parquet, the same bytes as `truecrowd audit --out`.

        Args:
            folder: Made if it does not exist; an earlier audit in it is replaced as a whole.

        Returns:
            The path of report.html.

        Raises:
            InputError: The folder holds something else or cannot be written; what was there is still whole.
        """
        output.write(Path(folder), self.files())
        return Path(folder) / output.REPORT

    def report(self, path: str | Path) -> Path:
        """Write the report alone, as one HTML file, and return its path.

        Raises:
            InputError: The file cannot be written.
        """
        html = report.to_html(self.document, lang=self.lang).encode()
        return output.write_file(Path(path), html)

    def pdf(self, lang: Lang, printer: "Printer") -> bytes:
        """Return the report on paper, in one language: what `audit --pdf` writes.

        Args:
            lang: "zh" or "en".
            printer: What `surfaces.pdf.find(lang)` gave.

        Raises:
            ConfigError: It did not print.
        """
        from truecrowd.surfaces.pdf import printed

        return printed(report.to_paper(self.document, lang=lang), printer)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return report.repr_html(self.document)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002
        """Return the same as HTML, text and JSON, for notebooks that choose."""
        return {"text/html": self._repr_html_(), "text/plain": repr(self), _MIME: self.document}


def _not_installed(package: str) -> ConfigError:
    return ConfigError(f"{package} is not installed", where=f"Audit.to_{package}", fix=f"pip install {package}")


def shown_zone(tz: str | None) -> str:
    """Return the zone in which a report shows times, by a name it knows: an offset gets its own.

    Raises:
        ConfigError: There is no such zone, or none of that offset has a name.

    >>> shown_zone("+08:00"), shown_zone("-03:00"), shown_zone(None)
    ('Etc/GMT-8', 'Etc/GMT+3', 'Asia/Shanghai')
    """
    if tz is None:
        return HOME_TZ
    seconds = fixed.total_seconds() if (fixed := zone(tz).utcoffset(None)) is not None else None
    if seconds is None:
        return tz
    hours, rest = divmod(seconds, 3600)
    if rest or not -12 <= hours <= 14:
        what = f"a report cannot show times in the offset '{tz}', wanted whole hours or a name"
        raise ConfigError(what, where="--tz", fix="name the zone, e.g. Asia/Kolkata for +05:30")
    return f"Etc/GMT{-hours:+.0f}" if hours else "Etc/UTC"


def audit(
    source: object,
    *,
    orders: object = None,
    mapping: "str | Path | OrderMapping | None" = None,
    contract: str | Path | Deal | None = None,
    room: str | None = None,
    tz: str | None = None,
    settings: Settings | None = None,
) -> Audit:
    """Read recordings, look at the crowd, and return what was seen and what could not be looked at.

    Args:
        source: A path, a binary file, a table (anything with `__arrow_c_stream__`: Polars, pandas, DuckDB, Arrow),
            or a list of these.
        orders: More input of the same kinds: the shop's orders.
        mapping: What the columns of an order export mean (docs/reference/mapping-files.md): a TOML file's path, or
            what `ingest.read_mapping` returned.
        contract: The contract file (docs/reference/contract-file.md): its path, or what `Deal.parse` returned.
        room: Names the room of input that carries none, and filters input that carries rooms.
        tz: Zone of times that name none, and in which times are shown, e.g. "Asia/Shanghai" or "+08:00".
        settings: What the run is told; defaults where None.

    Raises:
        InputError: A source cannot be used as it is.
        ConfigError: An argument is wrong.
    """
    own = read_mapping(Path(mapping)) if isinstance(mapping, str | Path) else mapping
    deal = read_deal(contract, option="audit(contract=...)") if isinstance(contract, str | Path) else contract
    sources, shown = [*_several(source), *_several(orders)], shown_zone(tz)
    result = run(sources, options=Options(room=room, tz=tz, mapping=own), settings=settings or Settings(), deal=deal)
    return Audit(result, tz=shown)


def _several(given: object) -> list[object]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]
