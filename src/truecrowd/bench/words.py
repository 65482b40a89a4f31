"""Words of the table in both languages."""

from typing import Final

_EN: Final = {
    "cores": "cores", "load": "load", "repeats": "repeats (median, range)", "events": "events", "accounts": "accounts",
    "cpu_s": "CPU s", "wall": "clock", "we": "we take", "target": "target", "reached": "reached", "missed": "MISSED",
    "no_peer": "cannot tell without DuckDB", "unequal": "ANSWERS DIFFER", "one_core": "one thread",
    "all_cores": "all cores", "not_installed": "not installed", "failed": "failed", "bound": "bound: reading alone",
    "truecrowd": "truecrowd", "duckdb": "DuckDB", "polars": "Polars", "peak": "peak memory", "base": "before it",
    "cost": "CPU per event", "states": "memory of states", "per_account": "per account in a room",
    "per_room": "per room",
    "features": "features from tuned Parquet, ids as hashes", "features_text": "features from tuned Parquet, ids as text",
    "ndjson": "NDJSON to EVENTS (peers: four columns)", "ndjson_all": "NDJSON to EVENTS (peers: all columns)",
    "parquet": "Parquet to EVENTS", "csv": "CSV to EVENTS", "csv_quoted": "CSV with every text quoted, to EVENTS",
    "simulate_week": "simulate week", "simulate_head": "simulate head",
    "simulate_bound": "bound: writing rows like the last alone",
    "audit": "audit, the audience grows", "audit_same": "audit, the same audience", "ingest": "ingest alone",
    "verify": "verify.py alone, whole segments", "seal": "durable sealing, three commitments", "plain_append": "plain hashed append with fsync",
    "commit": "slowest commit", "overhead": "evidence beside a record, by records of a segment",
    "detectors": "all detectors, one thread", "report": "truecrowd audit to a finished report, all cores",
}  # fmt: skip
_ZH: Final = {
    "cores": "核", "load": "负载", "repeats": "次重复（中位数与范围）", "events": "条事件", "accounts": "个账号",
    "cpu_s": "CPU 秒", "wall": "实际耗时", "we": "我们快", "target": "目标", "reached": "达到", "missed": "未达到",
    "no_peer": "没有 DuckDB，无法判断", "unequal": "结果不一致", "one_core": "单线程",
    "all_cores": "全部核心", "not_installed": "未安装", "failed": "失败", "bound": "下限：仅读取",
    "truecrowd": "truecrowd", "duckdb": "DuckDB", "polars": "Polars", "peak": "内存峰值", "base": "开始之前",
    "cost": "每条事件的 CPU 耗时", "states": "状态占用的内存", "per_account": "每个直播间的每个账号",
    "per_room": "每个直播间",
    "features": "从调优的 Parquet 计算特征，ID 为哈希", "features_text": "从调优的 Parquet 计算特征，ID 为文本",
    "ndjson": "NDJSON 读入事件表（对照工具只读四列）", "ndjson_all": "NDJSON 读入事件表（对照工具读全部列）",
    "parquet": "Parquet 读入事件表", "csv": "CSV 读入事件表", "csv_quoted": "CSV 读入事件表，所有文本都加引号",
    "simulate_week": "模拟 week", "simulate_head": "模拟 head", "simulate_bound": "下限：仅写出与上一行相同规模的数据",
    "audit": "审计，观众随之增加", "audit_same": "审计，观众不变", "ingest": "仅读入",
    "verify": "单独运行 verify.py，整段记录", "seal": "落盘封存，每条三个承诺", "plain_append": "普通哈希追加并落盘",
    "commit": "最慢一次提交", "overhead": "每条记录之外的证据开销，按分段记录数",
    "detectors": "全部检测器，单线程", "report": "truecrowd audit 直到报告写完，全部核心",
}  # fmt: skip
WORDS: Final[dict[str, dict[str, str]]] = {"en": _EN, "zh": _ZH}
"""By language: every word of the table, the names of rows, runs and contenders among them."""
