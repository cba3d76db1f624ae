"""Commands over measured travel times: ``travel observed``, ``correction``, ``forget``."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.model import Datum
from web.commands.options import FILE, Day, json_option, source_datum_option, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

if TYPE_CHECKING:
    from web.steps.travel import Proposal

__all__ = ["travel"]


_FILE_WIDTH = 180  # where a table does not go to a terminal


@click.group(help=marked("实测行程，以及由此得出的行车时间修正。"))
def travel() -> None:
    """Hold the commands of ``fieldwrit travel``."""


@travel.command(
    "observed", help=marked("导入实测行程表 FILE（csv、xlsx 等）；只留用时，不留地点、小组和时刻。")
)
@click.argument("file", type=FILE)
@source_datum_option
@click.option("--quarantine", is_flag=True, help=marked("收下合格的行，把其余的行隔离待改"))
@json_option
@click.pass_obj
def travel_observed(
    settings: Settings, file: Path, datum: str | None, quarantine: bool, as_json: bool
) -> None:
    """Run ``fieldwrit travel observed``."""
    from web.steps import travel as steps

    result = steps.observe(
        settings, file, datum=Datum(datum) if datum else None, quarantine=quarantine
    )
    show(result, as_json=as_json, settings=settings)


@travel.command(
    "correction", help=marked("由实测行程估算行车时间修正并列表；--apply 采用，--drop 停用。")
)
@click.option("--apply", "wanted", is_flag=True, help=marked("看过之后采用，须确认"))
@click.option("--yes", "fingerprint", help=marked("不提问；给出所看过的修正的编号"))
@click.option("--drop", is_flag=True, help=marked("停用在用的修正"))
@json_option
@click.pass_obj
def travel_correction(
    settings: Settings, wanted: bool, fingerprint: str | None, drop: bool, as_json: bool
) -> None:
    """Run ``fieldwrit travel correction``."""
    from web.steps import travel as steps
    from web.wiring import Court, using

    if (drop and wanted) or (fingerprint is not None and not wanted):
        raise wrong_use(settings, marked("--yes 须与 --apply 同用；--apply 与 --drop 不能同用"))
    with using(Court(settings)) as court:
        if drop:
            show(steps.drop(court.store), as_json=as_json, settings=settings)
            return
        if fingerprint is None:
            proposal = steps.propose(court.store, court.vehicles)
            _print(proposal, settings, as_json=as_json)
            if not wanted or not proposal.correction.bands:
                return
            question = translator(settings.language)(marked("采用这份修正？"))
            click.confirm(question, abort=True, err=True)
            fingerprint = proposal.correction.fingerprint
        result = steps.apply(court.store, fingerprint, court.vehicles)
    show(result, as_json=as_json, settings=settings)


@travel.command("forget", help=marked("删除 DAY 以前的实测行程；已采用的修正不变。"))
@click.argument("day", type=Day())
@json_option
@click.pass_obj
def travel_forget(settings: Settings, day: date | str, as_json: bool) -> None:
    """Run ``fieldwrit travel forget``."""
    from web.steps import travel as steps
    from web.wiring import Court, using

    if not isinstance(day, date):
        raise wrong_use(settings, marked("请给出日期，如 2026-12-01"))
    with using(Court(settings)) as court:
        result = steps.forget(court.store, day)
    show(result, as_json=as_json, settings=settings)


def _print(proposal: Proposal, settings: Settings, *, as_json: bool) -> None:
    """Show the factors with what speaks for them, on standard output."""
    from rich.console import Console
    from rich.table import Table

    from web.steps.travel import HEADS, table

    say = translator(settings.language)
    correction, held = proposal.correction, proposal.in_use
    facts = {
        "correction": correction.fingerprint,
        "in_use": held.fingerprint if held else None,
        "notes": [note.render(say) for note in proposal.notes()],
    }
    if as_json:
        show({**facts, **json.loads(correction.to_json())}, as_json=True, settings=settings)
        return
    if correction.bands:
        shown_table = Table()
        for place, head in enumerate(HEADS):
            shown_table.add_column(
                head.render(say), justify="left" if place < 4 else "right", overflow="fold"
            )
        for line in table(correction, say):
            shown_table.add_row(*line)
        console = Console()
        if not console.is_terminal:
            console.width = _FILE_WIDTH
        console.print(shown_table)
    shown = {
        **facts,
        "in_use": facts["in_use"] or say(marked("无")),
        "measured_legs": correction.legs,
        "error_before": f"{correction.error_before:.1%}",
        "error_after": f"{correction.error_after:.1%}",
    }
    show(shown, as_json=False, settings=settings)
