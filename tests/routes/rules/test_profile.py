import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from routes.errors import ProfileError
from routes.model import CaseKind, Verdict
from routes.rules import RULES, load_profile
from routes.rules.citations import Verified


def written(folder: Path, text: str) -> Path:
    path = folder / "court.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_profile_changes_only_what_it_names(tmp_path: Path) -> None:
    path = written(tmp_path, '[hours]\nhome = ["08:00", "20:30"]\n')
    own, default = load_profile(path), load_profile(None)
    assert sorted(own.hours_s.values())[0] == (7 * 3600, 21 * 3600)
    assert (8 * 3600, 20 * 3600 + 1800) in own.hours_s.values()
    assert own.identifiers_required == default.identifiers_required


@pytest.mark.parametrize(
    "text",
    [
        "[crew]\nmin_officers = 0\n",
        "[crew]\nmin_officers = true\n",
        '[crew]\nmin_officers = "2"\n',
        "[crew]\nofficers = 2\n",
        "crew = 2\n",
        "[surprise]\nx = 1\n",
        "name = ''\n",
        '[identity]\nnever_counted = ["shoe_size"]\n',
        '[identity]\nnever_counted = "name"\n',
        "[identity]\ndependent = 1\n",
        '[hours]\nhome = ["21:00", "07:00"]\n',
        '[hours]\nhome = ["07:00"]\n',
        "[hours]\nhome = [7, 21]\n",
        '[closed_days]\ncivil = ["sunday"]\n',
        "[address]\nmin_confidence = 1.5\n",
        "[performance]\ndate_required = true\n",
        "[instalments]\ngrace_d = -1\n",
        "[questioning]\nalert_h = 9\n",
        "[questioning]\nlong_most_h = 7\n",
        "[detention]\nadult_y = 17\n",
        "[detention]\nmost_d = 0\n",
        "[seizure]\nexcess_share = -0.1\n",
        "not toml",
    ],
)
def test_bad_profile_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProfileError, match=re.escape("court.toml")):
        load_profile(written(tmp_path, text))


def test_missing_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        load_profile(tmp_path / "none.toml")


def test_midnight_may_end_the_day(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path, '[hours]\nwork = ["00:00", "24:00"]\n'))
    assert (0, 86400) in profile.hours_s.values()


def _said() -> Iterator[tuple[str, Verdict, str]]:
    from dataclasses import replace

    from routes.calendar import WorkCalendar
    from routes.model import CaseStatus, DutyKind, Grade
    from routes.rules import check_case, check_claim, check_duty, check_lead, check_visit

    from . import samples as s

    night = s.WHEN.replace(hour=23)
    bare = replace(s.CASE, basis_document=None, notice_sent_on=None, major_matter=True)
    for case in [
        replace(bare, status=status, grade=grade, vulnerable=("ill",), kind=kind)
        for status in CaseStatus
        for grade in Grade
        for kind in (CaseKind.LOAN, CaseKind.ADMINISTRATIVE)
    ]:
        found = list(check_case(case, s.DEBTOR, (), on=s.TODAY, profile=s.PROFILE))
        claim = replace(s.CLAIM, basis=None, identifiers=frozenset(), place=None)
        found += check_claim(case, s.DEBTOR, claim, on=s.TODAY, profile=s.PROFILE)
        found += check_visit(
            case,
            s.DEBTOR,
            claim,
            None,
            starts_at=night,
            calendar=WorkCalendar(),
            profile=s.PROFILE,
        )
        for kind in DutyKind:
            duty = replace(s.CHECKPOINT, kind=kind, basis=None)
            found += check_duty(duty, None, profile=s.PROFILE)
        found += check_lead(replace(s.LEAD, withdrawn=True), at=s.WHEN, profile=s.PROFILE)
        yield from ((f.rule, f.verdict, f.citation) for f in found)


def test_every_verdict_is_declared_and_carries_the_citation_of_its_rule() -> None:
    for rule_id, verdict, citation in _said():
        assert verdict in RULES[rule_id].verdicts
        assert citation == RULES[rule_id].citation


def test_citations_name_an_instrument_and_no_link() -> None:
    for each in RULES.values():
        named = re.search(r"第\d+条|本院规则[A-Z]\d", each.citation)
        assert named or all(one.instrument.verified is Verified.UNVERIFIED for one in each.cites)
        assert not re.search(r"https?:|www|\.c(om|n)|\.html?", each.citation), each.id
        assert str(each.title)
