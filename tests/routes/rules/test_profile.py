import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.errors import ProfileError
from routes.model import CaseKind, PlaceKind, Verdict
from routes.rules import RULES, load_profile
from routes.rules.citations import Verified
from routes.rules.floors import FLOORS
from routes.rules.profile import profile_values


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
        "[seizure]\nexcess_share = true\n",
        "[seizure]\nexcess_share = nan\n",
        "[address]\nmin_confidence = inf\n",
        "[address]\nstale_d = 730.0\n",
        "[address]\nstale_d = 100000\n",
        "[address]\nstale_d = 3000\n",
        "[address]\nmin_confidence = 0.1\n",
        "[contact]\nvalid_d = 3650\n",
        "[retention]\nplan_d = 3000\n",
        "[detention]\nold_y = 200\n",
        "[identity]\nnever_counted = []\n",
        '[hours]\nhome = ["07:00+08:00", "21:00+08:00"]\n',
        '[hours]\nhome = ["07:00:00", "21:00"]\n',
        '[hours]\nhome = ["0700", "21:00"]\n',
        '[hours]\nhome = ["07:00", "２１:00"]\n',
        '[hours]\nhome = ["07:00", "21:00\\n"]\n',
        "[hours]\nhome = [07:00:00, 21:00:00]\n",
        "not toml",
    ],
)
def test_bad_profile_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProfileError, match=re.escape("court.toml")):
        load_profile(written(tmp_path, text))


@pytest.mark.parametrize(
    ("key", "loose", "lawful", "told"),
    [
        ("crew.min_officers", "1", ("2", "3"), "第97条"),
        ("closed_days.administrative", "[]", ('["holiday"]', '["holiday", "rest_day"]'), "holiday"),
        ("closed_days.administrative", '["rest_day"]', (), "行政强制法第43条"),
        ("identity.required", "1", ("2", "3"), "本院规则N1"),
        ("identity.required_on_claim", "0", ("1", "2"), "本院规则N1"),
        ("notice.due_d", "11", ("10", "5"), "第480条"),
        ("notice.after_measures_d", "4", ("3", "0"), "第22条"),
        ("questioning.most_h", "9", ("8", "7"), "第482条"),
        ("questioning.long_most_h", "25", ("24", "12"), "第482条"),
        ("detention.most_d", "16", ("15", "1"), "第118条"),
        ("detention.family_notice_h", "25", ("24", "1"), "第180条"),
        ("detention.adult_y", "17", ("18", "20"), "本院规则D5"),
        ("detention.old_y", "71", ("70", "60"), "本院规则D5"),
        ("seizure.excess_share", "0.21", ("0.2", "0"), "本院规则Z6"),
        ("seizure.costs_share", "0.31", ("0.3", "0"), "本院规则Z6"),
        ("closed_days.civil", "[]", ('["holiday"]', '["holiday", "rest_day"]'), "本院规则T1"),
    ],
)
def test_a_profile_may_tighten_the_law_and_never_loosen_it(
    tmp_path: Path, key: str, loose: str, lawful: tuple[str, ...], told: str
) -> None:
    table, name = key.split(".")
    for value in lawful:
        path = written(tmp_path, f"[{table}]\n{name} = {value}\n")
        assert profile_values(path)[key] == tomllib.loads(f"value = {value}")["value"]
    with pytest.raises(ProfileError) as refused:
        load_profile(written(tmp_path, f"[{table}]\n{name} = {loose}\n"))
    text = str(refused.value)
    shown = "、".join(tomllib.loads(f"value = {loose}")["value"]) if "[" in loose else loose
    assert all(part in text for part in ("court.toml", key, shown or "[]", told, "或删去该键"))


@pytest.mark.parametrize(
    "text",
    [
        "[address]\nmin_confidence = 0.4\n",
        "[address]\nmin_confidence = 0.9\n",
        '[hours]\nhome = ["08:00", "18:00"]\n',
        "[address]\nstale_d = 1000\n",
        "[instalments]\ngrace_d = 7\n",
        "[seizure]\nexcess_share = 0.1\n",
        '[court]\nhigh_court = "浙江省高级人民法院"\n',
    ],
)
def test_policy_may_go_either_way(tmp_path: Path, text: str) -> None:
    assert load_profile(written(tmp_path, text)) != load_profile(None)


@pytest.mark.parametrize("loose", ["[]", '[["kin", "photo"]]', '[["id_number", "birth_date"]]'])
def test_number_and_birth_date_count_once_in_every_court(tmp_path: Path, loose: str) -> None:
    own = '[["kin", "address_history"], ["birth_date", "id_number", "credit_code", "photo"]]'
    load_profile(written(tmp_path, f"[identity]\ndependent = {own}\n"))
    with pytest.raises(ProfileError, match=r"court\.toml.*identity\.dependent.*或删去该键"):
        load_profile(written(tmp_path, f"[identity]\ndependent = {loose}\n"))


def test_an_unknown_key_is_named_with_its_table(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"court\.toml.*crew\.officers.*改正或删去"):
        load_profile(written(tmp_path, "[crew]\nofficers = 2\n"))


def test_each_parameter_says_which_way_is_tighter() -> None:
    default = profile_values()
    assert set(FLOORS) == set(default)
    assert all(floor.holds(default[key]) for key, floor in FLOORS.items())
    assert all((floor.statute is None) == (floor.citation is None) for floor in FLOORS.values())


_WHOLE = sorted(key for key, value in profile_values().items() if type(value) is int)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(own=st.dictionaries(st.sampled_from(_WHOLE), st.integers(0, 40), max_size=4))
def test_no_profile_that_loads_is_looser_than_the_law(tmp_path: Path, own: dict[str, int]) -> None:
    text = ""
    for table in sorted({key.split(".")[0] for key in own}):
        keys = (key for key in own if key.startswith(f"{table}."))
        text += f"[{table}]\n" + "".join(f"{key.split('.')[1]} = {own[key]}\n" for key in keys)
    path = written(tmp_path, text)
    loose = [key for key, value in own.items() if not FLOORS[key].holds(value)]
    try:
        values = profile_values(path)
    except ProfileError:
        return
    assert not loose
    assert all(FLOORS[key].holds(value) for key, value in values.items())
    assert {key: values[key] for key in own} == own


def test_missing_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        load_profile(tmp_path / "none.toml")


@pytest.mark.parametrize("kind", [kind.value for kind in PlaceKind])
@pytest.mark.parametrize(
    "loose",
    ['["00:00", "24:00"]', '["06:59", "21:00"]', '["07:00", "21:01"]', '["08:00", "24:00"]'],
)
def test_the_hours_may_be_narrowed_and_never_widened(tmp_path: Path, kind: str, loose: str) -> None:
    load_profile(written(tmp_path, f'[hours]\n{kind} = ["08:00", "20:59"]\n'))
    with pytest.raises(ProfileError, match=rf"court\.toml.*hours\.{kind}.*07:00–21:00"):
        load_profile(written(tmp_path, f"[hours]\n{kind} = {loose}\n"))


@pytest.mark.parametrize("court", ["示例市示例区人民法院", "高级人民法院", " "])
def test_only_a_high_court_approves_work_outside_the_province(tmp_path: Path, court: str) -> None:
    with pytest.raises(ProfileError, match=r"court\.toml.*court\.high_court"):
        load_profile(written(tmp_path, f'[court]\nhigh_court = "{court}"\n'))


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
            found += check_duty(duty, None, named=s.DEBTOR, profile=s.PROFILE)
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
