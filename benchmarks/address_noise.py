"""Address texts of known houses, written clean and then spoilt in ways that are drawn apart.

Each kind of noise has a chance of its own (:data:`SHARES`) and is drawn without regard to the
others. Words and tables of this module are its own: nothing comes from the package that reads
addresses, so that a reader is not tested with its own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from pypinyin import Style, lazy_pinyin

from benchmarks.demo_addresses import House
from data.demo.names import person_names
from data.demo.people import phone
from data.demo.plan import CITY, DISTRICT, PROVINCE

__all__ = ["SHARES", "Part", "Query", "address", "draw_queries", "spoil"]

SHARES: Mapping[str, float] = {
    "slip": 0.10,
    "missing": 0.15,
    "old": 0.10,
    "homophone": 0.05,
    "junk": 0.10,
}
"""Chance of each kind: a character mistyped, a level left out, an old name, a character of the
same sound, and words that are no address behind it."""

_MARGIN = 1.06  # drawn a little more often, so that a run does not fall below a share by chance
_NUMBERED_SHARE = 0.85
_NO_COMMUNITY_SHARE = 0.4
_HEADS = ((PROVINCE + CITY + DISTRICT, 0.3), (CITY + DISTRICT, 0.25), (DISTRICT, 0.45))
_LOCAL = ("township", "village", "hamlet", "road")
_NUMERALS = frozenset("零一二三四五六七八九十百0123456789")
_KINDS_OF_ROAD = ("大道", "路", "街", "巷", "道")
_SHAPES = (
    "埔铺捕辅",
    "浦埔捕铺",
    "洋样详祥",
    "坑抗炕沆",
    "厝昔借错",
    "溪奚徯蹊",
    "头买斗实",
    "尾尼屋毛",
    "边迈达过",
    "兜兔党",
    "林材村木",
    "埭棣隶逮",
    "湖胡糊瑚",
    "亭享停宁",
    "岭领玲铃",
    "宅它宇安",
    "塘糖搪溏",
    "坂板扳坡",
    "园圆囤国",
    "店居占点",
    "洲州酬",
    "寨塞赛寒",
    "垵按鞍桉",
    "井并开升",
    "坡波披坂",
    "前剪煎箭",
    "后启石厚",
    "上土止工",
    "下卞不丁",
    "东车乐冻",
    "西酉四洒",
    "南商两喃",
    "北此比兆",
    "霞露霜瑕",
    "玉王主五",
    "锦绵棉镜",
    "龙尤优庞",
    "金全盒余",
    "石右后古",
    "梅海敏悔",
    "莲连链涟",
    "青清晴请",
    "白自曰百",
    "云去元会",
    "大太犬天",
    "新亲斩析",
    "古占右石",
    "竹什付行",
    "松公柏杉",
    "沙砂抄纱",
    "潭谭覃掸",
    "坪评枰呼",
    "樟障彰漳",
    "枫飒疯风",
    "榕溶容蓉",
    "桥侨娇骄",
    "山出屿仙",
    "清青请情",
    "洛落络格",
    "滨宾缤槟",
    "河何柯阿",
    "屿岛与峙",
    "中申巾虫",
    "解触懈",
    "放敌仿妨",
    "人入八大",
    "民氏良昆",
    "建健键律",
    "设没役投",
    "和秋利私",
    "平半乎苹",
    "华毕花哗",
    "文又交丈",
    "化花代仕",
    "江工红汪",
    "环坏怀杯",
    "兴举六共",
    "业亚显壶",
    "育盲肓肯",
    "才寸木材",
    "府俯附付",
    "迎仰抑印",
    "富福副当",
    "朝潮嘲韩",
    "阳阴旧陌",
    "光尤先米",
    "明朋盟萌",
    "胜性姓腥",
    "团困因囤",
    "结洁桔给",
    "进近述井",
    "工士土江",
    "港巷滞洪",
    "海梅悔侮",
    "桂柱佳挂",
    "花化华芯",
    "兰三羊半",
    "旧日归阳",
    "老考孝者",
    "小少水木",
    "内肉呐丙",
    "外处夕卜",
    "草早章茸",
    "瓦互丸亘",
    "土士工上",
    "铁铣轶跌",
    "水永冰木",
    "茶荼菜余",
    "盐监蓝益",
    "牛午生年",
    "马鸟与冯",
    "鸡鸭鸣鸠",
    "凤风夙风",
    "虎虑虚唬",
    "寮僚辽撩",
    "墩敦燉暾",
    "窑窖窟窄",
    "脚却腿胠",
    "口囗日曰",
    "社杜祖祉",
    "垄龚龙笼",
    "墓幕慕暮",
    "仑仓伦沦",
    "仓仑仅抢",
    "湾弯蛮恋",
    "学字觉孕",
    "校较胶绞",
    "庙庄宙届",
    "果课裸杲",
    "田由甲申",
)
"""Characters with others that look alike, the first being the one meant."""
_LOOKALIKES: Mapping[str, str] = {row[0]: row[1:] for row in _SHAPES}
_NOTES = (
    "(租房)",
    "（租住）",
    "(租房，户主不在)",
    "（与父母同住）",
    "【已核实】",
    "（敲后门）",
    "到了打电话",
    "，到了打电话",
    " 快到提前联系",
    "，白天没人，晚上七点后在家",
    "，门口有棵大榕树",
    "，家里有狗注意",
    " 备注：系承租人",
    "（2023年搬入）",
    "，具体问邻居",
    "、不清楚是否还住",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One level of an address; the first ``core`` characters of its text are the name."""

    level: str
    text: str
    core: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """A text that is asked for: the position of the house it means and what was done to it."""

    text: str
    house: int
    numbered: bool
    noise: tuple[str, ...]


def draw_queries(houses: Sequence[House], count: int, *, seed: int) -> tuple[Query, ...]:
    """Draw texts over all houses, each house as often as any other.

    Parameters
    ----------
    houses
        Houses of the district.
    count
        Number of texts.
    seed
        Seed of choice and noise.
    """
    rng = np.random.default_rng([seed, 0x6E6F])
    rounds = -(-count // len(houses))
    order = np.concatenate([rng.permutation(len(houses)) for _ in range(rounds)])[:count]
    queries = []
    for index in order.tolist():
        numbered = bool(rng.random() < _NUMBERED_SHARE)
        draws = rng.random(len(SHARES))
        wanted = {
            kind
            for (kind, share), draw in zip(SHARES.items(), draws.tolist(), strict=True)
            if draw < share * _MARGIN
        }
        parts = address(houses[index], rng, numbered=numbered, full="missing" in wanted)
        text, noise = spoil(parts, houses[index], wanted, rng)
        queries.append(Query(text, index, numbered, noise))
    return tuple(queries)


def address(
    house: House, rng: np.random.Generator, *, numbered: bool, full: bool = True
) -> list[Part]:
    """Return the levels of a house's address as a register writes them.

    Without a number the address ends at the road, the natural village or the village. One that
    is not ``full`` may do without the community before a town's road and number, as is usual.
    """
    heads = [head for head, _ in _HEADS]
    head = heads[int(rng.choice(len(heads), p=[share for _, share in _HEADS]))]
    parts = [
        Part("county", head),
        Part("township", house.township, len(house.township.rstrip("镇乡街道"))),
    ]
    town = house.urban and bool(house.road)
    if full or not (town and numbered and rng.random() < _NO_COMMUNITY_SHARE):
        parts.append(Part("village", house.village + house.suffix, len(house.village)))
    if house.hamlet and (not house.road or rng.random() < 0.4):
        kind = "自然村" if rng.random() < 0.2 else ""
        parts.append(Part("hamlet", house.hamlet + kind, len(house.hamlet)))
    if house.group and not house.road and rng.random() < 0.25:
        parts.append(Part("group", f"{house.group}组"))
    if house.road and (numbered or rng.random() < 0.5):
        parts.append(Part("road", house.road, _core_of_road(house.road)))
    if numbered:
        parts.append(Part("number", f"{house.number}号"))
        if town and rng.random() < 0.12:
            parts.append(Part("room", _room(rng)))
    return parts


def spoil(
    parts: Sequence[Part], house: House, wanted: set[str], rng: np.random.Generator
) -> tuple[str, tuple[str, ...]]:
    """Return the text of an address with these kinds of noise, and those that could be applied.

    Parameters
    ----------
    parts
        Levels of the clean address.
    house
        House that is meant.
    wanted
        Names of :data:`SHARES`.
    rng
        Random stream.
    """
    changed, done = list(parts), []
    touched: set[tuple[str, int]] = set()
    kept = ""
    if "old" in wanted:
        kept = _use_old_name(changed, house, rng)
        done.append("old")
    if "missing" in wanted:
        _leave_out(changed, kept, rng)
        done.append("missing")
    replacements: tuple[tuple[str, Callable[[str, np.random.Generator], str]], ...] = (
        ("slip", _mistyped),
        ("homophone", _same_sound),
    )
    for kind, other in replacements:
        if kind in wanted and _replace_one(changed, other, touched, rng):
            done.append(kind)
    text = "".join(part.text for part in changed)
    if "junk" in wanted:
        text += _junk(rng)
        done.append("junk")
    return text, tuple(done)


def _use_old_name(parts: list[Part], house: House, rng: np.random.Generator) -> str:
    """Call the road or the village by a former name and return the level that is so called."""
    at = {part.level: index for index, part in enumerate(parts)}
    if "road" in at and house.old_roads and rng.random() < 0.5:
        name = house.old_roads[int(rng.integers(len(house.old_roads)))]
        parts[at["road"]] = Part("road", name, _core_of_road(name))
        return "road"
    old = Part("village", house.old_village + house.suffix, len(house.old_village))
    if "village" in at:
        parts[at["village"]] = old
    else:
        parts.insert(at["township"] + 1, old)
    return "village"


def _leave_out(parts: list[Part], kept: str, rng: np.random.Generator) -> None:
    """Leave out county, township or village, as long as the text still names a smaller place."""
    levels = {part.level for part in parts}
    able = [level for level in ("county", "township") if level != kept]
    if "village" in levels and kept != "village" and levels & {"hamlet", "road"}:
        able.append("village")
    gone = able[int(rng.integers(len(able)))]
    parts[:] = [part for part in parts if part.level != gone]


def _replace_one(
    parts: list[Part],
    other: Callable[[str, np.random.Generator], str],
    touched: set[tuple[str, int]],
    rng: np.random.Generator,
) -> bool:
    """Replace one character of one local name that is still as it was."""
    places = [
        (index, at)
        for index, part in enumerate(parts)
        if part.level in _LOCAL
        for at in range(part.core)
        if part.text[at] not in _NUMERALS and (part.level, at) not in touched
    ]
    for chosen in rng.permutation(len(places)).tolist():
        index, at = places[chosen]
        part = parts[index]
        new = other(part.text[at], rng)
        if new != part.text[at]:
            touched.add((part.level, at))
            parts[index] = replace(part, text=part.text[:at] + new + part.text[at + 1 :])
            return True
    return False


def _mistyped(character: str, rng: np.random.Generator) -> str:
    """Return a character that looks alike, or any common one."""
    alike = _LOOKALIKES.get(character, "")
    pool = alike if alike and rng.random() < 0.6 else _common()
    return pool[int(rng.integers(len(pool)))]


def _same_sound(character: str, rng: np.random.Generator) -> str:
    """Return a character of the same syllable, mostly of the same tone."""
    toned, plain = _sounds()
    with_tone = [c for c in toned.get(_toned(character), ()) if c != character]
    without = [c for c in plain.get(_plain(character), ()) if c != character]
    pool = with_tone if with_tone and rng.random() < 0.7 else without or with_tone
    return pool[int(rng.integers(len(pool)))] if pool else character


def _toned(character: str) -> str:
    return lazy_pinyin(character, style=Style.TONE3)[0]


def _plain(character: str) -> str:
    return lazy_pinyin(character)[0]


@cache
def _common() -> str:
    """Return the 3,755 characters of the first level of GB 2312, but for digits."""
    found = bytes(
        byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for byte in (row, cell)
    ).decode("gb2312", errors="ignore")
    return "".join(character for character in found if character not in _NUMERALS)


@cache
def _sounds() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the common characters by syllable with tone, and by syllable alone."""
    toned: dict[str, list[str]] = {}
    plain: dict[str, list[str]] = {}
    for character in _common():
        toned.setdefault(_toned(character), []).append(character)
        plain.setdefault(_plain(character), []).append(character)
    return toned, plain


def _core_of_road(name: str) -> int:
    kind = next((kind for kind in _KINDS_OF_ROAD if name.endswith(kind)), "")
    return len(name) - len(kind)


def _room(rng: np.random.Generator) -> str:
    floor, door = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    block, unit = int(rng.integers(1, 9)), int(rng.integers(1, 4))
    forms = (
        f"{floor}0{door}室",
        f"{block}栋{floor}0{door}室",
        f"{block}幢{unit}单元{floor}0{door}",
        f"{floor}楼",
    )
    return forms[int(rng.integers(len(forms)))]


def _junk(rng: np.random.Generator) -> str:
    draw = rng.random()
    if draw < 0.2:
        return ("", " ", "，电话", "，联系电话：")[int(rng.integers(4))] + phone(rng)
    if draw < 0.35:
        return f"，{person_names(1, rng)[0]}，{phone(rng)}"
    if draw < 0.42:
        return f"（{person_names(1, rng)[0]}家）"
    return _NOTES[int(rng.integers(len(_NOTES)))]
