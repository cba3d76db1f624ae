from dataclasses import replace
from datetime import UTC, date

import pytest

from geo.localtime import moment_at
from routes.documents import Approver
from routes.errors import ValueRangeError
from routes.measures import MeasureKind
from routes.model import DebtorKind
from routes.needs import measure_needs
from routes.rules import RULES, check_step

from .measure_samples import (
    AT,
    DETENTION,
    EVICTION,
    ON,
    SECOND,
    SUMMONS,
    TARGET,
    of_step,
    paper,
    step,
    verdicts,
)
from .samples import PROFILE

PAPERS_AND_PEOPLE = {"S2", "Z1", "Z2", "E2"}
PARTLY_PAPERS = {"C1": 1, "D1": 2, "S1": 1, "E1": 1}  # findings about what is no paper


@pytest.mark.parametrize("debtor_kind", DebtorKind)
@pytest.mark.parametrize("kind", MeasureKind)
def test_what_the_table_of_needs_names_satisfies_the_rules(
    kind: MeasureKind, debtor_kind: DebtorKind
) -> None:
    needs = measure_needs(step(kind), debtor_kind)
    bare = of_step(step(kind), debtor_kind)
    ready = of_step(
        step(kind),
        debtor_kind,
        documents=tuple(paper(each, by or Approver.OFFICER) for each, by in needs.documents),
        notified=needs.attendees,
        arrangements=needs.arrangements,
    )
    rules = [finding.rule for finding in ready]
    assert not PAPERS_AND_PEOPLE & set(rules)
    for rule in PARTLY_PAPERS.keys() & set(rules):
        assert rules.count(rule) == PARTLY_PAPERS[rule]
    assert len(ready) < len(bare) or not kind.coercive


@pytest.mark.parametrize("kind", [kind for kind in MeasureKind if kind.coercive])
def test_a_coercive_step_about_which_nothing_is_known_is_blocked(kind: MeasureKind) -> None:
    assert "block" in {finding.verdict for finding in of_step(step(kind))}


def test_every_letter_of_the_measures_has_its_rules() -> None:
    wanted = "C1 C2 C3 C4 C5 D1 D2 D3 D4 D5 D6 S1 S2 S3 Z1 Z2 Z3 Z4 Z5 Z6 Z7 Z8 E1 E2 E3 R1 R2"
    assert [rule for rule in sorted(RULES) if rule[0] in "CDSZER"] == sorted(wanted.split())


def test_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueRangeError):
        check_step(SUMMONS, DebtorKind.PERSON, at=AT.replace(tzinfo=None), profile=PROFILE)


def test_days_are_the_courts_in_any_zone() -> None:
    midnight = moment_at(ON, 0).astimezone(UTC)  # still the day before there
    assert of_step(EVICTION, at=midnight) == ()
    assert verdicts("E1", of_step(EVICTION, at=midnight - SECOND)) == ["block"]


def test_a_message_about_age_holds_no_birth_date() -> None:
    born_on = date(2015, 6, 7)
    found = of_step(DETENTION, target=replace(TARGET, born_on=born_on))
    assert [each.rule for each in found] == ["D5"]
    assert "2015" not in str(found[0].message)
    assert born_on not in dict(found[0].message.facts).values()
