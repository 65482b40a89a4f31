"""Words of the quality table in both languages."""

from typing import Final

_EN: Final = {
    "head": "quality beside peers", "rooms": "rooms", "events": "events", "world": "world", "seed": "seed",
    "tuned": "settings chosen on world", "at_most": "at most", "each": "each", "learnt": "labels learnt on world",
    "costs": "CPU s, apart from the rows below", "reading": "reading the events for peers", "features": "account features",
    "ingest": "our own reading", "audit": "our audit, whose scores are among the features",
    "interval": "in brackets: 95 % interval, whole operators and hosts drawn again 400 times, the same draws for all; "
    "who is not spoken of stands last",
    "account": "accounts in rooms", "room": "rooms, against every honest room", "order": "orders",
    "fleet": "groups of accounts that act as one", "fleets": "fleets",
    "manufactured": "manufactured", "ours_are": "our scores",
    "p_manufactured": "p_manufactured", "strongest_check": "the strongest check (verdicts state too few probabilities)",
    "system": "system", "setting": "setting", "average_precision": "AP", "auc": "AUC", "recall_at_0.01": "recall at 1 %",
    "b_cubed_f1": "B-cubed F1", "b_cubed_precision": "precision", "b_cubed_recall": "recall",
    "difference": "ours - theirs", "outcome": "outcome", "spoken": "spoken of", "speed": "events/CPU s",
    "clock": "clock s", "tuned_ap": "on tune", "published": "published, other data",
    "default": "defaults", "both": "defaults, best of", "chosen": "best of",
    "ours": "", "win": "we win", "lose": "WE LOSE", "tie": "not told apart", "unknown": "no interval",
    "not_installed": "not installed", "failed": "failed",
    "summary": "of {n} rows of {peers} peers that ran: we win {win}, lose {lose}, {tie} are not told apart, {unknown} have "
    "no interval; peers not installed: {absent}, failed: {failed}",
    "colon": ": ", "comma": ", ", "open": " (", "close": ")",
    "losses": "we lose", "no_losses": "no row is lost",
    "check": "rank correlation to the original", "not_checked": "rank correlation to originals: not run, no original given "
    "(--peer midas=PATH)", "as published": "as published", "exact": "counting exactly",
    "peer:truecrowd": "truecrowd", "peer:fraudar": "FRAUDAR (UGFraud)", "peer:midas": "MIDAS", "peer:midas_r": "MIDAS-R",
    "peer:midas_f": "MIDAS-F", "peer:mzoom": "M-Zoom", "peer:dcube": "D-Cube", "peer:pyod_ecod": "PyOD ECOD",
    "peer:pyod_iforest": "PyOD IForest", "peer:river_half_space": "river HalfSpaceTrees",
    "peer:gradient_boosting": "gradient boosting", "peer:flock_style": "FLOCK-style", "peer:after_midas": "after MIDAS",
    "peer:same_text": "rule: one text", "peer:duplicate_share": "rule: repeats", "peer:refund_rate": "rule: refunds",
    "peer:shopee_rule": "Shopee rule",
}  # fmt: skip
_ZH: Final = {
    "head": "与同类工具相比的检测质量", "rooms": "个直播间", "events": "条事件", "world": "世界", "seed": "种子",
    "tuned": "参数选自世界", "at_most": "每个工具最多", "each": "组", "learnt": "标注学自世界",
    "costs": "不计入下表的 CPU 秒", "reading": "为各工具读取事件", "features": "账号特征",
    "ingest": "我们自己的读取", "audit": "我们的审计（其分数也在特征之中）",
    "interval": "方括号内：95% 区间，以整个操盘方和整个主播为单位重复抽样 400 次，所有工具用同样的抽样；没有被提及的排在最后",
    "account": "直播间内的账号", "room": "直播间，与全部真实直播间相比", "order": "订单",
    "fleet": "行动如一人的账号群", "fleets": "同控账号群",
    "manufactured": "条为人为", "ours_are": "我们的分数",
    "p_manufactured": "p_manufactured", "strongest_check": "最强的一项检查（结论给出的概率太少）",
    "system": "工具", "setting": "参数", "average_precision": "AP", "auc": "AUC", "recall_at_0.01": "误报 1% 时的召回率",
    "b_cubed_f1": "B-cubed F1", "b_cubed_precision": "精确率", "b_cubed_recall": "召回率",
    "difference": "我们减对方", "outcome": "结果", "spoken": "提及的比例", "speed": "事件/CPU 秒",
    "clock": "实际秒数", "tuned_ap": "在 tune 上", "published": "作者公布（其他数据）",
    "default": "默认", "both": "默认，也是最佳，候选数", "chosen": "最佳，候选数",
    "ours": "", "win": "我们胜", "lose": "我们负", "tie": "分不出", "unknown": "没有区间",
    "not_installed": "未安装", "failed": "失败",
    "summary": "{peers} 个实际运行的工具共 {n} 行：我们胜 {win}，负 {lose}，分不出 {tie}，没有区间 {unknown}；"
    "{absent} 个工具未安装，{failed} 个失败",
    "colon": "：", "comma": "，", "open": "（", "close": "）",
    "losses": "我们负于", "no_losses": "没有负的行",
    "check": "与原程序的秩相关", "not_checked": "与原程序的秩相关：没有运行，未给出原程序（--peer midas=PATH）",
    "as published": "按公布的默认", "exact": "精确计数",
    "peer:truecrowd": "truecrowd", "peer:fraudar": "FRAUDAR（UGFraud）", "peer:midas": "MIDAS", "peer:midas_r": "MIDAS-R",
    "peer:midas_f": "MIDAS-F", "peer:mzoom": "M-Zoom", "peer:dcube": "D-Cube", "peer:pyod_ecod": "PyOD ECOD",
    "peer:pyod_iforest": "PyOD IForest", "peer:river_half_space": "river HalfSpaceTrees",
    "peer:gradient_boosting": "梯度提升", "peer:flock_style": "FLOCK 风格", "peer:after_midas": "仿 MIDAS",
    "peer:same_text": "规则：同一文本", "peer:duplicate_share": "规则：重复评论", "peer:refund_rate": "规则：退款率",
    "peer:shopee_rule": "Shopee 规则",
}  # fmt: skip
PUBLISHED: Final[dict[str, dict[str, str]]] = {
    "en": {
        "fraudar": "a block of over 4,000 accounts of a social network, most with signs of bought followers (Hooi 2016)",
        "midas": "AUC 42-48 % above earlier systems on network traffic (Bhatia 2020)",
        "midas_r": "AUC up to 0.95 on network traffic (Bhatia 2020)",
        "midas_f": "AUC up to 55 % above earlier systems on network traffic (Bhatia 2022)",
        "mzoom": "AUC 0.98 on network attacks (Shin 2016)",
        "dcube": "most exact of those compared on network attacks and ratings (Shin 2017)",
        "pyod_ecod": "ahead of 11 others on 30 data sets of other fields (Li 2022)",
        "flock_style": "rooms: precision over 0.98; large made attacks: over 0.9 / 0.9 (Shah 2017)",
    },
    "zh": {
        "fraudar": "在社交网络中找出一个 4,000 多个账号的密集块，多数有买粉迹象（Hooi 2016）",
        "midas": "在网络流量上，AUC 比以前的系统高 42%-48%（Bhatia 2020）",
        "midas_r": "在网络流量上，AUC 最高 0.95（Bhatia 2020）",
        "midas_f": "在网络流量上，AUC 最多比以前的系统高 55%（Bhatia 2022）",
        "mzoom": "在网络攻击数据上，AUC 0.98（Shin 2016）",
        "dcube": "在网络攻击和评分数据上，是所比较的方法中最准的（Shin 2017）",
        "pyod_ecod": "在其他领域的 30 个数据集上优于另外 11 种方法（Li 2022）",
        "flock_style": "直播间：精确率超过 0.98；大规模人造攻击：均超过 0.9（Shah 2017）",
    },
}
"""What authors report on data of their own, by language and peer; no simulated figure is comparable with it."""
WORDS: Final[dict[str, dict[str, str]]] = {"en": _EN, "zh": _ZH}
"""By language: levels, columns, outcomes and the names of peers."""
