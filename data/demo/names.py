"""Invented names of places, roads, people and companies, natural in sound."""

from __future__ import annotations

import numpy as np

__all__ = [
    "COMPANY_KINDS",
    "CORE_ROADS",
    "HOMOPHONES",
    "LANE_WORDS",
    "company_names",
    "person_names",
    "place_names",
]

_FRONT = tuple("前后上下东西南北霞溪玉锦龙金石梅莲青白云大新古竹松沙潭坪樟枫榕桥")
_BACK = tuple("洋埔坑厝山溪头尾边兜林埭湖亭岭宅塘坂园店浦洲寨垵井坡")
_OLD_FRONT = tuple("旧老小内外草瓦石土铁水茶盐牛马鸡凤虎")
_OLD_BACK = tuple("寮墩窑坪脚口社垄墓仑店湾")

CORE_ROADS: tuple[str, ...] = (
    "中山",
    "解放",
    "人民",
    "建设",
    "和平",
    "新华",
    "文化",
    "滨江",
    "环城",
    "兴业",
    "育才",
    "学府",
    "迎宾",
    "府前",
    "振兴",
    "富民",
    "南环",
    "北环",
    "东湖",
    "西湖",
    "朝阳",
    "光明",
    "民生",
    "胜利",
    "团结",
    "前进",
    "丰泽园",
    "金源",
    "宝塔",
    "书院",
    "文昌",
    "城隍",
    "万兴",
    "锦绣",
    "华侨",
    "侨兴",
    "工业",
    "创新",
    "科技",
    "通港",
    "海丰",
    "盐场",
    "渔港",
    "榕树",
    "龙眼",
    "荔枝",
    "桂花",
    "玉兰",
    "状元",
    "进士",
    "牌坊",
    "鼓楼",
    "东门",
    "西门",
    "南门",
    "北门",
    "水门",
    "后街",
    "打铁",
    "豆腐",
    "米市",
    "布市",
    "盐仓",
    "码头",
    "渡口",
    "桥头",
    "塔下",
    "庵前",
    "祖厝",
    "祠堂",
    "戏台",
    "井头",
)
"""First parts of town road names."""

LANE_WORDS: tuple[str, ...] = (
    "祠堂",
    "井边",
    "榕下",
    "溪边",
    "田中",
    "学校",
    "庙前",
    "桥头",
    "老厝",
    "大埕",
    "新厝",
    "石埕",
    "坝头",
    "果林",
    "晒谷",
    "水车",
    "后壁",
    "池边",
    "土楼",
    "墟场",
    "圳沟",
    "竹脚",
)
"""First parts of village lane names."""

_SURNAMES = tuple("林陈黄张吴李王郑蔡许杨刘苏庄曾郭洪谢叶何邱潘康赖温沈卢施柯颜")
_SURNAME_WEIGHTS = np.concatenate([np.linspace(14, 4, 12), np.full(18, 1.6)])
_GIVEN = tuple(
    "伟建国志强明辉文金水木生福清德荣海龙春秋景顺炳坤添来进财丽美秀英芳华玉珍惠琼雅婷淑月娥彬"
    "斌燕鹏宇航晨曦欣怡雪梅兰宗煌灿炎钦泽铭锋耀祥毅凯"
)

COMPANY_KINDS: tuple[tuple[str, str], ...] = (
    ("贸易有限公司", "register"),
    ("建材有限公司", "yard"),
    ("鞋业有限公司", "works"),
    ("服饰有限公司", "works"),
    ("石材有限公司", "works"),
    ("食品有限公司", "works"),
    ("机械有限公司", "works"),
    ("建筑工程有限公司", "office"),
    ("物流有限公司", "yard"),
    ("餐饮店", "shop"),
    ("电子商务有限公司", "office"),
    ("包装制品厂", "works"),
)
"""Kinds of company, and what their place is like."""

_TRADE_FRONT = tuple("恒瑞鑫盛泰华宏祥兴源隆锦佳美诚信达通顺嘉润丰")

HOMOPHONES: dict[str, str] = {
    "埔": "浦",
    "浦": "埔",
    "洋": "阳",
    "坑": "坈",
    "厝": "错",
    "溪": "西",
    "兜": "蔸",
    "埭": "代",
    "岭": "领",
    "塘": "堂",
    "坂": "板",
    "霞": "下",
    "莲": "连",
    "锦": "金",
    "玉": "育",
    "龙": "隆",
    "山": "三",
    "林": "琳",
    "湖": "胡",
    "亭": "廷",
    "园": "圆",
    "店": "甸",
    "洲": "州",
    "寨": "债",
    "垵": "安",
    "井": "景",
    "青": "清",
    "石": "时",
    "梅": "煤",
    "竹": "祝",
    "榕": "容",
    "樟": "章",
    "路": "录",
    "街": "阶",
    "新": "欣",
    "华": "花",
    "建": "健",
    "兴": "星",
    "民": "明",
    "江": "将",
}
"""A character and one that sounds the same, as typists mix them up."""


def _pairs(
    front: tuple[str, ...], back: tuple[str, ...], count: int, rng: np.random.Generator
) -> list[str]:
    every = [a + b for a in front for b in back if a != b]
    picked = rng.permutation(len(every))[:count]
    return [every[int(i)] for i in picked]


def place_names(
    count: int, rng: np.random.Generator, *, old: bool = False, taken: frozenset[str] = frozenset()
) -> list[str]:
    """Return different two-character place names; ``old`` ones come from another stock."""
    front, back = (_OLD_FRONT, _OLD_BACK) if old else (_FRONT, _BACK)
    names = [name for name in _pairs(front, back, count + len(taken), rng) if name not in taken]
    return names[:count]


def person_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return names of two or three characters; a few repeat, as namesakes do."""
    weights = _SURNAME_WEIGHTS / _SURNAME_WEIGHTS.sum()
    family = rng.choice(len(_SURNAMES), count, p=weights)
    first = rng.integers(0, len(_GIVEN), count)
    second = rng.integers(0, len(_GIVEN), count)
    short = rng.random(count) < 0.12
    return [
        _SURNAMES[f] + _GIVEN[a] + ("" if s else _GIVEN[b])
        for f, a, b, s in zip(family, first, second, short, strict=True)
    ]


def company_names(count: int, place: str, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return company names of a place with the kind of their premises."""
    found: dict[str, str] = {}
    while len(found) < count:
        a, b = rng.choice(len(_TRADE_FRONT), 2, replace=False)
        kind, premises = COMPANY_KINDS[int(rng.integers(len(COMPANY_KINDS)))]
        found.setdefault(f"{place}{_TRADE_FRONT[a]}{_TRADE_FRONT[b]}{kind}", premises)
    return list(found.items())
