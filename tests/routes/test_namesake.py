import math
from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.demo.people import credit_code, id_number
from geo.localtime import LOCAL_ZONE
from routes.errors import NamesakeError, ProfileError, ValueRangeError
from routes.model import Identifier, NamesakeVerdict
from routes.namesake import (
    SEEN,
    Comparison,
    Gate,
    Match,
    Side,
    _judged,
    compare,
    count_independent,
    decide,
    identifier_label,
)
from routes.namesake_weights import default_weights, read_weights

BORN = date(1980, 5, 17)
NUMBER, OTHER_NUMBER = id_number(BORN, 12), id_number(BORN, 14)
DEBTOR = Side(
    name="示例甲",
    id_number=NUMBER,
    birth_date=BORN,
    addresses=frozenset({"示例镇示例村1号"}),
    phones=frozenset({"15400001234"}),
)
AT = datetime(2026, 11, 26, 9, 0, tzinfo=LOCAL_ZONE)
WORST = (Match.MISMATCH, Match.UNKNOWN, Match.MATCH)
ORDER = (NamesakeVerdict.DIFFERENT, NamesakeVerdict.UNSURE, NamesakeVerdict.SAME)
RESULTS = st.fixed_dictionaries({each: st.sampled_from(Match) for each in Identifier})
TEXTS = st.sampled_from(["示例甲", "示 例甲", "示例乙", ""])
SIDES = st.builds(
    Side,
    name=st.none() | TEXTS,
    id_number=st.sampled_from(
        [None, "", NUMBER, OTHER_NUMBER, NUMBER[:-1] + "?", "35050", "H00000000", "E00000000"]
    ),
    birth_date=st.sampled_from([None, BORN, date(1980, 5, 18)]),
    addresses=st.frozensets(TEXTS),
    phones=st.frozensets(st.sampled_from(["1234", "15400001234", "12", "15400004321"])),
    credit_code=st.sampled_from([None, "", "x"]),
)


def judged(results: dict[Identifier, Match], gate: Gate | None = None) -> Comparison:
    return _judged(results, gate=gate or Gate(), weights=default_weights(), invalid=())


def unknown_but(**found: Match) -> dict[Identifier, Match]:
    return {each: found.get(each.value, Match.UNKNOWN) for each in Identifier}


def test_all_that_agrees_is_the_same_one() -> None:
    found = compare(DEBTOR, DEBTOR, seen={Identifier.KIN: Match.MATCH})
    assert found.verdict is NamesakeVerdict.SAME
    assert found.matched == set(Identifier) - {Identifier.PHOTO, Identifier.CREDIT_CODE}


def test_the_name_alone_never_makes_a_hit_the_debtors() -> None:
    found = compare(Side(name="示例甲"), Side(name="示例 甲"))
    assert found.matched == {Identifier.NAME}
    assert (found.verdict, found.independent) == (NamesakeVerdict.UNSURE, 0)
    generous = compare(Side(name="甲"), Side(name="甲"), gate=Gate(1, never_counted=frozenset()))
    assert generous.verdict is NamesakeVerdict.UNSURE


@pytest.mark.parametrize("identifier", [one for one in Identifier if one is not Identifier.NAME])
def test_one_identifier_beside_the_name_is_not_enough(identifier: Identifier) -> None:
    found = judged(unknown_but(name=Match.MATCH, **{identifier.value: Match.MATCH}))
    assert found.verdict is NamesakeVerdict.UNSURE
    assert not found.may_be_same


def test_an_identity_number_that_disagrees_rules_out_all_the_rest() -> None:
    found = compare(
        DEBTOR, replace(DEBTOR, id_number=OTHER_NUMBER), seen={Identifier.PHOTO: Match.MATCH}
    )
    assert found.verdict is NamesakeVerdict.DIFFERENT
    assert found.ruled_out_by == (Identifier.ID_NUMBER,)


@pytest.mark.parametrize("text", [NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"), "5", "1" * 19])
def test_a_number_that_cannot_be_right_is_unknown_and_said(text: str) -> None:
    found = compare(DEBTOR, replace(DEBTOR, id_number=text))
    assert found.results[Identifier.ID_NUMBER] is Match.UNKNOWN
    assert found.invalid == (Identifier.ID_NUMBER,)
    assert any("校验不通过" in str(each) for each in found.explain())


def test_an_old_number_of_15_digits_is_the_same_number() -> None:
    old = NUMBER[:6] + NUMBER[8:17]
    found = compare(DEBTOR, Side(id_number=old))
    assert found.results[Identifier.ID_NUMBER] is Match.MATCH


def test_full_width_and_small_letters_are_the_same_number() -> None:
    number = next(n for n in (id_number(BORN, k) for k in range(1000)) if n.endswith("X"))
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number.lower())
    found = compare(Side(id_number=number), Side(id_number=wide))
    assert found.results[Identifier.ID_NUMBER] is Match.MATCH


def test_a_birth_date_read_from_the_number_does_not_count_the_number_twice() -> None:
    both = compare(Side(id_number=NUMBER), Side(id_number=NUMBER, birth_date=BORN))
    assert both.results[Identifier.BIRTH_DATE] is Match.UNKNOWN
    one = compare(Side(id_number=NUMBER), Side(birth_date=BORN))
    assert one.matched == {Identifier.BIRTH_DATE}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("H0000000001", "h0000000002", Match.MATCH),  # the permit was renewed
        ("H00000000", "M00000000", Match.MISMATCH),
        ("AAA000000000000", "AAA000000000001", Match.MISMATCH),
        ("E00000000", "E 00000000", Match.MATCH),
        ("E00000000", "E00000001", Match.UNKNOWN),  # a passport is renewed under another number
        ("E00000000", NUMBER, Match.UNKNOWN),
        ("H00000000", NUMBER, Match.UNKNOWN),
        ("00000000", "00000000", Match.MATCH),
    ],
)
def test_papers_of_other_kinds_by_their_own_form(one: str, other: str, found: Match) -> None:
    compared = compare(Side(id_number=one), Side(id_number=other))
    assert compared.results[Identifier.ID_NUMBER] is found
    assert compared.invalid == ()


def test_the_birth_date_in_a_number_counts_beside_another_kind_of_paper() -> None:
    found = compare(DEBTOR, Side(id_number="H00000000", birth_date=BORN))
    assert found.results[Identifier.BIRTH_DATE] is Match.MATCH


def test_number_and_birth_date_are_one_identifier() -> None:
    found = compare(DEBTOR, Side(name="示例甲", id_number=NUMBER, birth_date=BORN))
    assert {Identifier.ID_NUMBER, Identifier.BIRTH_DATE} < found.matched
    assert (found.independent, found.verdict) == (1, NamesakeVerdict.UNSURE)


def test_an_address_may_be_written_without_its_province() -> None:
    long, short = "示例省示例市示例镇示例村1号", "示例镇 示例村1号"
    found = compare(Side(addresses=frozenset({long})), Side(addresses=frozenset({short})))
    assert found.matched == {Identifier.ADDRESS_HISTORY}
    part = compare(Side(addresses=frozenset({long})), Side(addresses=frozenset({"村1号"})))
    assert part.results[Identifier.ADDRESS_HISTORY] is Match.UNKNOWN


def test_only_of_kin_and_photo_does_a_person_say_whether_they_agree() -> None:
    with pytest.raises(ValueRangeError):
        compare(DEBTOR, DEBTOR, seen={Identifier.ID_NUMBER: Match.MATCH})


@given(
    st.frozensets(st.sampled_from(Identifier)),
    st.lists(st.frozensets(st.sampled_from(Identifier), min_size=1), max_size=4),
    st.frozensets(st.sampled_from(Identifier), min_size=1),
)
def test_another_group_never_counts_more(
    held: frozenset[Identifier], groups: list[frozenset[Identifier]], more: frozenset[Identifier]
) -> None:
    before = count_independent(held, never_counted=(), dependent=groups)
    for joined in ([more, *groups], [*groups, more]):
        assert count_independent(held, never_counted=(), dependent=joined) <= before


def test_companies_by_their_code() -> None:
    code, other = credit_code(7), credit_code(8)
    assert compare(Side(credit_code=code), Side(credit_code=code.lower())).matched == {
        Identifier.CREDIT_CODE
    }
    found = compare(Side(credit_code=code), Side(credit_code=other))
    assert found.verdict is NamesakeVerdict.DIFFERENT
    wrong = compare(Side(credit_code=code), Side(credit_code=code[:-1] + "?"))
    assert wrong.invalid == (Identifier.CREDIT_CODE,)


@given(SIDES, SIDES, st.dictionaries(st.sampled_from(sorted(SEEN)), st.sampled_from(Match)))
def test_the_order_of_the_two_records_does_not_matter(
    one: Side, other: Side, seen: dict[Identifier, Match]
) -> None:
    there, back = compare(one, other, seen=seen), compare(other, one, seen=seen)
    assert there == back
    assert math.isfinite(there.log_ratio)


@given(RESULTS, st.sampled_from(Identifier))
def test_agreeing_more_never_speaks_against(
    results: dict[Identifier, Match], identifier: Identifier
) -> None:
    found = [judged(results | {identifier: each}) for each in WORST]
    totals = [each.log_ratio for each in found]
    assert totals == sorted(totals)
    verdicts = [ORDER.index(each.verdict) for each in found]
    assert verdicts == sorted(verdicts)


@given(RESULTS)
def test_the_same_one_needs_two_beside_the_name(results: dict[Identifier, Match]) -> None:
    found = judged(results)
    if found.verdict is NamesakeVerdict.SAME:
        assert len(found.matched - {Identifier.NAME}) >= 2
        assert found.may_be_same


@given(SIDES, SIDES)
def test_no_value_of_either_record_is_kept(one: Side, other: Side) -> None:
    shown = repr(compare(one, other)) + "".join(map(str, compare(one, other).explain()))
    for secret in (NUMBER, OTHER_NUMBER, "H0000", "示例甲", "示例乙", "15400001234", "4321"):
        assert secret not in shown
    assert "示例" not in repr(one)


def test_a_decision_keeps_what_was_shown_and_that_it_went_against() -> None:
    found = compare(DEBTOR, replace(DEBTOR, id_number=None))
    assert found.verdict is NamesakeVerdict.SAME
    made = decide(
        found, NamesakeVerdict.DIFFERENT, subject="item:I1", by="u1", at=AT, reason="照片不是本人"
    )
    assert made.decision.override
    assert made.decision.factors == tuple(found.explain())


@pytest.mark.parametrize(
    "hit", [replace(DEBTOR, id_number=OTHER_NUMBER), Side(name="示例甲", birth_date=BORN)]
)
def test_a_person_cannot_take_a_hit_that_the_gate_does_not_let_pass(hit: Side) -> None:
    found = compare(DEBTOR, hit)
    with pytest.raises(NamesakeError):
        decide(found, NamesakeVerdict.SAME, subject="item:I1", by="u1", at=AT, reason="像")
    decide(found, NamesakeVerdict.DIFFERENT, subject="item:I1", by="u1", at=AT, reason="不是")


@pytest.mark.parametrize("change", [{"by": " "}, {"reason": ""}, {"at": AT.replace(tzinfo=None)}])
def test_a_decision_has_a_person_a_reason_and_a_moment(change: dict[str, object]) -> None:
    given_ = {"subject": "item:I1", "by": "u1", "at": AT, "reason": "核对证件", **change}
    with pytest.raises(ValueRangeError):
        decide(compare(DEBTOR, DEBTOR), NamesakeVerdict.SAME, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("same_from = 1000.0", "same_from = 0.5"),
        ("match = 1.0 ", "match = 0.5 "),
        ("match = 1.0 ", "match = true "),
        ("match = 20000.0", "match = 2.0e6"),
        ("decisive = true", "decisive = 1"),
        ('implied_by = "id_number"', 'implied_by = "shoes"'),
        ('implied_by = "id_number"', 'implied = "id_number"'),
        ("[identifier.kin]", "[identifier.sex]"),
        ("[verdict]", "[verdicts]"),
        ("[verdict]", "[verdict"),
    ],
)
def test_weights_out_of_range_are_refused_with_file_and_key(old: str, new: str) -> None:
    text = (files("routes") / "namesake.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ProfileError, match=r"own\.toml"):
        read_weights(text.replace(old, new, 1), name="own.toml")


def test_every_identifier_has_a_name() -> None:
    assert len({str(identifier_label(each)) for each in Identifier}) == len(Identifier)
