"""What typing does to an address: spaces, full width, traditional characters, slips."""

from __future__ import annotations

import random

from geo.addressmaking.grammar import Piece

__all__ = ["messy"]

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_SIMPLE = (
    "东区号门广场业园陈黄刘杨吴张赵边村乡镇县龙凤马鸟鱼车银铁钢电话云楼层单"
    "双丰华庆荣国际医学实验汉泽兴关宁创场条简义乌桥坝头亿万与无产农书长闽泾坞"
)
_TRADITIONAL = (
    "東區號門廣場業園陳黃劉楊吳張趙邊村鄉鎮縣龍鳳馬鳥魚車銀鐵鋼電話雲樓層單"
    "雙豐華慶榮國際醫學實驗漢澤興關寧創場條簡義烏橋壩頭億萬與無產農書長閩涇塢"
)
_OLD = str.maketrans(_SIMPLE, _TRADITIONAL)
_TYPED = "路街区城东西小大一号村镇的中新江园"
_ALIKE = {
    "幢": "撞",
    "栋": "懂",
    "室": "市",
    "号": "好",
    "路": "陆",
    "楼": "搂",
    "厦": "夏",
    "园": "圆",
    "区": "去",
    "座": "坐",
    "第": "弟",
    "苑": "院",
    "街": "接",
    "道": "到",
    "旁": "傍",
    "湾": "弯",
    "寓": "玉",
    "社": "设",
    "村": "衬",
    "洲": "州",
    "州": "洲",
    "铺": "浦",
    "元": "园",
    "岭": "领",
    "塘": "糖",
    "堡": "宝",
    "桥": "乔",
    "站": "占",
}


def messy(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Return the pieces as a hurried hand types them; some stay as they are."""
    chance = rng.random()
    if chance < 0.04:
        pieces = _spread(pieces, " ", 1.0, rng)
    elif chance < 0.09:
        pieces = _spread(pieces, " ", 0.2, rng)
    elif chance < 0.105:
        pieces = _spread(pieces, "-", 0.8, rng)
    elif chance < 0.125:
        pieces = _spread(pieces, "_", 0.2, rng)
    elif chance < 0.135:
        pieces = _spread(pieces, rng.choice(("，", ",", "、", "/", "。")), 0.4, rng)
    if rng.random() < 0.025:
        pieces = [(text.translate(_WIDE), label) for text, label in pieces]
    if rng.random() < 0.01:
        pieces = [(text.translate(_OLD), label) for text, label in pieces]
    if rng.random() < 0.07:
        pieces = _slip(pieces, rng)
    return pieces


def _spread(pieces: list[Piece], sign: str, share: float, rng: random.Random) -> list[Piece]:
    """Put a sign between parts; what looks like a word of the filler is one."""
    out: list[Piece] = []
    for index, piece in enumerate(pieces):
        if index and rng.random() < share:
            out.append((sign, "" if sign == " " else "redundant"))
        out.append(piece)
    return out


def _slip(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Mistype one character of a part that has more than two."""
    where = [index for index, (text, _) in enumerate(pieces) if len(text) > 2]
    if not where:
        return pieces
    index = rng.choice(where)
    text, label = pieces[index]
    at = rng.randrange(len(text))
    kind = rng.random()
    if kind < 0.35:
        text = text[:at] + _ALIKE.get(text[at], rng.choice(_TYPED)) + text[at + 1 :]
    elif kind < 0.65:
        text = text[:at] + text[at + 1 :]
    elif kind < 0.85:
        text = text[:at] + text[at] + text[at:]
    else:
        text = text[:at] + text[at:][:2][::-1] + text[at + 2 :]
    return [*pieces[:index], (text, label), *pieces[index + 1 :]]
