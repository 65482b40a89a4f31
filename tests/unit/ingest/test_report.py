"""The import report: the same facts in both languages."""

import io

import pytest

from truecrowd.ingest import import_report, read_one
from truecrowd.ingest.report import Lang

DATA = b"".join(
    b'{"ts":%d,"type":"%s","room_id":"r","account_id":"u%d"}\n' % (1_788_438_358 + at, b"join" if at % 3 else b"comment", at) for at in range(300)
) + b"{\n" * 20  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("en", ["stream  canonical 1.00 (rule 4: ts + room_id + event_type)  utf-8",
                "read 320 = kept 300 + merged 0 + duplicate 0 + skipped 0 + rejected 20",
                "join 200 · comment 100", "accounts: platform ids · event time: server clock", "rejected for: bad_json 20"]),
        ("zh", ["stream  canonical 1.00 (rule 4: ts + room_id + event_type)  utf-8",
                "读取 320 = 保留 300 + 合并 0 + 重复 0 + 略过 0 + 无法读取 20",
                "join 200 · comment 100", "账号：平台账号 · 事件时间：服务器时钟", "无法读取的原因：bad_json 20"]),
    ],
)  # fmt: skip
def test_a_report_says_what_became_of_every_row(lang: Lang, wanted: list[str]) -> None:
    _, imported = read_one(io.BytesIO(DATA))
    told = import_report(imported, lang)

    assert told[:5] == wanted
    assert told[-1] in ("result is partial", "结果不完整")
    assert "leave" in told[-2]
    assert "join" not in told[-2]
