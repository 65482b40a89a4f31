"""Schemes, roles, guard families and groups in words of both languages; a code nobody here knows stands as it is."""

from typing import Final

_EN: Final = {
    "any": "any", "honest": "honest", "plain": "plain",
    # schemes; some are roles, too
    "farm": "account farm", "popup": "pop-ups without buyers", "likes": "likes", "popularity": "idle viewers",
    "troupe": "people acting on cue", "brushing": "brushing", "reviews": "reviews to order",
    "staged_stock": "staged stock", "false_limited": "limited offer that did not end",
    "inflated_count": "online count set too high", "organised": "organised fans", "automated": "automated",
    # roles
    "casual": "ordinary viewers", "fan": "fans", "staff": "staff", "draw": "prize draw", "deal": "limited offer",
    "raid": "raid from another room", "link": "shared link", "celebrity": "guest's followers",
    "paid_push": "official promotion", "new_user": "new-user campaign", "school": "school break",
    "packet": "red packet", "price_error": "wrong price", "fan_group": "led fan group",
    # guard families that are no role
    "red_packet": "red packet", "masked": "masked names", "command": "same command", "storm_gift": "storm gift",
    "commanded_words": "commanded words", "slogan": "one slogan", "same_text": "same text", "copying": "copying",
    "quiet_talk": "quiet, varied talk", "few_talkers": "few who talk", "long_comments": "long comments",
    "shared_link": "shared link", "paid_promotion": "official promotion", "new_users": "new users",
    "school_break": "school break", "sampled": "sampled joins", "plain_small": "small and plain",
    "slow_mode": "slow mode", "batched_clock": "batched clock", "burst": "busy minute",
    "incomplete_joins": "joins not delivered", "repeat_visits": "repeat visits", "high_refunds": "many refunds",
    "popularity_index": "popularity index", "outage": "outage", "campus_network": "campus network",
    "subsidised_phone": "subsidised phone", "older_phones": "older phones", "system_release": "system release day",
    "screen_readers": "screen readers", "deal_rush": "rush for a limited offer", "extended_offer": "announced extension",
    "fan_club": "fan club", "popular_phone": "popular phone", "prize_draw": "prize draw", "prompt": "answers to a prompt",
    "refunds": "ordinary refunds", "repeat_joins": "repeat joins", "sell_out": "real sell-out",
    "shared_network": "shared addresses", "unpaid_release": "unpaid orders released",
    # groups of people, qualities, hosts
    "region": "region", "language": "writes:", "room_language": "room in:", "en": "English", "phone_price": "phone price, yuan:", "zh": "Chinese",
    "other": "another script", "unwritten": "nothing written", "hosts": "hosts served:", "level": "level", "naive": "naive",
    "free": "+0 %", "room": "rooms", "account": "accounts", "order": "orders",
    # measures of shares
    "viewers": "viewers", "viewer_minutes": "minutes watched", "comments": "comments", "popups": "pop-ups",
    "orders": "orders", "gmv": "value of orders",
}  # fmt: skip
_ZH: Final = {
    "any": "全部", "honest": "真实", "plain": "普通",
    "farm": "账号农场", "popup": "无买家的购买弹窗", "likes": "点赞", "popularity": "挂机观众",
    "troupe": "听令行事的群演", "brushing": "刷单", "reviews": "代写评价",
    "staged_stock": "虚设库存", "false_limited": "不结束的限时优惠",
    "inflated_count": "虚高的在线人数", "organised": "有组织的粉丝", "automated": "机器批量",
    "casual": "普通观众", "fan": "粉丝", "staff": "工作人员", "draw": "抽奖", "deal": "限量优惠",
    "raid": "别的直播间涌入", "link": "分享链接", "celebrity": "嘉宾粉丝",
    "paid_push": "官方推广", "new_user": "拉新活动", "school": "课间", "packet": "红包", "price_error": "标错价",
    "fan_group": "有人带领的粉丝群",
    "red_packet": "红包", "masked": "昵称打码", "command": "同一指令", "storm_gift": "弹幕风暴礼物",
    "commanded_words": "口播指定文字", "slogan": "同一口号", "same_text": "相同文字", "copying": "复制他人",
    "quiet_talk": "安静而多样的聊天", "few_talkers": "少数人发言", "long_comments": "长评论",
    "shared_link": "分享链接", "paid_promotion": "官方推广", "new_users": "新用户",
    "school_break": "课间", "sampled": "进房被抽样", "plain_small": "普通小房间",
    "slow_mode": "慢速模式", "batched_clock": "成批时钟", "burst": "最忙一分钟",
    "incomplete_joins": "进房不全", "repeat_visits": "反复进出", "high_refunds": "退款多",
    "popularity_index": "人气值", "outage": "断线", "campus_network": "校园网",
    "subsidised_phone": "补贴机型", "older_phones": "旧手机", "system_release": "系统发布日",
    "screen_readers": "读屏软件", "deal_rush": "限量优惠抢购", "extended_offer": "事先说明的延长",
    "fan_club": "粉丝团", "popular_phone": "热门机型", "prize_draw": "抽奖", "prompt": "回应口令",
    "refunds": "普通退款", "repeat_joins": "反复进房", "sell_out": "真售罄",
    "shared_network": "共用地址", "unpaid_release": "未付款订单释放",
    "region": "地区", "language": "所写文字：", "room_language": "直播间语言：", "en": "英文", "phone_price": "手机价格（元）：", "zh": "中文",
    "other": "其他文字", "unwritten": "未发言", "hosts": "服务的主播数：", "level": "等级", "naive": "粗糙",
    "free": "+0 %", "room": "直播间", "account": "账号", "order": "订单",
    "viewers": "观众", "viewer_minutes": "观看时长", "comments": "评论", "popups": "购买弹窗",
    "orders": "订单", "gmv": "成交额",
}  # fmt: skip
NAMES: Final[dict[str, dict[str, str]]] = {"en": _EN, "zh": _ZH}


def group_name(group: str, lang: str) -> str:
    """Return a cell's group in words, `zh` or `en`.

    >>> group_name("farm +25 %", "en"), group_name("language zh", "zh"), group_name("R05", "en")
    ('account farm +25 %', '所写文字：中文', 'R05')
    """
    words = NAMES[lang]
    said = " ".join(words.get(word, word) for word in group.split(" "))
    return said.replace("： ", "：")
