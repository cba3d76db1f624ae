from __future__ import annotations

import pytest

from routes.measures import MeasureKind
from routes.rules import RULES
from routes.rules.field_checklist import CHECKLIST, checklist


def test_each_item_rests_on_a_rule_with_a_source() -> None:
    assert len({item.code for item in CHECKLIST}) == len(CHECKLIST)
    for item in CHECKLIST:
        assert RULES[item.rule].cites, item.code


@pytest.mark.parametrize("kind", MeasureKind)
def test_every_step_is_made_by_two_and_recorded(kind: MeasureKind) -> None:
    codes = [item.code for item in checklist([kind])]
    assert {"officers", "recording", "licence", "signed"} <= set(codes)
    assert ("inventory" in codes) == kind.seizes
    assert ("attendance" in codes) == kind.may_open


def test_two_steps_at_one_door_ask_for_both() -> None:
    both = checklist([MeasureKind.SEARCH, MeasureKind.SUMMONS])
    assert {"outsiders", "warned"} <= {item.code for item in both}
