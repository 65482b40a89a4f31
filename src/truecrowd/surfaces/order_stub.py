"""A mapping file drafted for an order export that nothing recognises: for a person to check and finish."""

from truecrowd.errors import InputError
from truecrowd.ingest import Options
from truecrowd.ingest.orders.guess import Guessed, guess
from truecrowd.ingest.plan import head_of
from truecrowd.ingest.sources import Source, listed
from truecrowd.surfaces.report.phrases import Data, Lang, Phrase, _, say

UNKNOWN = "no format recognises this file"
"""How the error of recognition begins."""
_EVENTS = (("paid", "payment"), ("shipped", "ship"), ("delivered", "deliver"), ("cancelled", "cancel"))


def stub_for(error: InputError, path: str, options: Options, lang: Lang) -> str | None:
    """Return a drafted mapping for one file that nothing recognises, None where it does not look like an order export.

    Args:
        error: Why the file cannot be read; another reason than an unknown format gives no draft.
        path: The file.
        options: How it would be read.
        lang: Language of the remarks.
    """
    if not error.what.startswith(UNKNOWN):
        return None
    sources = listed([path], options.limits)
    if len(sources) != 1 or sources[0].is_once:
        return None
    return _drafted(sources[0], options, lang)


def _drafted(source: Source, options: Options, lang: Lang) -> str | None:
    try:
        sample = head_of(source, options)
    except InputError:
        return None
    found = guess(sample) if sample is not None and sample.header else None
    return draft(found, lang) if found is not None else None


def draft(found: Guessed, lang: Lang) -> str:
    """Return the TOML text; it parses as it is."""
    columns = found.columns
    head = _(
        "A draft: every line is a guess. Check it, then run: {command}",
        command="truecrowd formats FILE --map mine.toml",
    )
    lines = [_remark(head, lang), 'name = "my_shop"']
    lines.append(f"all = [{_quoted(columns['order_id'])}, {_quoted(columns['placed'])}]")
    lines += ["event = [", f'  {{ type = "order", ts = [{_quoted(columns["placed"])}] }},']
    lines += [f'  {{ type = "{kind}", ts = [{_quoted(columns[role])}] }},' for role, kind in _EVENTS if role in columns]
    lines += _paid(found, lang)
    lines += _refund(found, lang)
    lines += ["]", "", "[read]", 'strip = ["\\t"]']
    if found.has_points:
        lines.append('money = { group = ".", decimal = "," }')
    if found.private:
        lines.append(f"drop = [{', '.join(map(_quoted, found.private))}]")
    lines += ["", "[row]"]
    names = ("order_id", "line", "product_id", "product_title", "quantity", "account_id", "host_id", "currency")
    lines += [f"{name} = {_quoted(columns[name])}" for name in names if name in columns]
    if "currency" not in columns:
        said = _("no column names the currency: give --currency, or write it here")
        lines.append(f'# currency = {{ const = "USD" }}  {_remark(said, lang)}')
    if "amount" in columns:
        lines.append(f'amount_minor = {{ col = {_quoted(columns["amount"])}, grain = "auto" }}')
    return "\n".join([*lines, ""])


def _paid(found: Guessed, lang: Lang) -> list[str]:
    """Return the payment where no column tells its time: by the status, which a person must check."""
    if "paid" in found.columns or "status" not in found.columns:
        return []
    status = found.columns["status"]
    when = f"{{ {_quoted(status)} = [{_chosen(found.paid, found, status)}] }}"
    said = _("when it was paid; values here: {values}", values=Data(_seen(found, status)))
    line = f'  {{ type = "payment", ts = [{_quoted(found.columns["placed"])}], when = [{when}] }},'
    return [f"  {_remark(said, lang)}", line]


def _refund(found: Guessed, lang: Lang) -> list[str]:
    columns = found.columns
    status = columns.get("after") or columns.get("status")
    ts = f"[{_quoted(columns['refunded'])}]" if "refunded" in columns else "[]"
    amount = f", amount_minor = {_quoted(columns['refund_amount'])}" if "refund_amount" in columns else ""
    start = f'  {{ type = "refund", ts = {ts}{amount}'
    if "refunded" in columns:
        return [f"{start} }},"]
    if "refund_amount" in columns:
        return [f'{start}, ts_missing = "bound", when = [{{ {_quoted(columns["refund_amount"])} = "> 0" }}] }},']
    if status is None:
        return []
    said = _("when all money went back; values here: {values}", values=Data(_seen(found, status)))
    when = f"{{ {_quoted(status)} = [{_chosen(found.back, found, status)}] }}"
    return [f"  {_remark(said, lang)}", f'{start}, ts_missing = "bound", when = [{when}] }},']


def _chosen(chosen: tuple[str, ...], found: Guessed, status: str) -> str:
    """Return the values of a status that were guessed; "?" is none, so that nothing is said before a person says it."""
    return ", ".join(map(_quoted, [text for text in chosen if text in found.statuses.get(status, ())] or ["?"]))


def _seen(found: Guessed, status: str) -> str:
    return ", ".join(_quoted(text) for text in found.statuses.get(status, ())) or "-"


def _remark(said: Phrase, lang: Lang) -> str:
    return f"# {say(said, lang)}"


def _quoted(text: str) -> str:
    """Return text as a TOML string."""
    signs = [f"\\u{ord(sign):04x}" if ord(sign) < 32 or sign in '"\\\x7f' else sign for sign in text]
    return '"' + "".join(signs) + '"'
