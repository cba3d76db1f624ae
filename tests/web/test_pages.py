"""What pages say: escaped names, headers, languages, errors, filters, audited reading."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from data.crypto import Keys, read_key_file, replace_key_file
from data.model import Role
from data.rotation import rotate_field_key
from data.sent_outcomes import SentOutcome, receive_outcomes
from data.store import KEY_NAME, Store
from routes.model import CaseId, OutcomeKind, SecretText, VisitBand
from tests.web.conftest import KEY, Reader, SetClock
from tests.web.court import ACTION, HOSTILE_NAME, HOSTILE_TEXT, NOW
from web.app import create_app
from web.errors import WebError
from web.services import Services

SignIn = Callable[[Role | str], Reader]


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


@pytest.mark.parametrize("path", ["/cases/c001", f"/plans/{ACTION}"])
def test_names_and_addresses_stay_text(path: str, commander: Reader) -> None:
    page = commander.get(path).text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;${7*7}{{ 7*7 }}" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "49" not in re.findall(r"\$\{7\*7\}(\w*)", page)


@pytest.mark.parametrize(
    "path",
    [
        "/api/overview/cases",
        "/api/overview/areas",
        f"/api/plans/{ACTION}",
        "/api/cases/c001",
        "/overview",
        "/cases",
    ],
)
def test_maps_and_lists_hold_no_name_and_no_address(path: str, commander: Reader) -> None:
    page = commander.get(path).text
    assert "某" not in page.replace("某某", "")
    assert "石井村" not in page
    assert "alert(" not in page


@pytest.mark.parametrize("path", ["/login", "/overview", f"/plans/{ACTION}", "/nope", "/healthz"])
def test_the_policy_allows_no_inline_script_and_no_foreign_source(
    path: str, commander: Reader
) -> None:
    headers = commander.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'self' 'nonce-[\w-]{24}'", policy["script-src"])
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_each_answer_has_its_own_nonce_and_every_script_carries_it(commander: Reader) -> None:
    nonces = set()
    for _ in range(2):
        answer = commander.get("/overview")
        nonce = re.findall(r"'nonce-([\w-]+)'", answer.headers["Content-Security-Policy"])[0]
        inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)([^>]*)>", answer.text)
        assert inline
        assert all(f'nonce="{nonce}"' in attributes for attributes in inline)
        nonces.add(nonce)
    assert len(nonces) == 2


@pytest.mark.parametrize("path", ["/overview", f"/plans/{ACTION}", "/cases/c001", "/login"])
def test_pages_name_no_other_site_and_no_handler(path: str, commander: Reader) -> None:
    page = commander.get(path).text
    assert re.findall(r"""(?:src|href|action)="(?:https?:)?//""", page) == []
    assert re.findall(r"<[a-z][^>]*\son[a-z]+=", page) == []
    assert re.findall(r"<[a-z][^>]*\sstyle=", page) == []


def test_the_reader_chooses_the_language_and_keeps_it(reader: Reader) -> None:
    assert "用户名" in reader.get("/login").text
    reader.post("/language", language="en", next="/login")
    page = reader.get("/login").text
    assert '<html lang="en" ' in page
    assert "User name" in page
    reader.sign_in("officer")
    assert "Cases at a glance" in reader.get("/overview").text
    reader.post("/language", language="zh")
    assert "案件总览" in reader.get("/overview").text


def test_a_late_answer_and_the_end_of_a_session_leave_the_language(commander: Reader) -> None:
    before = commander.client.get_cookie("fieldwrit")
    assert before is not None
    commander.post("/language", language="en")
    # The answer to a question that was asked before the choice writes the session that it knew.
    commander.client.set_cookie("fieldwrit", before.value)
    assert '<html lang="en" ' in commander.get("/overview").text
    commander.client.delete_cookie("fieldwrit")
    assert '<html lang="en" ' in commander.get("/login").text
    kept = commander.client.get_cookie("fieldwrit-language")
    assert kept is not None
    assert kept.http_only
    assert kept.max_age is not None


@pytest.mark.parametrize("path", ["/overview", f"/plans/{ACTION}", "/cases", "/cases/c001"])
def test_english_pages_hold_no_chinese_but_the_court_s_own_words(
    path: str, commander: Reader
) -> None:
    commander.post("/language", language="en")
    page = commander.get(path).text
    main = page.split("<main", 1)[1].split("<script", 1)[0]
    text = re.sub(r"<[^>]+>", "\n", main)
    own = r"青溪|白沙|示例|某|石井|闽0504|第[一二]组|查询函|家中有|请核对|告知期限|本院|法"
    left = [line for line in text.splitlines() if re.search("[一-龥]", line)]
    assert [line for line in left if not re.search(own, line)] == []


def test_an_unknown_language_is_refused(reader: Reader) -> None:
    reader.get("/login")
    assert reader.post("/language", language="xx").status_code == 400


def test_a_missing_page_says_so_in_a_page_or_in_json(commander: Reader) -> None:
    answer = commander.get("/nope")
    assert answer.status_code == 404
    assert "没有找到该页面" in answer.text
    assert "返回首页" in answer.text
    answer = commander.get("/api/cases/unknown")
    assert answer.status_code == 404
    assert answer.json == {"error": "没有找到该页面，可能已经删除或移动。"}
    assert commander.get("/plans/unknown").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"text": 5},
        {"text": " "},
        {"text": "长" * 101},
        {"text": "无", "near": [118.6]},
        {"text": "无", "near": ["x", 24.9]},
    ],
)
def test_a_search_of_the_map_needs_a_text(commander: Reader, body: object) -> None:
    commander.get("/account")
    headers = {"X-CSRFToken": commander.token}
    answer = commander.client.post("/api/overview/find", json=body, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("typed", "kind", "count"),
    [
        ("118.61 24.92", "point", 1),
        ("118°36'36\"E, 24°55'12\"N", "point", 1),
        ("东经118.61，北纬24.92", "point", 1),
        ("7PPWWJR2+22", "point", 1),
        ("WJR2+22", "point", 1),
        ("dingmou5", "case", 1),
        ("丁某5", "case", 1),
        ("（2026）闽0504执5号", "case", 1),
        ("无", "", 0),
    ],
)
def test_the_map_finds_positions_and_cases_and_tells_no_name(
    commander: Reader, court: Services, typed: str, kind: str, count: int
) -> None:
    commander.get("/account")
    headers = {"X-CSRFToken": commander.token}
    body = {"text": typed, "near": [118.6, 24.9]}
    answer = commander.client.post("/api/overview/find", json=body, headers=headers)
    assert answer.json is not None
    found = answer.json["found"]
    assert [one["kind"] for one in found] == [kind] * count
    assert "某" not in answer.text
    entry = court.store.audit.entries()[0]
    assert (entry.act, entry.detail["found"]) == ("person.search", count if kind == "case" else 0)
    assert typed not in repr(entry)


def test_a_failure_shows_a_reference_and_no_data(
    own_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError(HOSTILE_NAME)

    broken.needed_right = None  # type: ignore[attr-defined]
    own_app.add_url_rule("/broken", view_func=broken)
    answer = own_app.test_client().get("/broken")
    assert answer.status_code == 500
    reference = re.findall(r"编号 (\w{8})", answer.text)[0]
    assert "alert" not in answer.text
    assert reference in caplog.text
    assert "RuntimeError" in caplog.text
    assert "alert" not in caplog.text


def test_reading_persons_is_recorded_with_counts_only(commander: Reader, court: Services) -> None:
    commander.get("/cases/c001")
    commander.get(f"/plans/{ACTION}")
    read = [entry for entry in court.store.audit.entries(20) if entry.act == "person.read"]
    assert {(entry.subject, entry.detail["persons"]) for entry in read} == {
        ("case:c001", 1),
        (f"action:{ACTION}", 10),
    }
    court.store.audit.verify()


def test_the_list_is_filtered_by_codes_and_paged(commander: Reader) -> None:
    every = commander.get("/cases").text
    assert "共 48 件" in every
    wages = commander.get("/cases?kind=wages&page=99").text
    assert wages.count("闽0504执") < 10
    assert commander.get("/cases?kind=<script>").text.count("闽0504执") == 48


def test_a_case_is_found_by_its_number_in_any_width(commander: Reader) -> None:
    commander.get("/cases")
    answer = commander.post("/cases/find", number="(2026) 闽0504执 7 号")
    assert answer.location == "/cases/c007"
    for number in ("没有这样的", "（2026）闽0504执999号"):
        assert commander.post("/cases/find", number=number).location == "/cases"


def test_the_audit_page_shows_whether_the_chain_holds(signed_in: SignIn) -> None:
    page = signed_in(Role.AUDITOR).get("/audit").text
    assert "链条校验通过" in page
    assert "plan.save" in page


def test_a_page_checks_what_is_new_and_a_button_the_whole_chain(
    signed_in: SignIn, court: Services
) -> None:
    auditor = signed_in(Role.AUDITOR)
    for _ in range(310):  # more than the page shows
        court.store.audit.append("u1", "case.read", "case:c001")
    auditor.get("/audit")
    with court.store.write() as work:
        work.connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        work.connection.execute(text("UPDATE audit_entry SET actor = 'u9' WHERE seq = 2"))
    assert "链条校验通过" in auditor.get("/audit").text
    for path in ("/audit", "/protection"):
        assert "已核验至第" in auditor.get(path).text
    assert "第 2 条的内容已被改动" in auditor.send("/audit/verify")
    assert "链条校验失败" in auditor.get("/audit").text  # until somebody mends it
    assert "审计日志未通过核验" in auditor.get("/protection").text
    (noted,) = (one for one in court.store.audit.entries(9) if one.act == "audit.verify")
    assert noted.detail == {"entries": 0, "intact": False}


def test_a_shown_entry_that_was_tampered_with_fails_the_page(
    signed_in: SignIn, court: Services
) -> None:
    auditor = signed_in(Role.AUDITOR)
    auditor.get("/audit")
    with court.store.write() as work:
        work.connection.execute(text("DROP TRIGGER audit_entry_no_update"))
        work.connection.execute(text("UPDATE audit_entry SET act = 'x' WHERE seq = 2"))
    page = auditor.get("/audit").text
    assert "链条校验失败" in page
    assert "第 2 条的内容已被改动" in page
    assert "链条校验通过" not in page


def test_a_whole_check_older_than_a_day_is_not_shown_as_one(
    signed_in: SignIn, clock: SetClock
) -> None:
    auditor = signed_in(Role.AUDITOR)
    auditor.get("/audit")
    clock.at += timedelta(days=1, seconds=1)
    auditor = signed_in(Role.AUDITOR)
    page = auditor.get("/audit").text
    assert "只核验了新条目" in page
    assert "链条校验通过" not in page
    auditor.send("/audit/verify")
    assert "链条校验通过" in auditor.get("/audit").text


def test_tiles_are_drawn_or_absent(commander: Reader) -> None:
    tile = commander.get("/tiles/10/849/438.mvt")
    assert tile.content_type == "application/vnd.mapbox-vector-tile"
    assert tile.data
    assert "max-age" in tile.headers["Cache-Control"]
    assert commander.get("/tiles/12/0/0.mvt").data == b""
    assert commander.get("/tiles/2/4/0.mvt").status_code == 404
    assert commander.get("/tiles/99/0/0.mvt").status_code == 404


def test_a_short_key_and_an_unknown_language_are_refused(court: Services) -> None:
    with pytest.raises(WebError, match="32"):
        create_app(court, secret_key="short")
    with pytest.raises(WebError, match="xx"):
        create_app(court, secret_key=KEY, locale="xx")


def test_a_case_shows_the_smallest_lawful_change_beside_its_findings(
    commander: Reader,
) -> None:
    page = commander.get("/cases/c002").text
    assert page.index("规则提示") < page.index("最小改正：") < page.index("定位说明")
    assert "签批（A6）" in page
    assert "最小改正" not in commander.get("/cases/c004").text


def test_a_case_shows_places_odds_and_findings(commander: Reader, court: Services) -> None:
    page = commander.get("/cases/c001").text
    assert "在此居住未遇" in page
    assert "须签批" in page
    assert "不在以上任何地址的概率" in page
    cited = re.findall("<cite>([A-Z][0-9]+) · ([^<]+)</cite>", page)
    assert len(cited) == page.count('class="finding ') > 0
    assert all("条" in basis for _, basis in cited)
    chances = re.findall(r"(\d+)% \((\d+)–(\d+)%\)", page)
    assert len(chances) == 2 * len(VisitBand)  # of two addresses
    assert all(int(low) <= int(p) <= int(high) for p, low, high in chances)
    assert page.count("工作日走访一次找到的概率（及九成把握的范围）") == 2
    assert page.count("工作日各时段在此处的概率及其依据") == 2
    assert page.count("2026-11-25走访一次找到的概率及其依据") == 2
    assert page.count(f"{NOW:%Y-%m-%d}（工作日）") == 2 * len(VisitBand)
    points = commander.get("/api/cases/c001").json
    assert points is not None
    assert [claim["number"] for claim in points["claims"]] == [1, 2]
    assert all(0.0 <= claim["p_place"] <= 1.0 for claim in points["claims"])
    assert HOSTILE_TEXT not in str(points)
    assert court.clock() == NOW


def test_a_case_is_found_by_name_and_pinyin_and_leaves_neither_in_the_audit(
    signed_in: SignIn, court: Services
) -> None:
    debtor = court.store.debtors(CaseId("c001"))[0]
    court.store.put(
        debtors=[
            replace(debtor, name=SecretText("诸葛寻得")),
            replace(court.store.debtors(CaseId("c002"))[0], name=SecretText("司马寻得")),
        ]
    )
    officer = signed_in(Role.OFFICER)
    officer.get("/cases")
    for typed in ("诸葛寻得", "诸葛", "zhugexunde", "zgxd"):
        assert officer.post("/cases/find", number=typed).location == "/cases/c001", typed
    page = officer.post("/cases/find", number="寻得")
    assert page.status_code == 200
    assert "/cases/c001" in page.text
    assert "/cases/c002" in page.text
    assert officer.post("/cases/find", number="不存在的人").location == "/cases"
    said = [entry for entry in court.store.audit.entries(9) if entry.act == "person.search"]
    assert [entry.detail["found"] for entry in said] == [0, 2, 1, 1, 1, 1]
    assert "诸葛" not in f"{said}"


def test_pages_go_on_through_a_change_of_the_key(
    commander: Reader, court: Services, tmp_path: Path
) -> None:
    path = tmp_path / "data" / KEY_NAME
    old = read_key_file(path)
    again = partial(Store.open, tmp_path / "data", clock=court.clock)
    rotate_field_key(tmp_path / "data", again, by="cli")
    new = read_key_file(path)
    assert commander.get("/cases/c001").status_code == 200
    replace_key_file(path, Keys.first(bytes(32)))
    refused = commander.get("/cases/c001")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert "密钥文件" in refused.text
    replace_key_file(path, old)
    assert commander.get("/cases/c001").status_code == 503
    replace_key_file(path, new)
    assert commander.get("/cases/c001").status_code == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("闽0504执23号", "c023"),
        ("(2026)闽0504执23", "c023"),
        ("23", "c023"),
        ("2026闽0504执23号", "c023"),
        ("执2", "c002"),
        ("闽0505执23", None),
        ("0", None),
    ],
)
def test_a_case_is_found_by_the_end_of_its_number(
    court: Services, text: str, expected: str | None
) -> None:
    assert court.store.find_numbers(text) == (() if expected is None else (CaseId(expected),))
    assert set(court.store.find_numbers(text)) <= set(court.store.find_cases(text))


def test_who_sees_no_persons_finds_numbers_and_no_name(signed_in: SignIn, court: Services) -> None:
    debtor = court.store.debtors(CaseId("c002"))[0]
    court.store.put(debtors=[replace(debtor, name=SecretText("诸葛123"))])
    assert court.store.find_numbers("诸葛123") == ()
    assert court.store.find_cases("诸葛123") == (CaseId("c002"),)


def test_a_note_of_a_visit_is_read_on_the_case_page(signed_in: SignIn, court: Services) -> None:
    claim = court.store.claims(CaseId("c001"))[0]
    sent = SentOutcome(
        "k-note-0001", claim.id, OutcomeKind.MOVED, NOW, SecretText("邻居说周末回来")
    )
    receive_outcomes(court.store, [sent], by="u")
    assert "邻居说周末回来" in signed_in(Role.COMMANDER).get("/cases/c001").text


def test_a_mistaken_outcome_is_withdrawn_with_a_reason_and_stays_on_record(
    signed_in: SignIn, court: Services
) -> None:
    (outcome,) = court.store.outcomes(CaseId("c001"))
    path = f"/cases/c001/outcomes/{outcome.id}/withdraw"
    officer = signed_in(Role.OFFICER)
    assert path in officer.get("/cases/c001").text
    assert officer.post(path, why="-").status_code == 400
    assert officer.post(path.replace("c001", "c002"), why="slip").status_code == 404
    page = officer.send(path, why="slip")
    assert "走访结果已撤回" in page
    assert path not in page
    (after,) = court.store.outcomes(CaseId("c001"))
    assert after == replace(outcome, withdrawn=True)
    (entry,) = [one for one in court.store.audit.entries(9) if one.act == "outcome.withdraw"]
    assert entry.detail == {"why": "slip"}
    assert "已撤回" in officer.send(path, why="slip")
    assert signed_in(Role.AUDITOR).post(path, why="slip").status_code == 403


def test_the_places_of_a_case_tell_how_sure_they_are(commander: Reader, court: Services) -> None:
    answer = commander.get("/api/cases/c005")
    assert answer.json is not None
    places = [one.place for one in court.store.claims(CaseId("c005")) if one.place is not None]
    assert [one["confidence"] for one in answer.json["claims"]] == [
        place.confidence for place in places
    ]
    assert places
