"""A plan as a printed field pack: the team's list of the day, then one section a stop."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import typst

from data.errors import ExportError
from data.exports.describe import clock_text, finding_line
from data.exports.model import PlanSheet, RouteSheet, StopSheet
from data.exports.words import OUTCOME_WORDS
from routes.planning.problem import StopKind

__all__ = ["PREFERRED_FAMILY", "render_pdf"]

PREFERRED_FAMILY = "Noto Sans SC"


def render_pdf(sheet: PlanSheet, *, font_dir: Path | None) -> bytes:
    """Return a PDF set by Typst with the fonts of ``font_dir`` alone.

    Texts reach the template as JSON data, never as markup, so nothing in them is run.

    Raises
    ------
    ExportError
        If ``font_dir`` is not given or holds no font.
    """
    fonts, families = _read_fonts(font_dir)
    inputs = {"pack": json.dumps(_pack(sheet, families), ensure_ascii=False)}
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


def _pack(sheet: PlanSheet, families: list[str]) -> dict[str, Any]:
    """Return the data that the template reads: texts, lists and numbers only."""
    names = (
        "address", "arrival", "departure", "kind", "leaves", "length_km", "made_at", "number",
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
        "routes": [_route(sheet, route) for route in sheet.routes],
    }


def _route(sheet: PlanSheet, route: RouteSheet) -> dict[str, Any]:
    return {
        "heading": f"{route.day.isoformat()} {route.team_name}",
        "leaves": f"{route.leaves:%H:%M}",
        "returns": f"{route.returns:%H:%M}",
        "length_km": f"{route.length_m / 1000:.1f}",
        "stops": [_stop(sheet, stop) for stop in route.stops],
    }


def _stop(sheet: PlanSheet, stop: StopSheet) -> dict[str, Any]:
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
        "number": str(stop.number),
        "clock": clock_text(stop),
        "kind": stop.kind_text,
        "title": stop.title,
        "address": stop.address,
        "position": f"{stop.lon:.6f}, {stop.lat:.6f}",
        "facts": [[sheet.word(key), value] for key, value in facts if value],
        "has_page": stop.kind in (StopKind.VISIT, StopKind.DUTY),
        "has_outcomes": stop.kind is StopKind.VISIT,
    }
