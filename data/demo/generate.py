"""Write the invented district as the files that a court would bring."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data.demo.areas import as_feature_collection
from data.demo.casefiles import (
    case_rows,
    claim_truth,
    filing_days,
    hint_rows,
    make_files,
    visit_rows,
    wanted_debtors,
)
from data.demo.claims import make_subjects
from data.demo.district import SHAPE_STEPS, District, make_district
from data.demo.fieldtables import (
    calendar_rows,
    checkpoint_rows,
    duty_rows,
    gazetteer_rows,
    liaison_rows,
    station_rows,
    team_rows,
)
from data.demo.frame import stream
from data.demo.history import make_hints, make_visits
from data.demo.osm import write_osm
from data.demo.plan import FULL, SMALL
from data.demo.tables import write_table
from data.demo.villagegroups import VillageGroups
from data.files import write_atomically
from data.imports.columns import TableKind
from geo.ports import ProgressListener

__all__ = ["DemoFiles", "generate"]

_STEPS = SHAPE_STEPS + 4


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The files of a district: all but ``truth`` go in through the importers."""

    roads: Path
    areas: Path
    stations: Path
    checkpoints: Path
    teams: Path
    duties: Path
    liaisons: Path
    calendar: Path
    gazetteer: Path
    cases: Path
    outcomes: Path
    leads: Path
    truth: Path

    @classmethod
    def in_folder(cls, folder: Path) -> DemoFiles:
        """Return the names that :func:`generate` gives."""
        tables = ("stations", "checkpoints", "teams", "duties", "liaisons", "calendar", "gazetteer")
        return cls(
            roads=folder / "roads.osm.pbf",
            areas=folder / "areas.geojson",
            **{name: folder / f"{name}.xlsx" for name in (*tables, "cases", "outcomes", "leads")},
            truth=folder / "truth.json",
        )


def generate(
    folder: Path,
    *,
    seed: int = 1,
    small: bool = False,
    as_of: date,
    progress: ProgressListener | None = None,
) -> DemoFiles:
    """Write the demonstration district into a folder, which is made when missing.

    The contents depend on ``seed``, ``small`` and ``as_of`` only.

    Parameters
    ----------
    folder
        Where the files go; files of the same names are replaced.
    seed
        Seed of the whole district.
    small
        A tenth of it: about 4,000 road nodes, 300 cases, 500 address claims.
    as_of
        Today of the district: cases and outcomes lie before it, leads around it.
    progress
        Told after each step.

    Raises
    ------
    StoreFullError, ExportError
        If a file cannot be written; an older one of that name stays as it was.
    """

    def done(step: int) -> None:
        if progress is not None:
            progress(SHAPE_STEPS + step, _STEPS)

    folder.mkdir(parents=True, exist_ok=True)
    files = DemoFiles.in_folder(folder)
    plan = SMALL if small else FULL
    district = make_district(plan, seed=seed, total=_STEPS, progress=progress)
    write_osm(district, files.roads, seed=seed)
    _write_json(files.areas, as_feature_collection(district.areas))
    done(1)

    groups = VillageGroups(district)
    for path, kind, rows in (
        (files.stations, TableKind.STATIONS, station_rows(district)),
        (files.teams, TableKind.TEAMS, team_rows(district)),
        (files.liaisons, TableKind.LIAISONS, liaison_rows(district, seed=seed)),
        (files.calendar, TableKind.CALENDAR, calendar_rows(as_of)),
        (files.gazetteer, TableKind.GAZETTEER, gazetteer_rows(district, groups, seed=seed)),
    ):
        write_table(path, kind, rows, as_of=as_of)
    done(2)
    _write_cases(district, groups, files, seed=seed, as_of=as_of)
    done(4)
    return files


def _write_cases(
    district: District, groups: VillageGroups, files: DemoFiles, *, seed: int, as_of: date
) -> None:
    plan = district.plan
    subjects = make_subjects(district, groups, as_of=as_of, seed=seed)
    filed_on = filing_days(plan.cases, as_of, stream(seed, "filing"))
    visits = make_visits(subjects, filed_on, count=plan.outcomes, as_of=as_of, seed=seed)
    cases = make_files(subjects, filed_on, visits, as_of=as_of, seed=seed)
    open_cases = tuple(i for i, case in enumerate(cases) if case.status == "执行中")
    hints = make_hints(district, subjects, open_cases, count=plan.leads, as_of=as_of, seed=seed)
    most = max(len(subject.claims) for subject in subjects)
    write_table(
        files.cases,
        TableKind.CASES,
        case_rows(cases, subjects, seed=seed),
        as_of=as_of,
        addresses=most,
    )
    write_table(
        files.checkpoints,
        TableKind.CHECKPOINTS,
        checkpoint_rows(district, wanted_debtors(cases), as_of=as_of),
        as_of=as_of,
    )
    write_table(
        files.duties,
        TableKind.DUTIES,
        duty_rows(district, wanted_debtors(cases), as_of=as_of),
        as_of=as_of,
    )
    write_table(
        files.outcomes, TableKind.OUTCOMES, visit_rows(visits, cases, subjects), as_of=as_of
    )
    write_table(files.leads, TableKind.LEADS, hint_rows(hints, cases, subjects), as_of=as_of)
    truth = {
        "seed": seed,
        "as_of": as_of.isoformat(),
        "claims": list(claim_truth(cases, subjects, district.houses.door_m)),
    }
    _write_json(files.truth, truth)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    with write_atomically(path) as file:
        file.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
