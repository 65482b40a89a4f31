"""The import report: what each file was, what came of its rows, what it cannot show (ingest.md, section 5)."""

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from truecrowd.ingest.ledger import BINS
from truecrowd.ingest.reading import Imported
from truecrowd.ingest.recognition import Recognised

Lang = Literal["zh", "en"]

_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "read": "read", "kept": "kept", "merged": "merged", "duplicate": "duplicate", "skipped": "skipped",
        "rejected": "rejected", "sampled": "sampled", "sep": " · ", "list": ", ", "zone": "zone {tz} {source}",
        "measured": "measured", "option": "by --tz", "accounts": "accounts: {kinds}", "time": "event time: {kind}",
        "partial": "result is partial", "absent": "not in this input: {what}", "rejects": "rejected for: {what}",
        "stable": "platform ids", "nick": "display names", "hashed": "hashed ids", "masked": "masked ids",
        "guest": "guests", "server": "server clock", "capture": "recorder clock, nothing below 2 s is tested",
        "video_offset": "position in the video", "minute": "minutes only", "bound": "upper bounds only",
    },
    "zh": {
        "read": "读取", "kept": "保留", "merged": "合并", "duplicate": "重复", "skipped": "略过",
        "rejected": "无法读取", "sampled": "平台抽样", "sep": " · ", "list": "、", "zone": "时区 {tz}（{source}）",
        "measured": "实测", "option": "由 --tz 给出", "accounts": "账号：{kinds}", "time": "事件时间：{kind}",
        "partial": "结果不完整", "absent": "输入中没有：{what}", "rejects": "无法读取的原因：{what}",
        "stable": "平台账号", "nick": "显示昵称", "hashed": "散列账号", "masked": "打码账号",
        "guest": "游客", "server": "服务器时钟", "capture": "录制端时钟，2 秒以内不作判断",
        "video_offset": "视频内位置", "minute": "仅到分钟", "bound": "仅有上限",
    },
}  # fmt: skip

_WANTED: Final = (
    "join", "leave", "comment", "like", "follow", "share", "gift", "cart_popup", "order", "refund", "stock", "price",
    "claim", "product_click",
)  # fmt: skip
"""Event types whose absence is said: a check somewhere needs each of them."""


@dataclass(frozen=True, slots=True)
class _Text:
    words: dict[str, str]
    lang: Lang

    def __getitem__(self, name: str) -> str:
        return self.words[name]


def import_report(imported: Imported, lang: Lang) -> list[str]:
    """Return the import report as lines of text.

    Args:
        imported: The account of a run.
        lang: Language of the words; names of formats, columns and event types stay as they are.
    """
    text = _Text(_WORDS[lang], lang)
    rows = {(row["source"], row["sha256"]): row for row in imported.imports.to_pylist()}
    counts = imported.import_counts.to_pylist()
    out: list[str] = []
    for found, row in zip(imported.recognised, _in_order(imported, rows), strict=True):
        out += _file(found, row, [one for one in counts if one["source"] == row["source"]], text)
    out += list(imported.notes)
    out += _rejects(imported, text)
    seen = {one["event_type"] for one in counts if one["n_kept"]}
    absent = [kind for kind in _WANTED if kind not in seen]
    if absent:
        out.append(text["absent"].format(what=text["list"].join(absent)))
    if imported.is_partial:
        out.append(text["partial"])
    return out


def _in_order(imported: Imported, rows: dict[tuple[str, str], dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows of `imports` in the order of reading; the table itself is sorted by name."""
    left = list(rows.values())
    out = []
    for found in imported.recognised:
        at = next(i for i, row in enumerate(left) if row["source"] == found.source)
        out.append(left.pop(at))
    return out


def _file(found: Recognised, row: dict[str, object], counts: list[dict[str, object]], text: _Text) -> list[str]:
    zone = text["zone"].format(tz=row["tz"], source=text[str(row["tz_from"])]) if row["tz_from"] else ""
    head = f"{found.source}  {found.format} {found.confidence:.2f} ({found.reason})"
    first = "  ".join(part for part in (head, found.packing, found.encoding, zone) if part)
    bins = " + ".join(f"{text[name]} {row[f'n_{name}']:,}" for name in BINS)
    out = [first, f"{text['read']} {row['n_read']:,} = {bins}"]
    kinds: Counter[str] = Counter()
    sampled = {str(one["event_type"]) for one in counts if one["is_sampled"]}
    for one in counts:
        if one["n_kept"]:
            kinds[str(one["event_type"])] += int(str(one["n_kept"]))
    told = [f"{kind} {n:,}" + (f" ({text['sampled']})" if kind in sampled else "") for kind, n in kinds.most_common()]
    if told:
        out.append(text["sep"].join(told))
    worth = [text["accounts"].format(kinds=text[str(row["id_kind"])])] if row["id_kind"] else []
    worth += [text["time"].format(kind=text[str(row["ts_kind"])])] if row["ts_kind"] else []
    return [*out, text["sep"].join(worth)] if worth else out


def _rejects(imported: Imported, text: _Text) -> list[str]:
    reasons = Counter(imported.rejects.column("reason").to_pylist())
    if not reasons:
        return []
    told = text["list"].join(f"{reason} {n:,}" for reason, n in reasons.most_common())
    return [text["rejects"].format(what=told)]
