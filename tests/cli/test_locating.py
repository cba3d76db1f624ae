"""The locating commands on the small demonstration: explain, learn, next, check, fairness."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from data.schema import LocatingFitRow
from data.store import Store
from data.upsert import table_of
from geo.localtime import local_day
from routes.items import AssetKind, Item
from routes.locating import default_parameters, parameters_text
from routes.locating.learning import VERSION
from routes.measures import Measure, MeasureKind, StepId
from routes.model import DebtorId
from web.cli import main
from web.clock import system_clock
from web.config import Settings
from web.wiring import Court, using

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def court_dir(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locating") / "court"
    shutil.copytree(demo_dir, folder)
    return folder


@pytest.fixture
def run(court_dir: Path) -> Run:
    def call(*words: str, answer: str | None = None, lang: str = "zh") -> Result:
        options = ["--data-dir", str(court_dir), "--lang", lang, "locating"]
        return CliRunner().invoke(main, [*options, *words], input=answer)

    return call


def of(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def last_act(folder: Path) -> tuple[str, str]:
    store = Store.open(folder, clock=system_clock)
    entry = store.audit.entries(limit=1)[0]
    store.close()
    return entry.act, entry.subject


def test_explain_says_where_when_and_why_without_names(run: Run, court_dir: Path) -> None:
    store = Store.open(court_dir, clock=system_clock)
    claim = next(c for c in store.claims() if c.place is not None)
    debtor = next(d for d in store.debtors() if d.id == claim.debtor_id)
    case = store.case(debtor.case_id)
    store.close()
    assert case is not None
    shown = of(run("explain", str(case.number), "--json"))
    own = next(d for d in shown["debtors"] if d["debtor"] == debtor.id)
    address = next(a for a in own["addresses"] if a["claim"] == claim.id)
    assert len(address["found"]) == 5
    for band in address["found"]:
        assert 0.0 <= band["low"] <= band["p"] <= band["high"] <= 1.0
    assert "此处属实的概率" in address["evidence"][0]
    assert last_act(court_dir) == ("locating.explain", f"case:{case.id}")
    assert address["visits"] == []
    festival = of(run("explain", str(case.number), "--day", "2026-10-01", "--json"))
    told = [v for d in festival["debtors"] for a in d["addresses"] for v in a["visits"]]
    assert told
    assert all(line.startswith("2026-10-01（节假日）") for line in told)
    assert run("explain", str(case.number), "--day", "next-workday").exit_code == 2
    text = run("explain", str(case.number)).stdout
    for secret in (debtor.name, claim.text):
        assert secret.reveal() not in text + json.dumps(shown, ensure_ascii=False)
    english = run("explain", str(case.number), lang="en").stdout.replace(str(case.number), "")
    assert "probability" in english
    assert not re.search("[\u3000-\u303f\uff00-\uffef]", english)


def test_a_case_that_is_not_there_is_refused(run: Run) -> None:
    for words in (("explain", "（2001）闽0599执9号"), ("next", "（2001）闽0599执9号")):
        result = run(*words)
        assert result.exit_code == 1
        assert "请核对" in result.stderr
    assert run("explain", "no number").exit_code == 1


def test_learning_is_shown_then_applied_by_a_yes_and_withdrawn(run: Run, court_dir: Path) -> None:
    settings = Settings(court_dir)

    def residence() -> float:
        with using(Court(settings)) as court:
            return court.parameters.anchor.residence

    before = residence()
    shown = of(run("learn", "--json"))
    assert shown["fit_in_use"] is None
    assert shown["learned_visits"] > 100
    change = next(c for c in shown["changes"] if c["key"] == "anchor.residence")
    assert change["before"] == pytest.approx(before)
    assert change["low"] < change["after"] < change["high"]
    assert residence() == before

    assert run("learn", "--apply", answer="n\n").exit_code == 1
    assert residence() == before
    assert run("learn", "--apply", "--yes", "000000000000").exit_code == 1
    assert run("learn", "--yes", shown["fit"]).exit_code == 2
    applied = of(run("learn", "--apply", "--yes", shown["fit"], "--json"))
    assert applied == {"fit": shown["fit"], "changed": True}
    assert residence() == pytest.approx(change["after"])
    assert last_act(court_dir)[0] == "locating_fit.apply"
    again = run("learn", "--apply", answer="y\n")
    assert again.exit_code == 0, again.output
    assert "住所" in again.stdout
    assert of(run("learn", "--json"))["fit_in_use"] == shown["fit"]
    assert any("学得" in note for note in of(run("check", "--json"))["notes"])
    _make_older(court_dir)
    assert residence() == before
    assert any("旧版本" in note for note in of(run("learn", "--json"))["notes"])
    newer = of(run("learn", "--apply", "--yes", shown["fit"], "--json"))
    assert newer["changed"]
    assert residence() == pytest.approx(change["after"])
    old, new = of(run("history", "--json"))["fits"]
    assert "旧版本" in old["state"]
    assert (new["fit"], new["state"]) == (shown["fit"], "在用")
    kept = of(run("history", old["fit"], "--json"))["changes"]
    assert [c["key"] for c in kept] == [c["key"] for c in shown["changes"]]
    assert "住所" in run("history", old["fit"]).stdout
    assert run("history", "000000000000").exit_code == 1

    own = court_dir / "locating.toml"
    changed = parameters_text(default_parameters()).replace("residence = 0.3", "residence = 0.4")
    own.write_text(changed, encoding="utf-8")
    assert residence() == 0.4  # learned from another file
    own.unlink()
    assert of(run("learn", "--drop", "--json")) == {"changed": True}
    assert residence() == before


def _make_older(folder: Path) -> None:
    """Make of the fit in use one that an older version of the model learned."""
    store = Store.open(folder, clock=system_clock)
    held = store.locating_fits.in_use()
    assert held is not None
    assert held.fit is not None
    table = json.loads(held.fit.to_json()) | {"version": VERSION - 1}
    with store._database.write() as work:
        work.connection.execute(
            update(table_of(LocatingFitRow)).values(fit=json.dumps(table), fingerprint="old")
        )
    store.close()


def test_next_says_what_to_ask_or_whom_to_visit(run: Run, court_dir: Path) -> None:
    shown = of(run("next", "--limit", "500", "--json"))
    worths = [step["worth"] for step in shown["steps"]]
    assert worths == sorted(worths, reverse=True)
    assert {"visit", "liaison"} <= {step["step"] for step in shown["steps"]}
    asked = next(step for step in shown["steps"] if step["step"] == "liaison")
    assert "民事诉讼法第70条" in asked["text"]
    one = of(run("next", asked["case"], "--json"))
    assert one["steps"][0]["text"] == asked["text"]
    assert last_act(court_dir)[0] == "locating.next"
    assert len(of(run("next", "--limit", "3", "--json"))["steps"]) == 3
    assert "Ask the village liaison" in run("next", asked["case"], lang="en").stdout


def test_an_answer_is_entered_moves_the_next_step_and_is_taken_back(
    run: Run, court_dir: Path
) -> None:
    shown = of(run("next", "--limit", "500", "--json"))
    asked = next(step for step in shown["steps"] if step["step"] == "liaison")
    addresses = of(run("explain", asked["case"], "--json"))["debtors"]
    claims = sorted(one["claim"] for debtor in addresses for one in debtor["addresses"])
    number = str(claims.index(asked["claim"]) + 1)
    given = ("--address", number, "--check", "liaison", "--answer", "no")
    (entered,) = of(run("answer", asked["case"], *given, "--json"))["answers"]
    assert last_act(court_dir)[0] == "check.answer"
    then = of(run("next", asked["case"], "--json"))["steps"]
    assert all((s["step"], s["claim"]) != ("liaison", asked["claim"]) for s in then)
    assert run("answer", asked["case"], "--address", "1").exit_code == 2
    assert run("answer", asked["case"], *given, "--day", "2100-01-01").exit_code == 1
    assert run("answer", asked["case"], "--address", "99", *given[2:]).exit_code == 1
    gone = of(run("answer", asked["case"], "--withdraw", entered["answer_id"], "--json"))
    assert [one["withdrawn"] for one in gone["answers"]] == [True]
    assert of(run("next", asked["case"], "--json"))["steps"][0]["text"] == asked["text"]


def test_next_counts_the_clocks_of_steps_and_items(run: Run, court_dir: Path) -> None:
    today = local_day(system_clock())
    store = Store.open(court_dir, clock=system_clock)
    sent = {
        str(case.number): case.id
        for case in store.cases()
        if case.notice_sent_on is not None and case.notice_sent_on <= today
    }
    before = next(s for s in of(run("next", "--json"))["steps"] if s["case"] in sent)
    step = Measure(
        StepId("-"), MeasureKind.SEIZURE, sent[before["case"]], DebtorId(before["debtor"])
    )
    kept = store.measures.add(step, by="-")
    ending = Item("-", AssetKind.MOVABLE, seized_on=today - timedelta(days=300), expires_on=today)
    store.measures.add_item(kept.step.id, ending, "示例", by="-")
    store.close()
    after = of(run("next", before["case"], "--json"))["steps"]
    assert next(s for s in after if s["debtor"] == before["debtor"])["worth"] > before["worth"]


def test_check_scores_the_forecasts_of_the_courts_visits(run: Run, court_dir: Path) -> None:
    shown = of(run("check", "--by-township", "--json"))
    assert last_act(court_dir)[0] == "locating.check"
    whole, *towns = shown["groups"]
    scores = whole["scores"]
    assert whole["count"] == scores["count"] == shown["visits"] > 100
    assert 0.0 < scores["brier"] < 1.0
    assert len(scores["bins"]) == 10
    assert sum(town["count"] for town in towns) == shown["visits"]
    assert all((town["scores"] is None) == (town["count"] < 30) for town in towns)
    assert not any("学得" in note for note in shown["notes"])
    text = run("check", "--by-township").stdout
    assert "布里尔评分" in text
    later = run("check", "--since", "2099-01-01")
    assert "走访结果太少" in later.stdout
    assert "Too few outcomes" in run("check", "--since", "2099-01-01", lang="en").stdout
    assert run("check", "--since", "next-workday").exit_code == 2


def test_fairness_compares_townships_and_kinds_of_case(run: Run, court_dir: Path) -> None:
    shown = of(run("fairness", "--json"))
    assert {row["grouping"] for row in shown["groups"]} == {"township", "case_kind"}
    assert all(row["visited"] <= row["debtors"] for row in shown["groups"])
    later = of(run("fairness", "--since", "2099-01-01", "--json"))
    assert all(row["visits"] == 0 for row in later["groups"])
    assert last_act(court_dir)[0] == "locating.fairness"
    assert "有别" in run("fairness").stdout
    assert run("fairness", "--since", "next-workday").exit_code == 2
