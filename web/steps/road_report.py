"""What was read from a road file, for the administrator to judge it by; kept with the network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.files import write_atomically
from geo.errors import NetworkCacheError, NetworkFileError
from geo.files import file_sha256
from geo.messages import Message, message
from geo.network import RoadNetwork, check_in_china, load_network
from geo.osmfile import OsmFeatures
from geo.placefile import load_places
from geo.roadstats import RoadStatistics, road_statistics
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from web.config import PLACES_FILE, Settings
from web.errors import WebError
from web.i18n import Translate, translator

__all__ = ["Build", "network_report", "note_build", "report_lines", "same_build", "told"]

_FILE = "build.json"
_MOST_DROPPED = 0.05
_FEWEST_LIMITS = 0.5
_CLASSES = {
    RoadClass.MOTORWAY: message("高速公路"),
    RoadClass.MOTORWAY_LINK: message("高速公路匝道"),
    RoadClass.TRUNK: message("国道、快速路"),
    RoadClass.TRUNK_LINK: message("国道、快速路匝道"),
    RoadClass.PRIMARY: message("省道、主干路"),
    RoadClass.PRIMARY_LINK: message("省道、主干路匝道"),
    RoadClass.SECONDARY: message("县道、次干路"),
    RoadClass.SECONDARY_LINK: message("县道、次干路匝道"),
    RoadClass.TERTIARY: message("乡道、支路"),
    RoadClass.TERTIARY_LINK: message("乡道、支路匝道"),
    RoadClass.UNCLASSIFIED: message("村道"),
    RoadClass.RESIDENTIAL: message("居住区道路"),
    RoadClass.LIVING_STREET: message("生活街道"),
    RoadClass.SERVICE: message("内部道路"),
    RoadClass.ROAD: message("未分类道路"),
    RoadClass.BUSWAY: message("公交专用路"),
    RoadClass.TRACK: message("机耕路"),
    RoadClass.CYCLEWAY: message("自行车道"),
    RoadClass.PEDESTRIAN: message("步行街"),
    RoadClass.FOOTWAY: message("人行道、小路"),
    RoadClass.FERRY: message("轮渡"),
}
_MODES = {
    TravelMode.MOTOR: message("汽车"),
    TravelMode.BICYCLE: message("电动自行车"),
    TravelMode.FOOT: message("步行"),
}
_PARTS = {
    "motor": message("汽车（不进门禁）"),
    "motor_gated": message("汽车（可进门禁）"),
    "bicycle": message("电动自行车"),
    "foot": message("步行"),
}
_TURNS_LEFT = {
    "conditional": message("只在某些时间有效"),
    "other_modes": message("只管其他车辆或行人"),
    "incomplete": message("写法不全或无法识别"),
    "repeated": message("同一条路列了两次"),
    "gap": message("所列的路互不相连"),
    "no_road": message("道路不在路网中或本来走不通"),
    "ambiguous": message("分不清是哪一段路"),
}
_MOST_IDS = 20
_UNHEEDED = {
    "speeds_unread": message("限速写法无法识别的道路 %(count)d 条，按道路等级取默认速度"),
    "ways_conditional": message("有分时段规定的道路 %(count)d 条，该规定不计；需要时请用封闭写明"),
    "ways_reversible": message("按时段换向的道路 %(count)d 条，对车辆按不通计"),
    "barriers_ambiguous": message("立在路口上、分不清拦哪条路的门和路障 %(count)d 处，按不拦计"),
    "lengths_mended": message("长度有误、改按线形计算的道路 %(count)d 段"),
}


@dataclass(frozen=True, slots=True)
class Build:
    """How a network came about.

    ``source_sha256`` is empty where the roads came by name; ``version`` is the program's.
    """

    source: str
    source_sha256: str
    built_at: str
    version: str
    basemap_sha256: str
    places: int
    pois: int
    house_numbers: int


def note_build(
    folder: Path,
    network: RoadNetwork,
    features: OsmFeatures,
    *,
    basemap: Path,
    built_at: str,
) -> None:
    """Write into the network's folder how it came about."""
    made = Build(
        source=network.report.source,
        source_sha256=network.report.source_sha256,
        built_at=built_at,
        version=version("fieldwrit"),
        basemap_sha256=file_sha256(basemap),
        places=len(features.places),
        pois=len(features.pois),
        house_numbers=len(features.house_numbers),
    )
    with write_atomically(folder / _FILE) as file:
        file.write(json.dumps(asdict(made), ensure_ascii=False).encode())


def same_build(settings: Settings, source_sha256: str) -> RoadNetwork | None:
    """Return the stored network if this program made it from this source, and it is whole."""
    try:
        made = _build(settings)
        if made is None or (made.source_sha256, made.version) != (
            source_sha256,
            version("fieldwrit"),
        ):
            return None
        if file_sha256(settings.basemap_path) != made.basemap_sha256:
            return None
        load_places(settings.network_dir / PLACES_FILE)
        network = load_network(settings.network_dir)
    except OSError:  # something is missing, damaged or of another version
        return None
    return network if network.report.source_sha256 == source_sha256 else None


def network_report(settings: Settings) -> dict[str, Any]:
    """Return what the stored network holds; see :func:`report_lines`.

    Raises
    ------
    WebError
        If there is no network yet.
    NetworkCacheError
        If it is damaged or of another version.
    """
    if not settings.network_dir.exists():
        raise WebError("还没有道路网络；请先运行 fieldwrit network build")
    return told(settings, load_network(settings.network_dir))


def told(settings: Settings, network: RoadNetwork, **more: Any) -> dict[str, Any]:
    """Return the report of a stored network; ``more`` is put in front."""
    made = _build(settings)
    if made is None:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 不完整或已损坏（文件 %(file)s），请重新生成路网",
            folder=settings.network_dir.name,
            file=_FILE,
        )
    say = translator(settings.language)
    counts, report = road_statistics(network), network.report
    return {
        "kind": "network",
        **more,
        "source": made.source,
        "built_at": made.built_at,
        "nodes": network.node_count,
        "roads": network.road_count,
        "arcs": report.arcs,
        "length_km": round(counts.length_km, 1),
        "classes": [
            {
                "class": one.road_class.tag,
                "roads": one.roads,
                "km": round(one.length_km, 1),
                "limit_share": round(one.limit_share, 3),
            }
            for one in counts.classes
        ],
        "limit_missing_share": round(1.0 - counts.limit_share, 3),
        "signals": counts.signals,
        "gates": counts.gates,
        "toll_booths": counts.toll_booths,
        "modes": [
            {
                "mode": one.mode.name.lower(),
                "open_km": round(one.open_km, 1),
                "restricted_km": round(one.restricted_km, 1),
                "gated_km": round(one.gated_km, 1),
                "closed_km": round(one.closed_km, 1),
                "oneway_km": round(one.oneway_km, 1),
            }
            for one in counts.modes
        ],
        "parts": [
            {
                "part": one.name,
                "roads_outside": one.roads_outside,
                "km_outside": round(one.km_outside, 1),
                "islands": one.islands,
            }
            for one in report.parts
        ],
        **{name: getattr(report, name) for name in _UNHEEDED},
        "turns_read": report.turns_read,
        "turns_kept": report.turns_kept,
        "turns_kept_via_way": report.turns_kept_via_way,
        **{f"turns_{name}": getattr(report, f"turns_{name}") for name in _TURNS_LEFT},
        "turns_left_ids": [
            {"relation": relation, "reason": reason} for relation, reason in report.turns_left_ids
        ],
        "roads_dropped": report.roads_dropped,
        "nodes_dropped": report.nodes_dropped,
        "ways_cut": report.ways_cut,
        "places": made.places,
        "pois": made.pois,
        "house_numbers": made.house_numbers,
        "notes": [note.render(say) for note in _notes(network, counts, made)],
    }


def report_lines(result: dict[str, Any], say: Translate) -> list[str]:
    """Return a report as lines to read."""
    lines = [
        message("来源：%(source)s，建立于 %(at)s", source=result["source"], at=result["built_at"])
    ]
    if result.get("unchanged"):
        lines.insert(0, message("道路文件、程序版本均未变，保留原有路网（--force 可重新读取）"))
    lines.append(
        message(
            "路口 %(nodes)d 个，道路 %(roads)d 条，共 %(km).1f 公里",
            nodes=result["nodes"],
            roads=result["roads"],
            km=result["length_km"],
        )
    )
    lines += [
        message(
            "  %(name)s：%(roads)d 条，%(km).1f 公里，%(share).0f%% 有限速",
            name=_CLASSES[RoadClass[one["class"].upper()]],
            roads=one["roads"],
            km=one["km"],
            share=100 * one["limit_share"],
        )
        for one in result["classes"]
    ]
    lines.append(
        message(
            "没有限速标注的占 %(share).0f%%（按道路等级取默认速度）",
            share=100 * result["limit_missing_share"],
        )
    )
    lines += [
        message(
            "%(mode)s：开放 %(open).1f 公里（其中单行 %(oneway).1f），限有事由者 %(restricted).1f，"
            "门禁内 %(gated).1f，不通 %(closed).1f",
            mode=_MODES[TravelMode[one["mode"].upper()]],
            open=one["open_km"],
            oneway=one["oneway_km"],
            restricted=one["restricted_km"],
            gated=one["gated_km"],
            closed=one["closed_km"],
        )
        for one in result["modes"]
    ]
    lines += [
        message(
            "%(part)s：主路网以外 %(roads)d 段，%(km).1f 公里，其中孤岛 %(islands)d 处",
            part=_PARTS[one["part"]],
            roads=one["roads_outside"],
            km=one["km_outside"],
            islands=one["islands"],
        )
        for one in result["parts"]
    ]
    lines += [
        message(
            "信号灯 %(signals)d 处，门和路障 %(gates)d 处，收费站 %(tolls)d 处",
            signals=result["signals"],
            gates=result["gates"],
            tolls=result["toll_booths"],
        ),
        message(
            "转弯限制：共 %(read)d 条，采用 %(kept)d 条，其中经过一段路的 %(through)d 条",
            read=result["turns_read"],
            kept=result["turns_kept"],
            through=result["turns_kept_via_way"],
        ),
        *(
            message("  未采用，%(why)s：%(count)d 条", why=why, count=result[f"turns_{name}"])
            for name, why in _TURNS_LEFT.items()
            if result[f"turns_{name}"]
        ),
        *_not_honoured(result["turns_left_ids"]),
        *(
            message(text.msgid, count=result[name])
            for name, text in _UNHEEDED.items()
            if result[name]
        ),
        message(
            "舍去：孤立道路 %(roads)d 段；在文件边缘截断的道路 %(cut)d 条",
            roads=result["roads_dropped"],
            cut=result["ways_cut"],
        ),
        message(
            "地名 %(places)d 个，地点 %(pois)d 个，门牌 %(numbers)d 个",
            places=result["places"],
            pois=result["pois"],
            numbers=result["house_numbers"],
        ),
    ]
    return [*(line.render(say) for line in lines), *result["notes"]]


def _not_honoured(left: Sequence[dict[str, Any]]) -> list[Message]:
    """Return which restrictions through ways a route may break, by reason."""
    lines = []
    for name, why in _TURNS_LEFT.items():
        relations = [one["relation"] for one in left if one["reason"] == name]
        if relations:
            ids = " ".join(map(str, relations[:_MOST_IDS]))
            more = " …" if len(relations) > _MOST_IDS else ""
            lines.append(
                message(
                    "  经过一段路的限制未采用，%(why)s，路线可能走其禁止的走法；"
                    "OpenStreetMap 关系编号：%(ids)s",
                    why=why,
                    ids=ids + more,
                )
            )
    return lines


def _notes(network: RoadNetwork, counts: RoadStatistics, made: Build) -> list[Message]:
    """Return what the administrator should look at."""
    report, notes = network.report, []
    try:
        check_in_china(network)
    except NetworkFileError as error:
        notes.append(error.message)
    if not (network.access[:, :, TravelMode.MOTOR] > AccessLevel.CLOSED).any():
        notes.append(
            message(
                "没有一条道路可供汽车通行，无法安排用车的行动；请核对文件是否只含步行道、自行车道"
            )
        )
    if not made.source_sha256:
        notes.append(
            message(
                "按地名下载的只有道路：没有地名、门牌、转弯限制和底图要素，地址无法据此定位；"
                "正式使用请改用本地道路文件"
            )
        )
    elif not (made.places or made.pois or made.house_numbers):
        notes.append(
            message("文件中没有地名和门牌，地址无法据此定位；请改用完整的 .osm 或 .osm.pbf 文件")
        )
    if report.roads_dropped > _MOST_DROPPED * max(1, report.roads_read):
        notes.append(
            message(
                "有 %(share).0f%% 的路段与主路网不连通而舍去；请核对文件是否裁得过小，"
                "或缺少桥梁、轮渡",
                share=100 * report.roads_dropped / report.roads_read,
            )
        )
    if report.ways_cut:
        notes.append(
            message(
                "有 %(ways)d 条道路在文件边缘截断；裁剪时请比辖区多留几公里", ways=report.ways_cut
            )
        )
    if counts.limit_share < _FEWEST_LIMITS:
        notes.append(
            message("一半以上的道路没有限速标注，行车时间主要靠默认速度；请用实际走访的用时核对")
        )
    return notes


def _build(settings: Settings) -> Build | None:
    try:
        kept = json.loads((settings.network_dir / _FILE).read_text(encoding="utf-8"))
        return Build(**kept)
    except (OSError, ValueError, TypeError):
        return None
