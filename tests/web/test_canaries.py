"""A name, a number, a telephone and a note that are marked, looked for where they must not be."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from data.demo.people import id_number
from data.model import Role
from data.property_answers import put_property_answers
from routes.model import CaseId, DebtorKind, Lead, Liaison, SecretText, VisitBand
from routes.property_answers import PropertyAnswer, PropertyKind
from tests.unpacking import unpacked
from tests.web.conftest import Reader
from tests.web.court import ACTION, DUTY_PHONE
from tests.web.test_rights import ways
from web.services import Services

SignIn = Callable[[Role | str], Reader]
NAME, PHONE, NOTE = "欧阳金丝雀", "13800987654", "邻居说他常在夜里回家"
NUMBER = id_number(date(1981, 6, 7), 23)
ADDRESS = "金丝雀路七号院三单元"
ACCOUNT = "金丝雀账户6222020017"
_CANARIES = (NAME, PHONE, NOTE, NUMBER, ADDRESS, ACCOUNT)
_LINKS = re.compile(r"""(?:href|src|action|formaction|data-[\w-]+)=["']([^"']*)""")


@pytest.fixture
def marked(court: Services) -> Services:
    """The tiny court, in which one debtor, an address, a lead and a liaison are marked."""
    store = court.store
    debtor, claims = store.debtors(CaseId("c001"))[0], store.claims(CaseId("c001"))
    soon = court.clock() + timedelta(days=20)
    store.put(
        debtors=[
            replace(
                debtor,
                kind=DebtorKind.PERSON,
                name=SecretText(NAME),
                id_number=SecretText(NUMBER),
            )
        ],
        claims=[replace(claims[0], text=SecretText(ADDRESS)), *claims[1:]],
        leads=[Lead("l-1", debtor.id, NOTE, court.clock(), soon, claims[0].id, VisitBand.DAWN)],
        liaisons=[Liaison("L-1", "350504101201", SecretText("金丝雀联络"), SecretText(PHONE))],
    )
    answer = PropertyAnswer(
        "p-1",
        debtor.id,
        PropertyKind.BANK,
        SecretText("示例银行"),
        date(2026, 11, 20),
        SecretText(ACCOUNT),
        500.0,
    )
    with store.write() as work:
        put_property_answers(work, [answer])
    return court


def _found(text: str) -> set[str]:
    return {canary for canary in _CANARIES if canary in text}


def _pages(app: Flask, reader: Reader) -> Iterator[tuple[str, str, str]]:
    """Yield path, headers and text of everything that can be read."""
    for method, path, _right in ways(app):
        if method == "GET":
            answer = reader.client.get(path)
            yield path, str(answer.headers), answer.get_data(as_text=True)


def test_the_marks_are_seen_where_they_may_be(
    marked: Services, app: Flask, signed_in: SignIn
) -> None:
    """Else the other tests would find nothing because there is nothing."""
    texts = "".join(text for _, _, text in _pages(app, signed_in(Role.OFFICER)))
    assert {NAME, ADDRESS, ACCOUNT} <= _found(texts)
    assert "先裁定冻结" in texts


@pytest.mark.parametrize(
    "role", [Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.AUDITOR, Role.ADMIN, "neighbour"]
)
def test_who_may_not_read_persons_reads_none(
    role: Role | str, marked: Services, app: Flask, signed_in: SignIn
) -> None:
    for path, headers, text in _pages(app, signed_in(role)):
        assert not _found(text + headers), path


@pytest.mark.parametrize("role", list(Role))
def test_no_address_of_a_page_and_no_log_names_anybody(
    role: Role,
    marked: Services,
    app: Flask,
    signed_in: SignIn,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        for path, headers, text in _pages(app, signed_in(role)):
            links = " ".join(_LINKS.findall(text))
            assert not _found(links + headers), path
    assert not _found(caplog.text)


def test_no_answer_to_a_failure_names_anybody(
    marked: Services,
    app: Flask,
    signed_in: SignIn,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    officer = signed_in(Role.OFFICER)

    def fail(*_: object, **__: object) -> None:
        raise ValueError(" ".join(_CANARIES))

    for name in ("case_lines", "case_table", "debtors", "claims", "outcomes", "problem", "plan"):
        monkeypatch.setattr(type(marked.store), name, fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with caplog.at_level(logging.DEBUG):
        answers = [
            officer.client.get(path)
            for path in ("/cases", "/cases/c001", "/api/overview/cases", f"/plans/{ACTION}")
        ]
    assert {answer.status_code for answer in answers} == {500}
    assert not any(_found(answer.get_data(as_text=True)) for answer in answers)
    assert not _found(caplog.text)


@pytest.mark.parametrize("role", list(Role))
def test_a_stations_telephone_is_for_the_bureau_and_in_no_log(
    role: Role,
    marked: Services,
    app: Flask,
    signed_in: SignIn,
    caplog: pytest.LogCaptureFixture,
) -> None:
    digits = DUTY_PHONE.replace(" ", "")
    marked.store.release(ACTION, by="test")
    seen = set()
    with caplog.at_level(logging.DEBUG):
        for path, headers, text in _pages(app, signed_in(role)):
            assert DUTY_PHONE not in path + headers
            links = [link for link in _LINKS.findall(text) if digits in link]
            assert all(link == f"tel:{digits}" for link in links)
            if DUTY_PHONE in text or digits in text:
                seen.add(path)
    may = role in (Role.OFFICER, Role.COMMANDER)
    assert bool(seen) == may, seen
    assert DUTY_PHONE not in caplog.text
    assert digits not in caplog.text


def test_a_search_by_name_leaves_it_in_no_address(
    marked: Services, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get("/cases")
    with caplog.at_level(logging.DEBUG):
        for typed in (NAME, NUMBER, f"{NAME}不存在"):
            answer = officer.post("/cases/find", number=typed)
            assert not _found(answer.headers.get("Location", ""))
    assert not _found(caplog.text)


def test_nothing_marked_lies_readable_in_the_folder(
    marked: Services, signed_in: SignIn, tmp_path: Path
) -> None:
    signed_in(Role.OFFICER).get("/cases/c001")
    for path in sorted((tmp_path / "data").rglob("*")):
        assert not _found(path.name)
        if path.is_file():
            held = unpacked(path.read_bytes())
            for canary in _CANARIES:
                for coded in (
                    canary.encode(),
                    canary.encode("gb18030"),
                    canary.encode("utf-16-le"),
                ):
                    assert coded not in held, (path.name, canary)


def test_the_audit_names_nobody(marked: Services, app: Flask, signed_in: SignIn) -> None:
    list(_pages(app, signed_in(Role.COMMANDER)))
    said = "".join(str(entry) for entry in marked.store.audit.chain())
    assert "person.read" in said
    assert not _found(said)
