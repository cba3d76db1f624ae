"""Write a stored plan to files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from data import exports
from data.audit import of_ids
from data.audited_files import audited_paths
from data.files import write_atomically
from data.sealed_files import writing_sealed
from data.terminal import TERMINAL
from geo.model import Datum
from geo.navigation import NavigationApp
from geo.roadwindow import RoadWindow
from routes.planning.formats import write_plan, write_problem
from routes.ports import Clock
from web.approval import current_findings, draft_mark, refuse_blocked
from web.build import VENDOR
from web.clock import system_clock
from web.config import Settings
from web.i18n import marked, translator
from web.route_lines import route_lines
from web.stop_labels import stop_labels
from web.wiring import Court, using

__all__ = ["export_plan", "extract_plan", "file_name"]

_DRAWN = ("geojson", "gpx", "kml", "pdf")  # formats that draw roads or the way along them
_ENDINGS = {"outcomes": "-outcomes.xlsx"}
_NO_ROADS = marked("没有可用的路网，文件中没有周边道路图，路线为直线或省略；建成路网后请重新导出")


def file_name(action_id: str, form: str, *, draft: bool) -> str:
    """Return what the file of a plan is called."""
    mark = "-draft" if draft else ""
    return f"{action_id}{mark}{_ENDINGS.get(form, f'.{form}')}"


def export_plan(
    settings: Settings,
    action: str,
    form: str,
    output: Path | None,
    *,
    datum: Datum = Datum.WGS84,
    app: NavigationApp | None = None,
    draft: bool = False,
    sealed: bool = False,
    by: str = TERMINAL,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write a stored plan to a file; the reading of names and addresses is recorded.

    Parameters
    ----------
    app
        Positions are in its datum, whatever ``datum`` is, and each stop has a link that opens it.
    draft
        Write a plan that is not signed or not released, too, marked as a draft throughout.
    sealed
        Write it sealed with the store's key; see :mod:`data.sealed_files`.
    by
        Who reads, by the audit.

    Raises
    ------
    ApprovalError
        If a rule forbids a stop of the plan now, or it is a draft and none is asked for.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        action_id, problem, plan = court.stored_plan(action)
        made = store.action(action_id)
        findings = current_findings(court, problem, plan, say=lambda text: text.render(say))
        refuse_blocked(findings, action_id)
        mark = draft_mark(court, action_id, problem, plan, findings, draft=draft)
        plan = replace(plan, findings=findings)
        labels = stop_labels(store, problem, plan)
        target = output or Path(file_name(action_id, form, draft=mark is not None))
        engine = court.engine if court.has_network else None
        persons = (one.debtor for one in problem.options if one.id in labels)
        detail = of_ids("persons", persons) | {"format": form, "draft": mark is not None}
        with audited_paths(
            store.audit,
            target,
            by=by,
            act="plan.export",
            subject=f"action:{action_id}",
            detail=detail,
        ) as (staged,):
            exports.export_plan(
                plan,
                problem,
                labels,
                staged,
                format=form,
                title=say(marked("集中执行计划")) + f" {action_id}",
                made_at=court.clock() if made is None else made.made_at,
                datum=datum if app is None else app.datum,
                app=app,
                ground=None if engine is None or form != "pdf" else RoadWindow(court.network),
                paths=route_lines(
                    problem,
                    plan,
                    engine,
                    calendar=court.calendar,
                    closures=store.closures.standing(),
                ),
                font_dir=VENDOR / "fonts",
                translate=say,
                mark="" if mark is None else mark.render(say),
                written=partial(writing_sealed, store.cipher) if sealed else write_atomically,
            )
    done = {"action": str(action_id), "output": str(target), "draft": mark is not None}
    if engine is None and form in _DRAWN:
        done["notes"] = [say(_NO_ROADS)]
    return done


def extract_plan(
    settings: Settings,
    action: str,
    *,
    problem_path: Path,
    plan_path: Path,
    draft: bool = False,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write a stored problem and plan as JSON files; they hold ids and positions, no names.

    Parameters
    ----------
    draft
        Write a plan that is not signed or not released, too; both files then say so.

    Raises
    ------
    ApprovalError
        If a rule forbids a stop of the plan now, or it is a draft and none is asked for.
    """
    say = translator(settings.language)
    with using(Court(settings, clock=clock)) as court:
        action_id, problem, plan = court.stored_plan(action)
        findings = current_findings(court, problem, plan)
        refuse_blocked(findings, action_id)
        found = draft_mark(court, action_id, problem, plan, findings, draft=draft)
        mark = "" if found is None else found.render(say)
        with audited_paths(
            court.store.audit,
            problem_path,
            plan_path,
            by="cli",
            act="plan.extract",
            subject=f"action:{action_id}",
            detail={"draft": bool(mark)},
        ) as (staged_problem, staged_plan):
            write_problem(problem, staged_problem, mark=mark)
            write_plan(plan, staged_plan, mark=mark)
    return {
        "action": str(action_id),
        "output": [str(problem_path), str(plan_path)],
        "draft": bool(mark),
    }
