from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routes.planning.fleet import plan_teams
from routes.rules import check_visit, visit_needs
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, PROFILE, TEAM, WHEN
from tests.routes.rules.test_field_rules import CALENDAR


@given(
    outsiders=st.integers(0, 2),
    recorders=st.integers(0, 2),
    skills=st.frozensets(st.sampled_from(["licence", "recorder", "dialect"])),
)
def test_a_team_fits_a_visit_where_the_crew_rules_let_it_go(
    outsiders: int, recorders: int, skills: frozenset[str]
) -> None:
    team = replace(TEAM, outsiders=outsiders, recorders=recorders, skills=skills)
    (planned,) = plan_teams([team])
    needs = visit_needs(CASE, DEBTOR, CLAIM, PROFILE)
    said = check_visit(
        CASE, DEBTOR, CLAIM, team, starts_at=WHEN, calendar=CALENDAR, profile=PROFILE
    )
    assert (needs.skills <= planned.skills) == (said == ())
