"""A plan as a printed field pack: the team's list of the day, then a page a stop with its map."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import segno
import typst

from data.errors import ExportError
from data.exports.describe import clock_text, finding_line
from data.exports.model import PlanSheet, RouteSheet, StopSheet
from data.exports.stop_map import Ground, route_maps
from data.exports.words import OUTCOME_WORDS
from routes.planning.problem import StopKind

__all__ = ["PREFERRED_FAMILY", "render_pdf"]

PREFERRED_FAMILY = "Noto Sans SC"


def render_pdf(sheet: PlanSheet, *, font_dir: Path | None, ground: Ground | None = None) -> bytes:
    """Return a PDF set by Typst with the fonts of ``font_dir`` alone.

    Texts reach the template as JSON data, never as markup, so nothing in them is run.

    Parameters
    ----------
    ground
        The roads of the maps; without it stops have none.

    Raises
    ------
    ExportError
        If ``font_dir`` is not given or holds no font.
    """
    fonts, families = _read_fonts(font_dir)
    inputs = {"pack": json.dumps(_pack(sheet, families, ground), ensure_ascii=False)}
    template = resources.files("data.exports").joinpath("field_pack.typ").read_bytes()
    compiler = typst.Compiler(template, font_paths=fonts, sys_inputs=inputs)
    content = compiler.compile(format="pdf", timestamp=int(sheet.made_at.timestamp()))
    if not isinstance(content, bytes):
        raise ExportError("排版程序没有给出 PDF 文件")
    return content


def _read_fonts(font_dir: Path | None) -> tuple[typst.Fonts, list[str]]:
    if font_dir is None or not font_dir.is_dir():
        raise ExportError(
            "找不到中文字体文件夹，无法制作 PDF；请先运行 python -m web.build 取得字体，或改用 html"
        )
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_dir)]
    )
    families = sorted(set(fonts.families()), key=lambda name: (name != PREFERRED_FAMILY, name))
    if not families:
        raise ExportError(
            "文件夹 %(folder)s 中没有 TTF 或 OTF 中文字体，无法制作 PDF；"
            "请先运行 python -m web.build 取得字体，或改用 html",
            folder=font_dir.name,
        )
    return fonts, families


def _pack(sheet: PlanSheet, families: list[str], ground: Ground | None) -> dict[str, Any]:
    """Return the data that the template reads: texts, lists and numbers only."""
    names = (
        "address", "arrival", "departure", "kind", "leaves", "length_km", "made_at", "navigation",
        "number",
        "officers_sign", "outcome", "page", "private", "remarks", "returns", "title",
    )  # fmt: skip
    return {
        "title": sheet.title,
        "made_at": f"{sheet.made_at:%Y-%m-%d %H:%M}",
        "datum": sheet.datum_text,
        "mark": sheet.mark,
        "families": families,
        "words": {name: sheet.word(name) for name in names},
        "outcomes": [text.render(sheet.translate) for text in OUTCOME_WORDS.values()],
        "routes": [_route(sheet, route, families[0], ground) for route in sheet.routes],
    }


def _route(
    sheet: PlanSheet, route: RouteSheet, family: str, ground: Ground | None
) -> dict[str, Any]:
    maps = [""] * len(route.stops)
    if ground is not None:
        maps = route_maps(sheet, route, ground, family=family)
    return {
        "heading": f"{route.day.isoformat()} {route.team_name}",
        "leaves": f"{route.leaves:%H:%M}",
        "returns": f"{route.returns:%H:%M}",
        "length_km": f"{route.length_m / 1000:.1f}",
        "stops": [_stop(sheet, stop, drawn) for stop, drawn in zip(route.stops, maps, strict=True)],
    }


def _stop(sheet: PlanSheet, stop: StopSheet, drawn: str) -> dict[str, Any]:
    facts = (
        ("case_number", stop.case_number),
        ("debtor", stop.debtor),
        ("address", stop.address),
        ("escort", stop.escort_station),
        ("hazards", "\n".join(stop.hazards)),
        ("documents", "\n".join(f"□ {name}" for name in stop.documents)),
        ("findings", "\n".join(map(finding_line, stop.findings))),
    )
    return {
        "number": stop.number_text,
        "clock": clock_text(stop),
        "kind": stop.kind_text,
        "title": stop.title,
        "address": stop.address,
        "position": f"{stop.lon:.6f}, {stop.lat:.6f}",
        "facts": [[sheet.word(key), value] for key, value in facts if value],
        "map": drawn,
        "link": stop.link,
        "code": _code(stop.link) if stop.link else "",
        "has_page": stop.kind is not StopKind.BREAK,
        "has_outcomes": stop.kind is StopKind.VISIT,
    }


def _code(link: str) -> str:
    """Return a link as a QR code that a phone reads from paper, in SVG."""
    drawn: str = segno.make(link, error="m", micro=False).svg_inline(border=2)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
