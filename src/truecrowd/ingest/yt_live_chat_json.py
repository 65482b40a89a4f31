"""YouTube live chat as yt-dlp saves it (`*.live_chat.json`): one JSON object a line, each with some actions."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final

import orjson

from truecrowd.ingest.clocks import epoch_us, fault
from truecrowd.ingest.currencies import digits_of
from truecrowd.ingest.identities import by_id, by_name, text_id
from truecrowd.ingest.importer import About, Importer, Match, Reader, Row, Sample, Sink

Item = dict[str, Any]

_KINDS: Final = {
    "liveChatTextMessageRenderer": "comment",
    "liveChatPaidMessageRenderer": "gift",
    "liveChatPaidStickerRenderer": "gift",
    "liveChatMembershipItemRenderer": "fan_club",
}
"""What becomes an event; everything else (deletions, tickers, notices) is counted as skipped."""
_AMOUNT: Final = re.compile(r"(?P<before>[^\d\s]{0,6})\s?(?P<number>\d[\d.,\s']{0,30})(?P<after>\D{0,6})")
_SIGNS: Final = {
    "$": "USD", "US$": "USD", "CA$": "CAD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD", "MX$": "MXN",
    "R$": "BRL", "SGD": "SGD", "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY", "₩": "KRW", "₹": "INR", "₽": "RUB",
    "₱": "PHP", "₫": "VND", "₪": "ILS", "₺": "TRY", "zł": "PLN", "Kč": "CZK", "฿": "THB",
}  # fmt: skip
"""Signs YouTube writes in place of a code; dollars of other countries carry a prefix there."""
_CODE: Final = re.compile(r"[A-Z]{3}")


def recognise(sample: Sample) -> Match | None:
    """Claim a file by the share of its lines that are chat actions."""
    n_fit = sum("replayChatItemAction" in value for value in sample.objects)
    return Match(n_fit / len(sample.lines), "rule 4: replayChatItemAction") if n_fit else None


class _Reader:
    __slots__ = ("_room", "_sink")

    def __init__(self, about: About, sink: Sink) -> None:
        self._sink = sink
        self._room = about.room or about.stem.removesuffix(".live_chat")

    def feed(self, unit: object) -> None:
        assert isinstance(unit, bytes)
        try:
            actions = orjson.loads(unit)["replayChatItemAction"]["actions"]
            if type(actions) is not list or not actions:
                raise TypeError("no actions")
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self._sink.reject("bad_json")
            return
        for action in actions:
            self._action(action)

    def _action(self, action: object) -> None:
        native = ""
        try:
            if type(action) is not dict:
                raise TypeError("no action")
            native = _name(action)
            if native != "addChatItemAction":
                self._sink.skip(native)
                return
            item = action[native]["item"]
            native = _name(item)
            if native in _KINDS:
                self._item(native, item[native])
            else:
                self._sink.skip(native)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self._sink.reject("bad_json", native)

    def _item(self, native: str, item: Item) -> None:
        ts = epoch_us(item.get("timestampUsec"))
        if not ts:
            self._sink.reject(fault(item.get("timestampUsec")), native)
            return
        row: Row = {"ts": ts, "event_type": _KINDS[native], "source_room_id": self._room}
        identifier = text_id(item.get("id"))
        if identifier:
            row["event_id"] = identifier
        channel = text_id(item.get("authorExternalChannelId"))
        if channel:
            row["account_id"], row["id_kind"] = by_id(channel)
        elif item.get("authorName"):
            row["account_id"], row["id_kind"] = by_name(str(item["authorName"].get("simpleText", "")))
        text = _text(item.get("message"))
        if text or native == "liveChatTextMessageRenderer":
            row["text"] = text
        paid = item.get("purchaseAmountText")
        if paid is not None and not self._amount(row, str(paid.get("simpleText", ""))):
            self._sink.reject("bad_amount", native)
            return
        self._sink.keep(native, row)

    def _amount(self, row: Row, text: str) -> bool:
        found = amount(text)
        if found is None:
            return False
        row["amount_minor"], row["currency"], row["value"] = *found, 1.0
        return True

    def close(self) -> None:
        """Nothing is held back."""


def _name(holder: dict[str, Any]) -> str:
    """Return the first key that names a renderer or an action; others are tracking parameters."""
    for key in holder:
        if key.endswith(("Action", "Renderer", "Command")):
            return key
    raise KeyError("no action, no renderer")


def _text(message: object) -> str:
    """Return the text of a message; an emoji gives its short name, or itself where it is one character."""
    if not isinstance(message, dict):
        return ""
    if "simpleText" in message:
        return str(message["simpleText"])
    parts = []
    for run in message.get("runs") or ():
        emoji = run.get("emoji")
        if emoji is None:
            parts.append(str(run.get("text", "")))
        else:
            names = emoji.get("shortcuts") or ()
            parts.append(str(names[0] if emoji.get("isCustomEmoji") and names else emoji.get("emojiId", "")))
    return "".join(parts)


def amount(text: str) -> tuple[int, str] | None:
    """Return minor units and currency of a price as it is shown, None where it cannot be told.

    >>> amount("CZK 20.00"), amount("¥1,000"), amount("1.234,50 €"), amount("20.00")
    ((2000, 'CZK'), (1000, 'JPY'), (123450, 'EUR'), None)
    """
    found = _AMOUNT.fullmatch(text.replace("\xa0", " ").replace("\u202f", " ").strip())
    if found is None:
        return None
    sign = found["before"].strip() or found["after"].strip()
    currency = _SIGNS.get(sign) or (sign if _CODE.fullmatch(sign) else None)
    if currency is None:
        return None
    digits = digits_of(currency)
    try:
        minor = Decimal(_plain(found["number"], digits)).scaleb(digits).to_integral_value(ROUND_HALF_EVEN)
    except InvalidOperation:
        return None
    return int(minor), currency


def _plain(number: str, digits: int) -> str:
    """Return a number with a point, without grouping: the last sign is a point unless three digits follow it."""
    number = re.sub(r"[\s']", "", number)
    at = max(number.rfind("."), number.rfind(","))
    n_after = len(number) - at - 1
    if at < 0 or (n_after == 3 and (digits != 3 or number.count(number[at]) > 1)):
        return re.sub(r"[.,]", "", number)
    return f"{re.sub('[.,]', '', number[:at])}.{number[at + 1 :]}"


def start(about: About, sink: Sink) -> Reader:
    """Return a reader of one file."""
    return _Reader(about, sink)


IMPORTER: Final = Importer(
    name="yt_live_chat_json",
    version="1",
    state="sample",
    title_en="YouTube live chat as yt-dlp saves it, one JSON object a line",
    title_zh="yt-dlp 保存的 YouTube 直播聊天，每行一个 JSON 对象",
    looks_for="JSON lines with replayChatItemAction",
    unit="line",
    gives=("comment", "gift", "fan_club"),
    recognise=recognise,
    start=start,
)
