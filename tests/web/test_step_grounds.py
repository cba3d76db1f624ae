"""Where a stored step lies is read off the stored boundaries."""

from __future__ import annotations

from dataclasses import replace

from shapely import box

from geo.areas import AreaSet
from geo.model import Area, AreaKind
from geo.responsibility import Ground
from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId
from web.services import Services
from web.step_records import read_file


def test_a_step_knows_its_ground_and_without_boundaries_nothing(court: Services) -> None:
    claim = next(one for one in court.store.claims() if one.debtor_id == "d002")
    step = Measure(StepId("-"), MeasureKind.SEIZURE, CaseId("c002"), DebtorId("d002"), claim.id)
    kept = court.store.measures.add(step, by="u1")
    nowhere = court.store.measures.add(replace(step, claim_id=None), by="u1")
    assert read_file(court, kept).ground == Ground(inside=True)
    assert read_file(court, nowhere).ground == Ground()
    for areas in (None, AreaSet(())):
        assert read_file(replace(court, areas=areas), kept).ground == Ground()
    away = Area("350504", "示例区", AreaKind.JURISDICTION, box(110.0, 20.0, 110.1, 20.1))
    assert read_file(replace(court, areas=AreaSet([away])), kept).ground.inside is False
