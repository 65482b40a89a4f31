"""One page that a brand can send: counts from its export, and which data is missing, by name; no blame, no claim."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from truecrowd.surfaces.report import figures, times
from truecrowd.surfaces.report.page import rendered
from truecrowd.surfaces.report.phrases import TAGS, Data, Lang, Phrase, _, _n, say

MOST: Final = 6
"""Most facts and most requests: the letter is one page."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, who has it, and what it would show."""

    what: Phrase
    where: Phrase
    why: Phrase


_SHOP: Final = _("the shop's order export")
_AGENCY: Final = _("the agency")
_PLATFORM: Final = _("the platform")
_BUYER: Final = Request(
    _("the buyer of each order, as a number or hash"), _SHOP, _("how many buyers the returned orders come from")
)
_REFUND: Final = Request(_("the time of each refund"), _SHOP, _("how long after payment, and when, refunds came"))
REQUESTS: Final[Mapping[str, Request]] = {
    "no_refunds": _REFUND,
    "no_refund_time": _REFUND,
    "no_shipping": Request(
        _("the times of shipping and delivery"), _SHOP, _("which orders came back before anybody had the goods")
    ),
    "no_buyers": _BUYER,
    "named_buyers": _BUYER,
    "no_payment": Request(_("the time of each payment"), _SHOP, _("which orders were paid")),
    "no_amount": Request(_("the amount of each order"), _SHOP, _("what was sold and kept, in money")),
    "no_broadcast": Request(
        _("the start and end of the broadcast"), _AGENCY, _("which orders and refunds fall inside it")
    ),
    "no_settlement": Request(
        _("the settlement statement, with its date"), _AGENCY, _("which refunds came before and after it")
    ),
    "no_audience": Request(
        _("the recording or event log: arrivals, comments, clicks"), _PLATFORM, _("whether the buyers were in the room")
    ),
}
"""By `kpis.state`, in the order of the letter."""
_WHO: Final = Request(
    _("devices, registration dates and other merchants of the returning accounts, hashed"), _PLATFORM,
    _("who placed the orders cannot be told from an export"),
)  # fmt: skip


def to_letter(document: Mapping[str, Any], lang: Lang) -> str | None:
    """Return the letter in one language, one printable page; None where there are no orders to write about."""
    brand = document["brand"]
    if brand is None or not brand["counts"]["placed"]:
        return None
    where = times.zone(document["tz"])
    claims = brand["claims"]
    return rendered(
        "letter.html.j2", lang, style="letter.css", doc=document, tag=TAGS[lang],
        title=say(_title(claims["name"] if claims else ""), lang), heading_=_title(claims["name"] if claims else ""),
        facts=list(_facts(brand, where))[:MOST], requests=_requests(brand)[:MOST],
        as_of=figures.day(brand["as_of"], where), again=claims and claims["run_again_on"],
    )  # fmt: skip


def _title(name: str) -> Phrase:
    if name:
        return _("Counts from our order export, and a request for data: {name}", name=Data(name))
    return _("Counts from our order export, and a request for data")


def _facts(brand: Mapping[str, Any], where: Any) -> Iterator[Phrase]:
    counts = brand["counts"]
    if counts["has_payment"] and counts["paid"] is not None and counts["kept"] is not None and counts["has_refunds"]:
        yield _(
            "{placed} orders were placed, {paid} of them paid; {kept} are kept.",
            placed=counts["placed"], paid=counts["paid"], kept=counts["kept"],
        )  # fmt: skip
    else:
        yield _n("{n} order was placed.", "{n} orders were placed.", counts["placed"], n=counts["placed"])
    for one in brand["figures"]:
        yield from figures.leads(one["figure"], one["rows"], brand["as_of"], where)[:1]


def _requests(brand: Mapping[str, Any]) -> list[Request]:
    """Return what the figures lacked, each once, in the order of `REQUESTS`; then what only the platform knows."""
    rows: Sequence[Mapping[str, Any]] = [*brand["kpis"], *(row for one in brand["figures"] for row in one["rows"])]
    lacks = {row["state"] for row in rows}
    asked: list[Request] = []
    for state, request in REQUESTS.items():
        if state in lacks and request not in asked:
            asked.append(request)
    has_returns = bool(brand["counts"]["back"])
    return [*asked[: MOST - 1], _WHO] if has_returns else asked
