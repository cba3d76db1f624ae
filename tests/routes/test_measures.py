from datetime import date, datetime, timedelta
from typing import Any

import pytest

from geo.localtime import LOCAL_ZONE
from geo.messages import Message
from routes.documents import Approver, Document, DocumentKind
from routes.errors import ValueRangeError
from routes.items import ASSET_YEARS, AssetKind, Item, ItemUse
from routes.measures import (
    Act,
    ActKind,
    Arrangement,
    Attendee,
    Measure,
    MeasureKind,
    Stage,
    StepId,
)
from routes.model import CaseId, DebtorId

AT = datetime(2026, 11, 25, 9, 0, tzinfo=LOCAL_ZONE)
DAY = timedelta(days=1)


def step(kind: MeasureKind = MeasureKind.SEARCH, **changes: Any) -> Measure:
    return Measure(StepId("S1"), kind, CaseId("C1"), DebtorId("D1"), **changes)


def test_kinds_stand_from_mild_to_severe() -> None:
    stages = [kind.stage for kind in MeasureKind]
    assert stages == sorted(stages, key=list(Stage).index)
    assert [kind for kind in MeasureKind if not kind.coercive] == [
        MeasureKind.VISIT,
        MeasureKind.SERVICE,
    ]
    assert {kind for kind in MeasureKind if kind.restrains} == {
        MeasureKind.SUMMONS,
        MeasureKind.DETENTION,
    }
    assert list(MeasureKind).index(MeasureKind.LIVE_SEIZURE) < list(MeasureKind).index(
        MeasureKind.SEIZURE
    )


@pytest.mark.parametrize("codes", [Approver, DocumentKind, Attendee, Arrangement])
def test_every_code_that_a_message_names_has_a_label(codes: Any) -> None:
    labels = [code.label for code in codes]
    assert all(isinstance(label, Message) for label in labels)
    assert len(set(labels)) == len(labels)


def test_first_act_of_a_kind_counts_and_only_until_a_moment() -> None:
    acts = (
        Act(ActKind.OPENING_REFUSED, AT + DAY),
        Act(ActKind.OPENING_REFUSED, AT),
        Act(ActKind.OPENING_ORDERED, AT - DAY),
    )
    measure = step(acts=acts)
    assert measure.first(ActKind.OPENING_REFUSED) == AT
    assert measure.first(ActKind.OPENING_REFUSED, until=AT) == AT
    assert measure.first(ActKind.OPENING_REFUSED, until=AT - timedelta(seconds=1)) is None
    assert measure.first(ActKind.DETAINED) is None


def test_document_signed_last_is_the_one_that_counts() -> None:
    old = Document(DocumentKind.SEARCH_WARRANT, "1号", Approver.PRESIDENT, AT.date() - DAY)
    new = Document(DocumentKind.SEARCH_WARRANT, "2号", Approver.PRESIDENT, AT.date())
    undated = Document(DocumentKind.SEARCH_WARRANT, "3号", Approver.PRESIDENT)
    assert step(documents=(old, undated, new)).document(DocumentKind.SEARCH_WARRANT) == new
    assert step(documents=(old,)).document(DocumentKind.SEIZURE_RULING) is None


def test_values_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueRangeError):
        Document(
            DocumentKind.SEARCH_WARRANT, "1号", None, date(2026, 1, 2), expires_on=date(2026, 1, 1)
        )
    with pytest.raises(ValueRangeError):
        Act(ActKind.DETAINED, AT.replace(tzinfo=None))
    for value in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueRangeError):
            Item("I1", value_yuan=value)


def test_livelihood_goods_are_exempt_and_the_rest_is_not() -> None:
    free = {use for use in ItemUse if use.exempt}
    assert {ItemUse.DAILY_NECESSITY, ItemUse.LIVING_MONEY, ItemUse.COMPULSORY_SCHOOL} <= free
    assert set(ItemUse) - free == {ItemUse.ESSENTIAL_HOME, ItemUse.PRODUCTION, ItemUse.ORDINARY}


def test_every_kind_of_property_has_its_years() -> None:
    assert [ASSET_YEARS[kind] for kind in AssetKind] == [1, 2, 3, 3]
