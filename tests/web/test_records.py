"""Cases as JSON: as their document says, and of persons what the reader may see."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openapi_spec_validator import OpenAPIV31SpecValidator

from data.exports.case_json import CASES_PATH
from data.model import Role
from data.rights import RIGHTS, Right
from routes.model import CaseId, SecretText
from tests.web.answers import validators
from tests.web.conftest import Reader
from tests.web.court import PASSWORD
from web.cli import main
from web.services import Services

SignIn = Callable[[Role | str], Reader]

NAME, NUMBER = "欧阳示例", "35000019900101123X"


@pytest.fixture(autouse=True)
def known(court: Services) -> None:
    debtor = court.store.debtors(CaseId("c001"))[0]
    court.store.put(debtors=[replace(debtor, name=SecretText(NAME), id_number=SecretText(NUMBER))])


def _checked(answer: Any) -> Any:
    validators()["get", CASES_PATH].validate(answer)
    return answer


def _first(answer: Any) -> Any:
    (case,) = (one for one in answer["cases"] if one["id"] == "c001")
    return case["debtors"][0]


def test_each_role_gets_what_it_may_see(signed_in: SignIn, court: Services) -> None:
    for role in Role:
        answer = signed_in(role).get(CASES_PATH)
        if Right.CASE_JSON not in RIGHTS[role]:
            assert answer.status_code == 403
            assert NAME not in answer.text
            continue
        debtor = _first(_checked(answer.json))
        assert NUMBER not in answer.text
        assert debtor["id_number"] == "350***********123X"
        full = Right.PERSON_READ in RIGHTS[role]
        assert debtor["name"] == (NAME if full else "欧**")
        assert (debtor["addresses"][0]["text"] is not None) == full
        assert court.store.audit.entries(1)[0].act == "case.json"


def test_a_token_without_the_right_to_read_persons_gets_masks(
    court: Services, reader: Reader
) -> None:
    officer = court.store.accounts.named("officer")
    assert officer is not None
    names = {}
    for scopes in ({Right.CASE_JSON}, {Right.CASE_JSON, Right.PERSON_READ}):
        ends_at = court.clock() + timedelta(days=1)
        _, secret = court.store.tokens.create(
            officer, "程序", scopes, expires_at=ends_at, by=officer.id
        )
        answer = reader.client.get(CASES_PATH, headers={"Authorization": f"Bearer {secret}"})
        names[len(scopes)] = _first(_checked(answer.json))["name"]
    assert names == {1: "欧**", 2: NAME}


def test_all_cases_are_read_piece_by_piece(signed_in: SignIn, court: Services) -> None:
    officer, first, seen = signed_in(Role.OFFICER), 0, []
    while first is not None:
        answer = _checked(officer.get(f"{CASES_PATH}?first={first}&count=1").json)
        seen += [one["id"] for one in answer["cases"]]
        first = answer["next"]
    assert seen == [case.id for case in court.store.cases()]


def test_the_document_is_served_to_who_may_read_and_written_at_the_terminal(
    signed_in: SignIn, tmp_path: Path
) -> None:
    served = signed_in(Role.AUDITOR).get("/api/openapi.json").json
    OpenAPIV31SpecValidator(served).validate()
    assert signed_in(Role.POLICE_LIAISON).get("/api/openapi.json").status_code == 403
    path = tmp_path / "openapi.json"
    words = ["export", "openapi", "--format", "json", "--output", str(path)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert json.loads(path.read_text(encoding="utf-8")) == served


def test_the_file_of_the_terminal_is_as_the_document_says(court: Services, tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    words = ["--data-dir", str(tmp_path / "data"), "export", "cases", "--format", "json"]
    words += ["--output", str(path), "--by", "commander", "--password-stdin"]
    result = CliRunner().invoke(main, words, input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    answer = _checked(json.loads(path.read_text(encoding="utf-8")))
    assert answer["total"] == len(court.store.cases())
    assert _first(answer)["name"] == NAME
    assert NUMBER not in path.read_text(encoding="utf-8")


def test_an_identity_number_is_shown_in_full_where_it_is_asked_for(
    signed_in: SignIn, court: Services
) -> None:
    officer = signed_in(Role.OFFICER)
    page = officer.get("/cases/c001").text
    assert "350***********123X" in page
    assert NUMBER not in page
    shown = officer.post("/cases/c001/show")
    assert NUMBER in shown.text
    assert "显示证件号码" not in shown.text
    entry = court.store.audit.entries(1)[0]
    assert (entry.act, entry.subject, entry.detail["persons"]) == ("person.show", "case:c001", 1)
    assert NUMBER not in officer.get("/cases/c001").text
