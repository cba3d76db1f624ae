from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from routes.documents import Approver, DocumentKind
from routes.errors import ValueRangeError
from routes.items import AssetKind, Holder, ItemUse
from routes.measures import Act, ActKind, Arrangement, Attendee, Measure, MeasureKind
from routes.model import (
    DebtorKind,
    Identifier,
    NamesakeRuling,
    NamesakeVerdict,
    SecretText,
    Verdict,
)

from .measure_samples import (
    AT,
    DAY,
    EVICTION,
    HOUR,
    ON,
    SEARCH,
    SECOND,
    SEIZURE,
    SERVICE,
    TOLD,
    of_item,
    of_step,
    paper,
    verdicts,
)
from .samples import DEBTOR

BLOCK, SIGN, TIMER, WARN = Verdict.BLOCK, Verdict.SIGN_OFF, Verdict.TIMER, Verdict.WARN
HEAD = frozenset({Attendee.COMPANY_HEAD})
COMPANY = replace(DEBTOR, kind=DebtorKind.COMPANY)
NOTICE = EVICTION.documents[0]
LIVE = replace(SEIZURE, kind=MeasureKind.LIVE_SEIZURE)


def papers(measure: Measure, *kinds: DocumentKind) -> dict[str, Any]:
    return {"documents": tuple(each for each in measure.documents if each.kind in kinds)}


def test_steps_and_item_in_order_have_no_finding() -> None:
    assert of_step(SEARCH) == ()
    for seizure in (SEIZURE, LIVE):
        assert of_step(seizure) == of_step(seizure, closing=True) == ()
    assert of_step(EVICTION) == ()
    assert {finding.rule for finding in of_item()} == {"Z8"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (papers(SEARCH, DocumentKind.HANDOVER_ORDER), [BLOCK]),
        (papers(SEARCH, DocumentKind.SEARCH_WARRANT), [BLOCK]),
        ({"acts": ()}, [BLOCK]),
        ({"acts": (Act(ActKind.HANDOVER_REFUSED, AT),)}, []),
        ({"acts": (Act(ActKind.HANDOVER_REFUSED, AT + SECOND),)}, [BLOCK]),
        (
            {
                "documents": (
                    *papers(SEARCH, DocumentKind.HANDOVER_ORDER)["documents"],
                    paper(DocumentKind.SEARCH_WARRANT, Approver.BUREAU_DIRECTOR),
                )
            },
            [BLOCK],
        ),
    ],
)
def test_search_rests_on_warrant_and_refused_order(
    changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts("S1", of_step(SEARCH, **changes)) == expected


@pytest.mark.parametrize(
    ("debtor_kind", "changes", "blocks"),
    [
        (DebtorKind.PERSON, {"arrangements": frozenset()}, 2),
        (DebtorKind.PERSON, {"arrangements": frozenset({Arrangement.CORDON})}, 1),
        (DebtorKind.PERSON, {"notified": frozenset()}, 2),
        (DebtorKind.PERSON, {"notified": frozenset({Attendee.GRASSROOTS_DELEGATE})}, 1),
        (DebtorKind.COMPANY, {}, 1),
        (DebtorKind.COMPANY, {"notified": HEAD}, 0),
    ],
)
def test_search_is_shown_closed_and_told(
    debtor_kind: DebtorKind, changes: dict[str, Any], blocks: int
) -> None:
    assert verdicts("S2", of_step(SEARCH, debtor_kind, **changes)) == [BLOCK] * blocks


def log(*entries: tuple[ActKind, int]) -> tuple[Act, ...]:
    return SEARCH.acts + tuple(Act(kind, AT + minute * HOUR / 60) for kind, minute in entries)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((), [BLOCK]),
        (((ActKind.OPENING_REFUSED, -1),), [BLOCK]),
        (((ActKind.OPENING_ORDERED, -2), (ActKind.OPENING_REFUSED, -1)), []),
        (((ActKind.OPENING_ORDERED, -1), (ActKind.OPENING_REFUSED, -2)), [BLOCK]),
        (((ActKind.OPENING_ORDERED, -2), (ActKind.OPENING_REFUSED, 1)), [BLOCK]),
        (
            (
                (ActKind.OPENING_ORDERED, -9),
                (ActKind.OPENED_BY_FORCE, -8),
                (ActKind.OPENING_REFUSED, -7),
            ),
            [BLOCK],
        ),
    ],
)
def test_nothing_is_forced_before_opening_was_refused(
    entries: tuple[tuple[ActKind, int], ...], expected: list[Verdict]
) -> None:
    found = of_step(SEARCH, acts=log(*entries), forced_opening=True)
    assert verdicts("S3", found) == expected


@pytest.mark.parametrize("measure", [SEARCH, SEIZURE, LIVE, EVICTION])
def test_whether_to_open_by_force_is_said_beforehand(measure: Measure) -> None:
    assert verdicts("S3", of_step(measure, forced_opening=None)) == [BLOCK]
    assert verdicts("S3", of_step(SERVICE, forced_opening=None)) == []


def test_opening_by_force_counts_though_nobody_planned_it() -> None:
    forced = (Act(ActKind.OPENED_BY_FORCE, AT),)
    assert verdicts("S3", of_step(EVICTION, acts=forced)) == [BLOCK]


@pytest.mark.parametrize("seizure", [SEIZURE, LIVE])
def test_seizure_has_ruling_witnesses_and_inventory(seizure: Measure) -> None:
    assert verdicts("Z1", of_step(seizure, documents=())) == [BLOCK]
    assert verdicts("Z2", of_step(seizure, notified=frozenset())) == [BLOCK, BLOCK]
    assert verdicts("Z2", of_step(seizure, DebtorKind.COMPANY, notified=TOLD)) == [BLOCK]
    assert verdicts("Z2", of_step(seizure, DebtorKind.COMPANY, notified=HEAD)) == []
    bare: dict[str, Any] = {"acts": (), **papers(seizure, DocumentKind.SEIZURE_RULING)}
    assert of_step(seizure, **bare) == ()
    assert verdicts("Z3", of_step(seizure, closing=True, **bare)) == [BLOCK] * 3


@pytest.mark.parametrize("use", [*ItemUse, None])
def test_livelihood_goods_stay(use: ItemUse | None) -> None:
    expected = [BLOCK] if use is None or use.exempt else []
    assert verdicts("Z4", of_item(use=use)) == expected


def test_essential_home_is_sold_with_safeguards_only() -> None:
    home: dict[str, Any] = {"use": ItemUse.ESSENTIAL_HOME, "asset": AssetKind.REAL_ESTATE}
    assert verdicts("Z5", of_item(**home)) == []
    assert verdicts("Z5", of_item(**home, to_be_sold=True)) == [SIGN]
    safe = (paper(DocumentKind.HOUSING_SAFEGUARD),)
    assert verdicts("Z5", of_item(**home, to_be_sold=True, documents=safe)) == []
    assert verdicts("Z5", of_item(to_be_sold=True)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"value_yuan": 12_000.0}, []),
        ({"value_yuan": 12_000.01}, [BLOCK]),
        ({"held_yuan": 2_000.0}, []),
        ({"held_yuan": 2_000.01}, [BLOCK]),
        ({"value_yuan": 80_000.0, "indivisible": True}, [BLOCK]),
        ({"value_yuan": 80_000.0, "nothing_else": True}, [BLOCK]),
        ({"value_yuan": 80_000.0, "indivisible": True, "nothing_else": True}, [SIGN]),
        ({"value_yuan": None}, [BLOCK]),
        ({"debt_yuan": None}, [BLOCK]),
        ({"costs_yuan": None}, [BLOCK]),
        ({"held_yuan": None}, [BLOCK]),
        ({"debt_yuan": 0.0, "costs_yuan": 0.0, "value_yuan": 0.01}, [WARN, BLOCK]),
        # of the debt that was typed and the amount of the case the lesser counts
        # costs that the debt does not bear out are signed for
        ({"costs_yuan": 1_800.0}, []),
        ({"costs_yuan": 1_800.01}, [SIGN]),
        ({"costs_yuan": 99_999_999.0, "value_yuan": 20_000_000.0}, [SIGN]),
        ({"debt_yuan": 20_000_000.0, "costs_yuan": 1_800.01}, [WARN, SIGN]),
        ({"debt_yuan": 20_000_000.0}, [WARN]),
        ({"debt_yuan": 20_000_000.0, "value_yuan": 12_000.01}, [WARN, BLOCK]),
        ({"debt_yuan": 5_000.0, "value_yuan": 7_200.0}, [WARN]),
        ({"debt_yuan": 5_000.0, "value_yuan": 7_200.01}, [WARN, BLOCK]),
        ({"recorded_yuan": None}, [SIGN]),
        ({"recorded_yuan": None, "value_yuan": 12_000.01}, [SIGN, BLOCK]),
    ],
)
def test_value_stays_near_debt_and_costs(changes: dict[str, Any], expected: list[Verdict]) -> None:
    assert verdicts("Z6", of_item(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [SIGN]),
        ({"in_operation": True}, [SIGN]),
        ({"in_operation": False}, []),
        ({"step_kind": MeasureKind.LIVE_SEIZURE}, []),
        ({"debtor": DEBTOR}, []),
        ({"use": ItemUse.ORDINARY}, []),
        ({"use": None}, [SIGN]),
    ],
)
def test_a_working_company_gets_the_mild_measure_first(
    changes: dict[str, Any], expected: list[Verdict]
) -> None:
    company: dict[str, Any] = {"debtor": COMPANY, "use": ItemUse.PRODUCTION}
    assert verdicts("Z6", of_item(**{**company, **changes})) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"held_by": None}, [BLOCK]),
        ({"registered_to": None}, [BLOCK]),
        ({"held_by": Holder.THIRD_PARTY}, [BLOCK]),
        ({"registered_to": Holder.THIRD_PARTY}, [BLOCK]),
        ({"registered_to": Holder.DEBTOR}, []),
        ({"asset": AssetKind.REAL_ESTATE}, [BLOCK]),  # "in no register"
        ({"asset": AssetKind.DEPOSIT}, [BLOCK]),
        ({"asset": None}, [BLOCK]),
        ({"asset": AssetKind.OTHER_RIGHT}, []),  # such as a claim against somebody
        (
            {
                "held_by": Holder.THIRD_PARTY,
                "documents": (paper(DocumentKind.OWNER_CONFIRMATION, Approver.THIRD_PARTY),),
            },
            [],
        ),
    ],
)
def test_what_others_hold_needs_their_word(
    changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts("Z7", of_item(**changes)) == expected


@pytest.mark.parametrize(
    ("asset", "last"),
    [
        (AssetKind.DEPOSIT, date(2027, 11, 24)),
        (AssetKind.MOVABLE, date(2028, 11, 24)),
        (AssetKind.REAL_ESTATE, date(2029, 11, 24)),
        (AssetKind.OTHER_RIGHT, date(2029, 11, 24)),
    ],
)
def test_expiry_is_named_before_and_after(asset: AssetKind, last: date) -> None:
    messages = [
        next(each.message for each in of_item(asset=asset, on=on) if each.rule == "Z8")
        for on in (last, last + DAY)
    ]
    assert all(last.isoformat() in str(text) for text in messages)
    assert messages[0].msgid != messages[1].msgid


def test_property_of_unknown_kind_gets_the_shortest_term() -> None:
    found = of_item(asset=None)
    assert verdicts("Z8", found) == [TIMER, TIMER]
    assert "2027-11-24" in str(found[-1].message)
    assert verdicts("Z8", of_item(seized_on=None)) == [TIMER]
    assert verdicts("Z8", of_item(seized_on=None, asset=None)) == [TIMER]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"documents": ()}, [BLOCK]),
        ({"documents": (replace(NOTICE, approved_by=Approver.PANEL),)}, [BLOCK]),
        ({"notice_ends_on": None}, [BLOCK]),
        ({"notice_ends_on": ON}, [BLOCK]),
        # a time that ends with the notice's own day, or before it, was never given
        ({"notice_ends_on": ON - 3 * DAY}, [BLOCK]),
        ({"notice_ends_on": ON - 300 * DAY}, [BLOCK]),
        ({"notice_ends_on": ON - 2 * DAY}, []),
    ],
)
def test_eviction_waits_for_its_notice(changes: dict[str, Any], expected: list[Verdict]) -> None:
    assert verdicts("E1", of_step(EVICTION, **changes)) == expected


def test_eviction_is_told_and_booked() -> None:
    assert verdicts("E2", of_step(EVICTION, notified=frozenset())) == [BLOCK, BLOCK]
    assert verdicts("E2", of_step(EVICTION, arrangements=frozenset())) == [BLOCK, BLOCK]
    assert verdicts("E2", of_step(EVICTION, DebtorKind.COMPANY, notified=HEAD)) == []


def test_of_several_confirmations_the_last_signed_counts() -> None:
    kind = DocumentKind.OWNER_CONFIRMATION
    good = paper(kind, Approver.THIRD_PARTY)
    void = replace(good, approved_on=ON - 30 * DAY, expires_on=ON - 20 * DAY)
    held = {"held_by": Holder.THIRD_PARTY}
    assert verdicts("Z7", of_item(**held, documents=(void, good))) == []
    assert verdicts("Z7", of_item(**held, documents=(good, void))) == []
    assert verdicts("Z7", of_item(**held, documents=(void,))) == [BLOCK]


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("name", ["debt_yuan", "costs_yuan", "held_yuan"])
def test_amounts_that_are_no_numbers_are_refused(name: str, amount: float) -> None:
    with pytest.raises(ValueRangeError, match="I1"):
        of_item(**{name: amount})
    if name != "held_yuan":
        field = {"debt_yuan": "owed_yuan"}.get(name, name)
        with pytest.raises(ValueRangeError, match="S1"):
            replace(SEIZURE, **{field: amount})


NAME_ONLY = frozenset({Identifier.NAME})
TWO = NAME_ONLY | {Identifier.ID_NUMBER, Identifier.ADDRESS_HISTORY}
OF_RECORD: dict[str, Any] = {"registered_to": Holder.DEBTOR, "asset": AssetKind.REAL_ESTATE}
SAME, UNSURE, DIFFERENT = NamesakeVerdict.SAME, NamesakeVerdict.UNSURE, NamesakeVerdict.DIFFERENT


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),  # a plain movable in the debtor's hands
        (OF_RECORD, [BLOCK]),
        (OF_RECORD | {"owner_identifiers": NAME_ONLY | {Identifier.ID_NUMBER}}, [BLOCK]),
        (
            OF_RECORD | {"owner_identifiers": {Identifier.ID_NUMBER, Identifier.BIRTH_DATE}},
            [BLOCK],
        ),
        (OF_RECORD | {"owner_identifiers": TWO}, []),
        ({"registered_to": Holder.DEBTOR}, [BLOCK]),  # such as a car
        ({"registered_to": None}, [BLOCK]),
        ({"asset": None}, [BLOCK]),
        ({"asset": AssetKind.DEPOSIT}, [BLOCK]),
        ({"registered_to": Holder.THIRD_PARTY}, []),  # for Z7 to ask
        (OF_RECORD | {"ruling": NamesakeRuling(SAME, TWO)}, []),
        (OF_RECORD | {"ruling": NamesakeRuling(SAME, NAME_ONLY)}, [BLOCK]),
        (OF_RECORD | {"ruling": NamesakeRuling(UNSURE, TWO), "owner_identifiers": TWO}, [BLOCK]),
        ({"ruling": NamesakeRuling(DIFFERENT, NAME_ONLY)}, [BLOCK]),
        (
            OF_RECORD
            | {
                "ruling": NamesakeRuling(SAME, NAME_ONLY, frozenset({Identifier.ADDRESS_HISTORY})),
                "owner_identifiers": TWO,
            },
            [BLOCK],
        ),
    ],
)
def test_property_that_may_be_a_namesakes_is_not_seized(
    changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts("N1", of_item(**changes)) == expected


def test_a_number_that_cannot_be_right_counts_for_no_property() -> None:
    debtor = replace(DEBTOR, id_number=SecretText("1"))
    found = of_item(debtor=debtor, **OF_RECORD, owner_identifiers=TWO)
    assert verdicts("N1", found) == [BLOCK, BLOCK]
