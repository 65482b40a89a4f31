"""The world `tune`: a late-night household room on a platform that pushes rooms in waves.

All values are invented by the same author as the other worlds, on purpose from other assumptions: laws have other
families (Weibull, gamma, Lomax), phones follow a rank law, addresses lie in even blocks for each operator, prices are low
price points, farms speak in turn from one timer. Numbers marked P are from the press on paid crowds.
Thresholds may be chosen on this world.
"""

from typing import Final

from truecrowd.simulate.world import (
    Acts,
    Ages,
    Arrivals,
    Brushing,
    Crowds,
    Farm,
    Guards,
    Networks,
    Phones,
    Prices,
    Shop,
    Shown,
    Stay,
    Talk,
    Troupe,
    Words,
    World,
)  # fmt: skip

TUNE_EN: Final = Words(
    phrases=("here", "got it", "which link", "cheap", "so good", "thx", "haha", "ship soon pls", "5 stars", "waiting", "let me try", "what size", "want", "666", "?", "hey"),
    topics=("volume", "material", "smell", "size", "packing", "voltage", "switch", "brush", "lid", "handle", "manual", "shelf life"),
    asks=("big enough", "washable", "does it take heat", "how many in a pack", "where is it made", "can I return it", "any larger one", "is it safe for kids", "what comes with it", "how does it work in the long run"),
    line="placeholder remark {n} - {a}, {b}",
    foreign="占位留言{n}·{a}之{b}",
    bargain="placeholder offer {n} - cheaper {a} please",
    praise="placeholder regular {n} - {a} is fine at home",
    title="sample {a} no. {n}",
    staff_line="staff sample {n}: {a}",
    staff=("links are up", "note the colour when you order", "returns are insured", "ships tonight"),
    review="placeholder review {n} - {a} is ok",
    paid_review="placeholder commissioned review {n} - {a} is excellent, the whole family loves it and we stay with this shop",
    sayings=(
        ("vote", "type 1 if you like it"),
        ("draw", "free order draw: follow, then send \"placeholder word six\""),
        ("limit_stock", "{} in stock and that is it"),
        ("sold_out", "all gone, taken down"),
        ("released", "{} timed out, back in stock"),
        ("offer", "special price for {} minutes, then the normal price again"),
        ("extended", "as agreed {} minutes more, then the normal price"),
        ("restored", "time, normal price again"),
        ("only_minutes", "just {} minutes, then straight back up"),
        ("only_minutes_en", "Just {} minutes at this price, then it goes back up"),
        ("last_pieces", "the last {} pieces"),
        ("last_pieces_en", "Only the last {} pieces"),
        ("found_more", "the factory sent more"),
        ("raid_hello", "followed from another room"),
        ("draw_answer", "placeholder word six"),
        ("storm", "placeholder rain"),
        ("packet", "placeholder packet"),
        ("no_sound", "can't hear"),
        ("echo", "noise"),
        ("slogan", "placeholder cheer: we are all here"),
        ("command", "#vote{}"),
        ("typed", "{}"),
        ("click_666", "send 666 to buy"),
        ("guest", "here is tonight's guest"),
        ("wrong_price", "that price was a mistake, all orders go out"),
        ("packet_call", "password packet is here"),
        ("reconnect", "signal lost, refresh"),
        ("bulk", "placeholder long remark {} - used one for half a year and want another as a gift, do the parts of old and new fit each other"),
    ),
    goods=(("apparel", ("socks", "pyjamas", "hat", "scarf", "slippers")), ("household", ("clay pot", "toothbrush", "bin bags", "kettle", "food box", "hangers"))),
)  # fmt: skip
"""What is written in rooms in English."""

TUNE: Final = World(
    name="tune",
    arrivals=Arrivals(
        warm_up_s=900.0, warm_up_rate=0.7, minute=("lognormal", 1.0, 0.3), pushes_per_hour=1.5, push_factor=2.5,
        repeat_share=0.12, repeat_gap_min_s=300.0, repeat_gap=("weibull", 2_000.0, 0.8),
        sources=(("recommend", 0.44), ("follow", 0.12), ("search", 0.16), ("share", 0.11), ("paid", 0.14), ("external", 0.03)),
    ),
    stay=Stay(parts=((0.78, ("weibull", 130.0, 0.7)), (0.22, ("lomax", 1_200.0, 1.6))), lost_leave_share=0.06),
    talk=Talk(
        commenter_share=0.042, settle_s=90.0, once_share=0.55, more_tail=1.2, more_max=40, gap=("gamma", 65.0, 1.2),
        heat=("lognormal", 1.0, 1.1), heat_memory=0.3, phrase_share=0.58, phrase_tail=0.7, copy_share=0.06,
        english_share=0.01, tier_share=0.4, prompts_per_hour=2.6, answer_share=0.06, answer=("gamma", 11.0, 2.0),
        slow_modes_s=(0.0, 0.0, 0.0, 32.0),
    ),
    words=Words(
        phrases=("扣1", "在的", "买了", "几号链接", "便宜", "真香", "老板大气", "哈哈", "催发货", "好评", "蹲", "试试", "多大", "要", "666", "？"),
        topics=("容量", "材质", "味道", "尺寸", "包装", "电压", "开关", "刷头", "盖子", "把手", "说明书", "保质期"),
        asks=("够用吗", "能洗吗", "耐热吗", "几个装", "哪里产的", "能退吗", "有大号吗", "安全吗", "送什么", "咋用"),
        line="占位留言{n}·{a}{b}", foreign="placeholder remark {n}, topic {a}-{b}", bargain="占位还价{n}·{a}算便宜点",
        title="示例{a} {n} 号", staff_line="客服示例 {n}：{a}", praise="占位回购{n}·{a}用着好", staff=("链接已上", "拍下备注颜色", "运费险都有", "今晚发出"),
        review="占位评价{n}·{a}还行", paid_review="占位约稿{n}·{a}特别好用全家都很喜欢以后一直在这家买",
        sayings=(
            ("vote", "喜欢的家人扣 1"), ("draw", "开始抽免单，点关注再发“占位暗号六”"), ("limit_stock", "库存就{}单，没了就没了"),
            ("sold_out", "卖光了，下架了"), ("released", "有{}单超时未付，放出来了"), ("offer", "优惠价{}分钟，到点恢复原价"),
            ("extended", "按说好的再延长{}分钟，之后恢复原价"), ("restored", "时间到，恢复原价"),
            ("only_minutes", "就{}分钟，过了马上恢复原价"), ("only_minutes_en", "Just {} minutes at this price, then it goes back up"),
            ("last_pieces", "最后{}件了"), ("last_pieces_en", "Only the last {} pieces"), ("found_more", "厂里又调来一批"),
            ("raid_hello", "从别的房间跟过来的"), ("draw_answer", "占位暗号六"), ("storm", "占位弹幕雨"), ("packet", "占位口令包"),
            ("no_sound", "听不见"), ("echo", "有杂音"), ("slogan", "占位应援：主播加油我们都在"), ("command", "#投{}"), ("typed", "{}"),
            ("click_666", "想拍的刷 666"), ("guest", "请出今天的嘉宾"), ("wrong_price", "刚才标价有误，拍了的都发"),
            ("packet_call", "口令红包来了"), ("reconnect", "信号断了，刷新重进"), ("bulk", "占位长留言{}·用了半年想再买一套送人，不知道新版和旧版的配件能不能通用"),
        ),
        goods=(("apparel", ("袜子", "睡衣", "帽子", "围巾", "拖鞋")), ("household", ("砂锅", "牙刷", "垃圾袋", "电热水壶", "保鲜盒", "衣架"))),
    ),
    words_en=TUNE_EN,
    english_room_share=0.08,
    acts=Acts(
        like_share=0.22, streaks_mean=1.8, taps=("lomax", 16.0, 1.8), follow_share=0.02, club_share=0.004, badge_share=0.012,
        gift_share=0.002, share_share=0.011,
    ),
    phones=Phones(
        models=tuple((f"TU-{rank:02d}", (rank + 3.0) ** -1.2, 9 + rank * 7 % 6, 600 + rank * 311 % 4_700) for rank in range(60)),
        os_lag_mean=1.9, apps=(("12.8", 0.3), ("12.7", 0.3), ("12.5", 0.2), ("11.9", 0.12), ("10.2", 0.08)),
    ),
    networks=Networks(
        sharing="blocks", mobile_share=0.72, mobile_addresses=1_500, mobile_tail=0.0,
        asns=((64_701, 0.55), (64_702, 0.25), (64_703, 0.2)), n_regions=31, region_tail=1.0,
    ),
    ages=Ages(days=("weibull", 420.0, 0.9), young_share=0.02),
    shop=Shop(
        n_products=16, slot_s=540.0, price_yuan=("gamma", 36.0, 1.6), price_ending_minor=900, live_discount=0.6,
        click_share=0.31, on_air_share=0.62, popup_share=0.30, order_share=0.48, quantities=(0.6, 0.22, 0.1, 0.05, 0.03),
        unpaid_share=0.18, unpaid_after_s=1_800.0, pay=("weibull", 22.0, 0.9), ship_hours=("gamma", 22.0, 4.0),
        deliver_days=("gamma", 2.6, 6.0), refund_shares=(("apparel", 0.45), ("household", 0.18)), early_refund_share=0.5,
        late_refund_days=("gamma", 2.5, 1.5), review_share=0.06,
    ),
    shown=Shown(online_multiple=1.0, online_noise=0.03, every_s=20.0, bare_share=0.03),
    crowds=Crowds(
        fan_share=0.008, fan_stay_median_s=3_600.0, n_staff=3, raid_share=0.15, raid_within_s=45.0, draw_share=0.05,
        draw_answer_share=0.6, deal_share=0.06,
    ),
    guards=Guards(
        storm_share=0.2, storm=("gamma", 12.0, 2.0), command_share=0.2, celebrity_factor=1.8, link_share=0.6, paid_share=0.7,
        young_share=0.5, school_share=0.2, campus_share=0.3, subsidised_share=0.55, older_share=0.7, release_share=0.3,
        reader_share=0.15, price_error_share=0.6, packet_share=0.5, commanded_share=0.25, slogan_share=0.3, outage_share=0.6,
        sampled_per_s=0.1, tick_s=5.0, masked_names=3, unseen_join_share=0.35, burst_factor=25.0, refund_share=0.75, long_line=15,
    ),
    farm=Farm(
        models=(("TU-14", 10, "10.2"), ("TU-21", 9, "10.2")), waves=((0.25, 0.0), (0.25, 600.0), (0.25, 1_200.0), (0.25, 1_800.0)),
        join_within_s=60.0, steps=("like", "follow", "fan_club"), order_within_s=45.0, order_every_s=300.0, gap_s=(240.0, 420.0),
        gap_jitter_s=4.0, round_robin=True, address_run=True, talker_share=0.8, age_days=(3.0, 12.0), batch_hours=10.0,
        batch_size=40, n_regions=2,
    ),
    troupe=Troupe(
        arrive_s=(30.0, 420.0), steps=("like", "follow", "comment", "fan_club", "light_badge", "product_click"),
        step=("gamma", 70.0, 4.0), line_gap=("gamma", 320.0, 3.0), stay_s=(3_600.0, 5_400.0),
    ),
    brushing=Brushing(n_addresses=6, within_s=900.0, refund_share=0.68, refund_days=(0.2, 5.0), pay_s=(2.0, 60.0)),
    prices=Prices(
        farm_500=120.0, farm_hours=1.0, popups_3h=30.0, likes_2000=8.0, viewers_100=40.0, person_hour=8.0, review=3.0,
        brushed_order=6.0, premiums=(0.0, 0.0, 0.25, 1.0, 3.0),
    ),
)  # fmt: skip
"""The second world."""
