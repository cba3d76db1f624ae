"""Namesakes on the case page and at the terminal: compared, decided by a person, withdrawn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.demo.people import id_number
from data.model import AuditEntry, Role
from routes.items import AssetKind, Holder, Item
from routes.measures import Measure, MeasureKind, StepId
from routes.model import AddressClaim, CaseId, Identifier, NamesakeVerdict
from routes.namesake import Match
from tests.web.conftest import Reader
from tests.web.court import PASSWORD, case_files
from web.cli import main
from web.errors import NamesakeFormError
from web.namesakes import FIELDS, Hits, read_hit
from web.services import Services

SignIn = Callable[[Role | str], Reader]
CASE = "c007"
FORM = f"/cases/{CASE}/addresses/1/namesake"
NUMBER = str(case_files()[1][6].id_number.reveal())  # type: ignore[union-attr]
OTHER = id_number(date(1980, 1 + 7 % 12, 1), 901)
SECRETS = (NUMBER, OTHER, "同乡某某", "示例省示例市示例镇1号")


@pytest.fixture
def officer(signed_in: SignIn) -> Reader:
    return signed_in(Role.OFFICER)


def acts(court: Services, act: str) -> list[AuditEntry]:
    return [entry for entry in court.store.audit.entries(60) if entry.act == act]


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found
    return found[1]


def compared(reader: Reader, **fields: str) -> str:
    reader.get(FORM)
    response = reader.post(FORM, **fields)
    assert response.status_code == 200
    return response.text


def verdict(court: Services) -> NamesakeVerdict | None:
    ruling = court.store.claims(CaseId(CASE))[0].ruling
    return None if ruling is None else ruling.verdict


def test_an_officer_compares_decides_and_withdraws(court: Services, officer: Reader) -> None:
    entered = {"name": "同乡某某", "id_number": NUMBER, "kin": "match", "birth_date": ""}
    page = compared(officer, **entered)
    assert "证件号码：相符" in page
    assert "独立标识 2 项相符" in page
    assert "同名核对一项可以通过" in page
    assert verdict(court) is None
    decided = {"verdict": "same", "shown": shown(page), "reason": "证件与亲属均已核对"}
    listed = officer.send(FORM, **entered, **decided)
    assert "认定已登记" in listed
    assert "是同一人" in listed
    assert "证件与亲属均已核对" in listed
    assert verdict(court) is NamesakeVerdict.SAME
    (entry,) = acts(court, "namesake.decide")
    kept = court.store.namesake_decisions.of_case(CaseId(CASE))
    assert kept[0].results[Identifier.KIN] is Match.MATCH
    ended = officer.send(f"/cases/{CASE}/namesakes/{kept[0].id}/withdraw")
    assert "认定已撤销" in ended
    assert verdict(court) is None
    assert entry.subject == f"namesake:{kept[0].id}"
    told = repr(court.store.audit.entries(60))
    assert all(secret not in told for secret in SECRETS)


def test_the_name_alone_can_not_be_decided_to_be_the_same(court: Services, officer: Reader) -> None:
    page = compared(officer, name="同乡某某")
    assert "不能确定" in page
    assert 'value="same"' not in page
    fields = {"name": "同乡某某", "shown": shown(page), "reason": "像"}
    refused = officer.post(FORM, verdict="same", **fields)
    assert refused.status_code == 200
    assert "不得认定为同一人" in refused.text
    assert verdict(court) is None


def test_another_number_blocks_the_address_once_decided(court: Services, officer: Reader) -> None:
    page = compared(officer, id_number=OTHER, photo="match", kin="match")
    fields = {"id_number": OTHER, "photo": "match", "kin": "match", "shown": shown(page)}
    officer.send(FORM, verdict="different", reason="号码不同", **fields)
    assert verdict(court) is NamesakeVerdict.DIFFERENT
    page = officer.get(f"/cases/{CASE}").text
    assert "已认定该地址属同名他人，不得走访" in page


def test_a_decision_is_on_what_was_shown(court: Services, officer: Reader) -> None:
    page = compared(officer, id_number=NUMBER, kin="match")
    changed = officer.post(
        FORM, verdict="same", shown=shown(page), reason="核对", id_number=NUMBER, photo="match"
    )
    assert "所填内容已变化" in changed.text
    blank = officer.post(
        FORM, verdict="same", shown=shown(page), reason=" ", id_number=NUMBER, kin="match"
    )
    assert "理由" in blank.text
    assert officer.post(FORM, verdict="twin", shown="", id_number=NUMBER).status_code == 400
    assert verdict(court) is None


@pytest.mark.parametrize(
    "path",
    [
        "/cases/none/addresses/1/namesake",
        f"/cases/{CASE}/addresses/0/namesake",
        f"/cases/{CASE}/addresses/9/namesake",
    ],
)
def test_what_is_not_there_is_not_found(officer: Reader, path: str) -> None:
    assert officer.get(path).status_code == 404
    officer.get(FORM)
    assert officer.post(f"/cases/{CASE}/namesakes/none/withdraw").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"birth_date": "5月17日"},
        {"kin": "张示例"},
        {"photo": "yes"},
        {"name": "名" * 501},
        {"shoes": "42"},
        {"name": 7},
    ],
)
def test_what_was_entered_wrongly_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(NamesakeFormError) as refused:
        read_hit(fields)
    assert "张示例" not in str(refused.value)
    assert "5月17日" not in str(refused.value)


def test_the_address_that_is_decided_is_no_history_of_itself(court: Services) -> None:
    case = court.store.case(CaseId(CASE))
    assert case is not None
    hits = Hits(court.store, court.profile, case)
    record = hits.address(1)
    assert isinstance(record.of, AddressClaim)
    found = hits.compare(record, read_hit({"addresses": record.of.text.reveal()}), by="u1")
    assert found.results[Identifier.ADDRESS_HISTORY] is not Match.MATCH


def _run(court: Services, folder: Path, *words: str) -> Result:
    asked = ["--password-stdin"] if "--by" in words else []
    words = ("--data-dir", str(folder), "namesake", *words)
    return CliRunner().invoke(main, [*words, *asked], input=f"{PASSWORD}\n")


def test_the_terminal_does_the_same(court: Services, tmp_path: Path) -> None:
    case = court.store.case(CaseId(CASE))
    assert case is not None
    record, reason = tmp_path / "record.json", tmp_path / "reason.txt"
    record.write_text(json.dumps({"id_number": NUMBER, "kin": "match"}), encoding="utf-8")
    reason.write_text("证件与亲属均已核对", encoding="utf-8")
    court.store.close()
    folder, of = tmp_path / "data", (str(case.number), "1", str(record))
    told = json.loads(_run(court, folder, "compare", *of, "--json").stdout)
    assert told["independent"] == 2
    assert told["gate"] == []
    by = ("--verdict", "same", "--reason-file", str(reason), "--by")
    refused = _run(court, folder, "decide", *of, *by, Role.AUDITOR.value)
    assert refused.exit_code == 1
    made = _run(court, folder, "decide", *of, *by, Role.OFFICER.value)
    assert "已登记认定：是同一人" in made.stdout
    (one,) = json.loads(_run(court, folder, "list", of[0], "--json").stdout)["decisions"]
    assert (one["address"], one["independent"], one["withdrawn"]) == (1, 2, False)
    ended = _run(court, folder, "withdraw", of[0], one["id"], "--by", Role.COMMANDER.value)
    assert ended.exit_code == 0
    (one,) = json.loads(_run(court, folder, "list", of[0], "--json").stdout)["decisions"]
    assert one["withdrawn"]
    record.write_text("[]", encoding="utf-8")
    wrong = _run(court, folder, "compare", *of)
    assert (wrong.exit_code, "record.json" in wrong.stderr) == (1, True)
    assert set(FIELDS) >= {"kin", "photo"}


def test_the_owner_of_property_is_compared_and_decided(court: Services, officer: Reader) -> None:
    claim = court.store.claims(CaseId(CASE))[0]
    step = Measure(StepId("-"), MeasureKind.SEIZURE, CaseId(CASE), claim.debtor_id, claim.id)
    kept = court.store.measures.add(step, by="u1")
    flat = Item("-", AssetKind.REAL_ESTATE, registered_to=Holder.DEBTOR, held_by=Holder.DEBTOR)
    item = court.store.measures.add_item(kept.step.id, flat, "住房一套", by="u1").item
    page = f"/measures/{kept.step.id}"
    form = f"{page}/items/{item.id}/namesake"
    assert "0 项独立标识相符" in officer.get(page).text
    assert form in officer.get(page).text

    def decide(verdict: str, **entered: str) -> str:
        compared = officer.post(form, **entered).text
        told = {"verdict": verdict, "shown": shown(compared), "reason": "与登记簿核对"}
        sent = officer.post(form, **entered, **told)
        return officer.get(sent.location).text if sent.location else sent.text

    officer.get(form)
    assert "不得认定为同一人" in decide("same", name="同乡某某")
    assert "已认定该财产属同名他人" in decide("different", id_number=OTHER)
    listed = decide("same", id_number=NUMBER, kin="match")
    assert "认定已登记" in listed
    assert "独立标识相符（须至少" not in listed
    assert "属同名他人，不得查封" not in listed
    (ruled,) = court.store.measures.items(CaseId(CASE))
    assert ruled.item.ruling is not None
    assert ruled.item.ruling.verdict is NamesakeVerdict.SAME
    told = repr(court.store.audit.entries(60))
    assert not [secret for secret in SECRETS if secret in told]
    last = court.store.namesake_decisions.of_case(CaseId(CASE))[-1]
    officer.send(f"/cases/{CASE}/namesakes/{last.id}/withdraw")
    assert "属同名他人，不得查封" in officer.get(page).text
    assert officer.get(f"{page}/items/none/namesake").status_code == 404
    assert officer.get(f"/measures/none/items/{item.id}/namesake").status_code == 404
