"""The page of rules: nothing of the profile and no rule is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from data.model import Role
from routes.rules import RULES
from routes.rules.floors import FLOORS
from routes.rules.profile import load_profile, profile_values
from tests.web.conftest import Reader
from web.rule_board import DEFAULT_NAME, WORDS, rule_views, value_views
from web.services import Services, attach

SignIn = Callable[[Role | str], Reader]


def test_every_value_has_words_and_every_rule_its_place(app: Flask, signed_in: SignIn) -> None:
    page = signed_in(Role.AUDITOR).get("/rules").text
    assert set(WORDS) == set(FLOORS) == set(profile_values())
    assert all(f'id="value-{key.replace(".", "-")}"' in page for key in FLOORS)
    assert all(f'id="rule-{one}"' in page for one in RULES)
    with app.test_request_context():
        views = {one.id: one for one in rule_views()}
    for one in RULES.values():
        view = views[one.id]
        assert view.verdicts == tuple(verdict.value for verdict in one.verdicts)
        assert [source.citation for source in view.sources] == [str(each) for each in one.cites]
        assert view.applies
        assert all(source.version and source.effective_on for source in view.sources)
        assert (view.signed_by is not None) == ("sign_off" in view.verdicts)


def test_the_courts_own_values_stand_beside_the_defaults(
    court: Services, app: Flask, signed_in: SignIn, tmp_path: Path
) -> None:
    own = tmp_path / "rules.toml"
    own.write_text(
        'name = "示例法院"\n[crew]\nmin_officers = 3\n[hours]\nhome = ["08:00", "20:00"]\n'
        '[closed_days]\ncivil = ["holiday", "rest_day"]\n',
        encoding="utf-8",
    )
    values = profile_values(own)
    with app.test_request_context():
        found = {one.key: one for one in value_views(values)}
    changed = {key for key, one in found.items() if one.own}
    assert changed == {"crew.min_officers", "hours.home", "closed_days.civil"}
    crew = found["crew.min_officers"]
    assert (crew.value, crew.default, crew.statute) == ("3 人", "2 人", "2 人")
    assert "第97条" in crew.source
    assert crew.rules == ("B2",)
    assert found["hours.home"].value == "08:00–20:00"
    assert found["closed_days.civil"].value == "法定节假日、休息日"
    assert found["seizure.excess_share"].value == "20%"
    assert found["retention.case_d"].value == "1095 天"
    assert found["retention.case_d"].source == "法律未规定，由本院自定"
    attach(app, replace(court, rule_values=values))
    page = signed_in(Role.OFFICER).get("/rules").text
    assert "本院改了 3 个" in page


@pytest.mark.parametrize("role", [Role.POLICE_LIAISON, Role.GRID_LIAISON])
def test_partners_do_not_read_them(role: Role, signed_in: SignIn) -> None:
    assert signed_in(role).get("/rules").status_code == 403


def test_the_programs_own_profile_is_named_in_the_readers_language() -> None:
    assert load_profile().name == str(DEFAULT_NAME)
