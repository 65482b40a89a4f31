"""The world `develop`: a mid-sized Chinese apparel room, as its author imagines it.

Every value says where it comes from: D7 and D6 are the project's design notes on the simulator and on honest crowds
(recorded, unlabelled rooms); P is the press on paid crowds; "invented" is the author's guess and nothing else.
The shipped reference may be built from this world, so nothing here was chosen by looking at a detector.
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
)

DEVELOP_EN: Final = Words(  # invented, as is all that follows; rooms in English are the smaller part
    phrases=("666", "nice", "hi", "love it", "how much", "lol", "hello all", "done", "link?", "yes", "ordered", "wow", "cute", "thanks", "any size M", "1"),
    topics=("colour", "size", "fabric", "cut", "price", "delivery", "gift", "collar", "sleeve", "waist", "lining", "zip"),
    asks=("is there another one", "how do I choose", "can you show it again", "same as last time", "who is it for", "will it come back", "can we see it closer", "how long does it take", "does it run large", "how do you wash it"),
    line="sample comment {n}: about the {a}, {b}",
    foreign="示例评论{n}：{a}号问题{b}",
    bargain="sample haggle {n}: a better price for this {a}?",
    praise="sample praise {n}: bought it before, the {a} works well",
    title="sample {a} no. {n}",
    staff_line="staff sample {n}: {a}",
    staff=("size chart is on the page", "shipping dates are in the details", "the discount applies by itself", "ask support for help"),
    review="sample review {n}: the {a} is as shown",
    paid_review="sample ordered praise {n}: very happy with the {a}, will buy again and tell my friends",
    sayings=(
        ("vote", "type 1 if you want to see it worn"),
        ("draw", "Draw time: follow the host and type \"sample code eight\""),
        ("limit_stock", "only {} pieces of this one, then it is off the list"),
        ("sold_out", "sold out, none left"),
        ("released", "{} unpaid pieces are back, you can order again"),
        ("offer", "this price for {} minutes, then back to the full price"),
        ("extended", "as promised, {} more minutes, then back to the full price"),
        ("restored", "the offer is over, back to the full price"),
        ("only_minutes", "only {} minutes at this price, then it goes back up"),
        ("only_minutes_en", "Only {} minutes at this price, then it goes back up"),
        ("last_pieces", "last {} pieces, after that it is gone"),
        ("last_pieces_en", "Last {} pieces, after that it is gone"),
        ("found_more", "we got some more, go and order"),
        ("raid_hello", "coming over from the other room"),
        ("draw_answer", "sample code eight"),
        ("storm", "sample storm greeting"),
        ("packet", "sample packet words"),
        ("no_sound", "no sound"),
        ("echo", "there is an echo"),
        ("slogan", "sample slogan: we stand together"),
        ("command", "!vote {}"),
        ("typed", "{}"),
        ("click_666", "type 666 if you want it"),
        ("guest", "please welcome our guest"),
        ("wrong_price", "the price was wrong, orders placed will be shipped"),
        ("packet_call", "red packet: type the words to get one"),
        ("reconnect", "the connection dropped, please refresh"),
        ("bulk", "sample long comment {}: I have watched this one since the last show and wonder whether the sizes are exact"),
    ),
    goods=(("apparel", ("cardigan", "shirt", "skirt", "coat", "trousers", "dress", "vest", "hoodie")), ("household", ("storage box", "dinner set", "towel", "lamp", "bedding", "bottle", "mop", "mat"))),
)  # fmt: skip
"""What is written in rooms in English."""

DEVELOP: Final = World(
    name="develop",
    arrivals=Arrivals(
        warm_up_s=1_200.0,  # P: rooms are "heated" about 20 minutes before the first offer
        warm_up_rate=0.45,  # invented
        minute=("gamma", 1.0, 12.0),  # D6: 60 s Fano of joins 2.6-7.1 in small rooms
        pushes_per_hour=0.0,  # invented: this platform spreads its recommendations evenly
        push_factor=1.0,  # same
        repeat_share=0.20,  # D6: 24 % of joins in one room were repeats
        repeat_gap_min_s=660.0,  # D6: gaps from about 660 s
        repeat_gap=("lognormal", 1_100.0, 0.9),  # invented
        sources=(
            ("recommend", 0.58), ("follow", 0.19), ("search", 0.08), ("share", 0.06), ("paid", 0.07), ("external", 0.02),
        ),  # invented; platforms say most viewers come by recommendation
    ),
    stay=Stay(
        parts=(
            (0.40, ("lognormal", 45.0, 0.8)),
            (0.44, ("lognormal", 300.0, 0.9)),
            (0.16, ("lognormal", 3_300.0, 0.6)),
        ),  # invented, to meet D7: median 2-5 min, 5 % over an hour
        lost_leave_share=0.03,  # D7: a few per cent of leave events are missing
    ),
    talk=Talk(
        commenter_share=0.047,  # invented, to meet D7: about 8 % of joiners comment (answers to prompts included)
        settle_s=240.0,  # invented
        once_share=0.55,  # D6: one-comment accounts 16-93 %
        more_tail=1.1,  # invented: a few people write a lot
        more_max=60,  # invented
        gap=("lognormal", 52.0, 0.9),  # invented, to meet D7: seen gaps of one account have a median of 41-109 s
        heat=("gamma", 1.0, 0.45),  # D7: 60 s Fano of comments 18-180 when busy
        heat_memory=0.55,  # invented
        phrase_share=0.52,  # D7: 35-75 % of Chinese chat comes from a phrase table
        phrase_tail=1.0,  # invented
        copy_share=0.0,  # invented: here people repeat phrases, not each other
        english_share=0.05,  # invented
        tier_share=0.25,  # P: what a crowd says follows who hosts; the part is invented
        prompts_per_hour=1.6,  # D7 (a guess there): 1-3 prompts an hour
        answer_share=0.05,  # invented, to meet D7: 50-225 accounts answer
        answer=("lognormal", 9.0, 0.9),  # D7 (a guess there): three in four within 20 s
        slow_modes_s=(0.0, 0.0, 0.0, 12.0),  # D7: slow mode in one of four rooms; D6: floors of 12 s and 32 s
    ),
    words=Words(  # invented; the sayings follow what hosts were heard to say, in no host's words
        phrases=("666", "来了", "好看", "想要", "主播好", "已拍", "晚上好", "哈哈哈", "多少钱", "支持", "喜欢", "怎么买", "谢谢", "收到", "拍了", "来啦", "有吗", "可以", "真的吗", "好的", "不错", "赞", "冲", "1"),
        topics=("颜色", "尺码", "面料", "款式", "价格", "快递", "赠品", "领口", "袖子", "腰围", "长度", "厚度", "标签", "拉链", "口袋", "里衬"),
        asks=("有没有别的", "怎么选", "再讲一下", "和上次一样吗", "适合谁", "还会有吗", "看不清楚", "能近一点吗", "会不会变", "要多久", "有对比吗", "偏大还是偏小", "怎么打理", "有现货吗"),
        line="示例{n}号：{a}{b}",
        foreign="sample comment {n}: question {b} about item {a}",
        bargain="示例砍价 {n} 号：这个{a}能再便宜点吗",
        praise="示例好评 {n} 号：买过了，{a}好用",
        title="示例{a} {n} 号",
        staff_line="客服示例 {n}：{a}",
        staff=("尺码表在商品页", "发货时间看详情", "优惠已自动生效", "有问题找客服"),
        review="示例评价 {n} 号：{a}和页面上说的一样",
        paid_review="示例定制好评 {n} 号：{a}非常满意，下次还会再来购买推荐给朋友",
        sayings=(
            ("vote", "想看上身效果的打 1"),
            ("draw", "抽奖开始：关注主播，并在评论区打出“示例口令八号”"),
            ("limit_stock", "这款限量{}件，卖完下架"),
            ("sold_out", "已抢空，没有了"),
            ("released", "有{}件没付款，放出来了，还能拍"),
            ("offer", "限时{}分钟，过后恢复原价"),
            ("extended", "说到做到，活动延长{}分钟，之后恢复原价"),
            ("restored", "活动结束，现在恢复原价"),
            ("only_minutes", "这个价格只维持{}分钟，过后恢复原价"),
            ("only_minutes_en", "Only {} minutes at this price, then it goes back up"),
            ("last_pieces", "只剩最后{}件，拍完就没有了"),
            ("last_pieces_en", "Last {} pieces, after that it is gone"),
            ("found_more", "又申请到一批，快去拍"),
            ("raid_hello", "隔壁直播间过来的"),
            ("draw_answer", "示例口令八号"),
            ("storm", "示例风暴祝福语"),
            ("packet", "示例红包口令"),
            ("no_sound", "没声音"),
            ("echo", "有回声"),
            ("slogan", "示例口号：支持国货一起冲"),
            ("command", "!vote {}"),
            ("typed", "{}"),
            ("click_666", "想要的打 666"),
            ("guest", "欢迎嘉宾来到直播间"),
            ("wrong_price", "价格标错了，已下单的照发"),
            ("packet_call", "发红包：打出口令就能领"),
            ("reconnect", "刚才网络断了，大家刷新一下"),
            ("bulk", "示例长评论 {} 号：这款从上次直播就在看，想问一下和页面写的尺寸是否完全一致，谢谢"),
        ),
        goods=(("apparel", ("针织衫", "衬衫", "半身裙", "外套", "长裤", "连衣裙", "马甲", "卫衣")), ("household", ("收纳盒", "餐具", "毛巾", "台灯", "床品", "水杯", "拖把", "地垫"))),
    ),
    words_en=DEVELOP_EN,
    english_room_share=0.12,  # invented: hosts who sell to customers abroad
    acts=Acts(
        like_share=0.13,  # invented
        streaks_mean=2.6,  # invented
        taps=("lognormal", 11.0, 1.2),  # invented
        follow_share=0.035,  # invented; industry talk of 2-5 %
        club_share=0.010,  # invented
        badge_share=0.030,  # invented
        gift_share=0.004,  # invented
        share_share=0.007,  # invented
    ),
    phones=Phones(
        models=(
            ("DM-A51", 0.140, 15, 2100), ("DM-A33", 0.095, 14, 1300), ("DM-C12", 0.080, 13, 1000), ("EX-9", 0.070, 18, 7500), ("EX-8", 0.065, 17, 5200),
            ("EX-7", 0.050, 16, 3500), ("FN-20", 0.055, 14, 1800), ("FN-18", 0.050, 13, 1200), ("FN-16L", 0.040, 12, 800), ("GR-6", 0.045, 15, 2600),
            ("GR-5", 0.040, 14, 1800), ("GR-4S", 0.035, 13, 1200), ("HL-30", 0.035, 15, 2600), ("HL-28", 0.030, 14, 1800), ("HL-22", 0.025, 12, 800),
            ("JD-K7", 0.025, 13, 1200), ("JD-K5", 0.022, 12, 800), ("KP-11", 0.020, 14, 1800), ("KP-10", 0.018, 13, 1200), ("LU-2", 0.015, 15, 2600),
            ("LU-1", 0.012, 13, 1200), ("MO-X", 0.010, 12, 800), ("NT-3", 0.009, 14, 1800), ("NT-2", 0.007, 12, 800), ("OB-F", 0.007, 15, 2600),
        ),  # invented names; one popular cheap phone has 14 % (invented, market leaders' best sellers have 5-15 %)
        os_lag_mean=1.1,  # invented
        apps=(("31.4.0", 0.46), ("31.3.0", 0.24), ("31.2.0", 0.13), ("30.9.0", 0.09), ("30.5.0", 0.05), ("29.8.0", 0.03)),
        # invented: half have the newest client
    ),
    networks=Networks(
        sharing="zipf",  # invented
        mobile_share=0.55,  # invented
        mobile_addresses=240,  # invented; D6: honest crowds share addresses
        mobile_tail=0.7,  # invented
        asns=((64_601, 0.41), (64_602, 0.29), (64_603, 0.19), (64_604, 0.07), (64_605, 0.04)),  # invented
        n_regions=31,  # mainland provinces
        region_tail=0.6,  # invented
    ),
    ages=Ages(
        days=("lognormal", 760.0, 1.1),  # invented
        young_share=0.006,  # D6: 1 of 836 commenters was at most 3 days old; viewers at large a little younger
    ),
    shop=Shop(
        n_products=10,  # invented
        slot_s=930.0,  # invented: 15 minutes a product fill the evening after the warm-up
        price_yuan=("lognormal", 109.0, 0.6),  # invented
        price_ending_minor=990,  # invented
        live_discount=0.72,  # invented
        click_share=0.20,  # invented
        on_air_share=0.78,  # invented
        popup_share=0.42,  # invented
        order_share=0.55,  # invented
        quantities=(0.86, 0.11, 0.03),  # invented
        unpaid_share=0.11,  # invented
        unpaid_after_s=900.0,  # invented: a common platform limit is 15 minutes
        pay=("lognormal", 14.0, 0.9),  # invented
        ship_hours=("uniform", 18.0, 44.0),  # platforms ask for 48 h
        deliver_days=("uniform", 1.5, 4.0),  # invented
        refund_shares=(("apparel", 0.30), ("household", 0.12)),  # D6: trade press says more (50-60 %), weak
        early_refund_share=0.25,  # invented
        late_refund_days=("uniform", 0.3, 7.0),  # seven days without a reason are law for distance sales in China
        review_share=0.12,  # invented
    ),
    shown=Shown(
        online_multiple=3.4,  # D6: shown count is often a fixed multiple; the value is invented
        online_noise=0.012,  # invented
        every_s=60.0,  # invented
        bare_share=0.01,  # D7: about 1 % lack device and network
    ),
    crowds=Crowds(
        fan_share=0.020,  # invented
        fan_stay_median_s=5_400.0,  # invented
        n_staff=5,  # invented
        raid_share=0.060,  # invented
        raid_within_s=100.0,  # invented
        draw_share=0.012,  # invented
        draw_answer_share=0.45,  # D6: 225 accounts wrote the same within 10 s in a large room
        deal_share=0.030,  # invented
    ),
    guards=Guards(
        storm_share=0.30,  # D6: 73 accounts in 10 s, 131 in 41 s
        storm=("lognormal", 9.0, 0.9),  # same
        command_share=0.35,  # D6: 123 accounts sent one vote command
        celebrity_factor=1.0,  # invented
        link_share=0.35,  # invented
        paid_share=0.40,  # invented
        young_share=0.30,  # invented
        school_share=0.30,  # invented
        campus_share=0.45,  # invented
        subsidised_share=0.40,  # invented
        older_share=0.50,  # invented
        release_share=0.45,  # invented
        reader_share=0.08,  # invented
        price_error_share=0.35,  # invented
        packet_share=0.30,  # invented
        commanded_share=0.40,  # invented
        slogan_share=0.15,  # invented
        outage_share=0.80,  # invented
        sampled_per_s=0.05,  # invented; D6 guesses a flat rate
        tick_s=2.0,  # D6: 93.5 % of comments share a tick
        masked_names=1,  # D6: one id for everybody
        unseen_join_share=0.60,  # D6: 23 % of commenters never seen joining
        burst_factor=12.0,  # D6: busiest minute 2.5-43 times the median
        refund_share=0.66,  # D6: two thirds refunded can be honest
        long_line=15,  # D6
    ),
    farm=Farm(
        models=(("FN-16L", 11, "30.9.0"), ("DM-C12", 12, "30.9.0"), ("JD-K5", 11, "30.5.0")),  # P: old phones in rows
        waves=((0.667, 0.0), (0.333, 2_700.0)),  # invented: a second row is switched on when the first is accepted
        join_within_s=25.0,  # invented; P: a whole row acts on one tap
        steps=("follow", "like", "light_badge", "like"),  # P: follow, like and badge commands
        order_within_s=20.0,  # same
        order_every_s=240.0,  # invented
        gap_s=(330.0, 540.0),  # invented
        gap_jitter_s=9.0,  # invented
        round_robin=False,  # invented
        address_run=False,  # P: one address for each phone
        talker_share=0.45,  # invented; P: "interacting" accounts are the dearer half
        age_days=(4.0, 40.0),  # P: accounts raised three days or more before use
        batch_hours=3.0,  # invented
        batch_size=75,  # invented; P: systems of 100 phones
        n_regions=4,  # invented
    ),
    troupe=Troupe(
        arrive_s=(4.0, 180.0),  # P: there twenty minutes before the first offer
        steps=("like", "comment", "follow", "fan_club", "light_badge", "product_click"),  # P: the advertised routine
        step=("lognormal", 45.0, 0.35),  # invented
        line_gap=("lognormal", 230.0, 0.5),  # invented
        stay_s=(3_660.0, 4_300.0),  # P: not to leave for an hour
    ),
    brushing=Brushing(
        n_addresses=3,  # invented
        within_s=420.0,  # P: 7-8 minutes
        refund_share=0.85,  # P: two thirds and more refunded within days
        refund_days=(1.0, 3.0),  # P
        pay_s=(4.0, 20.0),  # invented
    ),
    prices=Prices(
        farm_500=90.0, farm_hours=3.0, popups_3h=20.0, likes_2000=10.0, viewers_100=50.0, person_hour=5.0,  # P
        review=5.0,  # a guess of D7
        brushed_order=4.0,  # invented
        premiums=(0.0, 0.0, 0.25, 1.0, 3.0),  # D7; which trick costs what is a guess
    ),
)  # fmt: skip
"""The first world; used for development, the demo, and the shipped reference."""
