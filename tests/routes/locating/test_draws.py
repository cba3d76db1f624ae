"""What is laid out once for many draws of the parameters answers as if it were made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given, settings

from routes.locating.draws import draw_numbers
from routes.locating.found import PlannedVisit, asked_of, found_asked, found_by
from routes.locating.layout import room_of
from routes.locating.posterior import solve, weigh, weigh_again
from routes.model import AddressClaim, Lead, Outcome, VisitBand
from tests.routes.locating.samples import NOW, PARAMETERS, debtors_evidence, located

DAYS = (NOW.date(), NOW.date() + timedelta(days=1))


@settings(max_examples=40)
@given(debtors_evidence())
def test_other_numbers_for_the_same_evidence(
    given_: tuple[list[AddressClaim], list[Outcome], list[Lead]],
) -> None:
    claims, outcomes, leads = given_
    made = located(claims, outcomes, leads)
    evidence = made.evidence
    visits = [PlannedVisit(one.id, day, VisitBand.MORNING) for one in claims for day in DAYS]
    sets = made.packed([[visit] for visit in visits] + [visits])
    draws = draw_numbers(PARAMETERS, evidence.townships)[:4]
    first = weigh(evidence, draws[0])
    asked = asked_of(first, sets)
    debtors = np.arange(len(evidence.debtors))
    room = room_of(first.places, first.visits, first.model, debtors)
    for numbers in draws:
        anew, again = weigh(evidence, numbers), weigh_again(first, numbers)
        assert (found_asked(again, asked) == found_by(anew, sets)).all()
        mine, theirs = solve(again, room=room), solve(anew)
        assert (mine.either == theirs.either).all()
        assert (mine.log_evidence == theirs.log_evidence).all()


def test_draws_of_one_object_are_kept_and_of_another_made_anew() -> None:
    towns = ("", "350599101")
    drawn = draw_numbers(PARAMETERS, towns)
    assert draw_numbers(PARAMETERS, list(towns)) is drawn
    again = draw_numbers(replace(PARAMETERS), towns)
    assert again is not drawn
    for mine, theirs in zip(again, drawn, strict=True):
        assert (mine.presence == theirs.presence).all()
