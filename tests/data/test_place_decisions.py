"""Where a person said that an address is: kept, never overwritten, undone as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import StoreError
from data.place_decisions import PlaceBasis, PlaceDecision, PlaceVerdict
from data.retention import purge
from data.store import Store
from geo.model import GazetteerEntry, Point, Precision
from routes.model import ClaimId, ClaimSource, Place, SecretText
from routes.rules import load_profile
from tests.data import samples
from tests.fakes import StandingClock

HERE, ELSEWHERE = Point(118.6042, 24.8153), Point(118.61, 24.82)
FIRST, TWIN, OTHER, LAST = map(ClaimId, ("c1", "c2", "c3", "c4"))
TEXT = "河埔镇前洋村中山路37号"


@pytest.fixture
def court(store: Store) -> Store:
    """Two debtors with one text, which the first has by two sources, and one text of its own."""
    one, two = samples.debtor(1), samples.debtor(2)
    claim = replace(samples.claim(1), id=FIRST, text=SecretText(TEXT), place=None)
    store.put(
        cases_=[samples.case(1), samples.case(2)],
        debtors=[one, two],
        claims=[
            claim,
            replace(claim, id=TWIN, source=ClaimSource.APPLICANT),
            replace(claim, id=OTHER, debtor_id=two.id),
            replace(claim, id=LAST, text=SecretText("河埔镇前洋村66号")),
        ],
    )
    return store


def place(point: Point = HERE, confidence: float = 0.99) -> Place:
    return Place(point, Precision.DOOR, confidence)


def door(point: Point = HERE, number: str = "37号") -> GazetteerEntry:
    return GazetteerEntry(f"中山路{number}", "door", point, road="中山路", number=number)


def confirm(store: Store, claim: ClaimId = FIRST, **more: Any) -> PlaceDecision:
    asked: dict[str, Any] = {"basis": PlaceBasis.MAP, "by": "u1", "taught": [door()]} | more
    return store.place_decisions.confirm(claim, asked.pop("place", place()), **asked)


def places(store: Store) -> dict[ClaimId, Place | None]:
    return {claim.id: claim.place for claim in store.claims()}


def test_who_decided_when_on_what_is_kept_and_audited(court: Store, clock: StandingClock) -> None:
    made = confirm(court)
    assert court.place_decisions.of_claim(FIRST) == made
    assert (made.verdict, made.basis, made.point) == (PlaceVerdict.CONFIRMED, PlaceBasis.MAP, HERE)
    assert (made.decided_by, made.decided_at, made.taught) == ("u1", clock(), (door(),))
    (entry,) = [one for one in court.audit.entries() if one.act == "place.decide"]
    assert (entry.actor, entry.subject) == ("u1", f"claim:{FIRST}")
    assert "118" not in str(entry.detail)  # no place in the audit
    assert court.gazetteer_entries() == (door(),)


def test_all_sources_of_the_text_move_and_no_other_debtors(court: Store) -> None:
    confirm(court, TWIN)
    assert places(court) == {FIRST: place(), TWIN: place(), OTHER: None, LAST: None}
    assert court.place_decisions.of_claim(FIRST) is not None
    assert court.place_decisions.of_claim(OTHER) is None


def test_geocoding_and_imports_leave_it_alone(court: Store) -> None:
    confirm(court)
    surer = Place(ELSEWHERE, Precision.DOOR, 0.995)
    court.set_places({FIRST: surer, TWIN: surer, OTHER: surer})
    claim = next(one for one in court.claims() if one.id == FIRST)
    court.put(claims=[replace(claim, place=surer, basis="函 2 号")])
    new = replace(claim, id=ClaimId("c9"), source=ClaimSource.UTILITY, place=None)
    court.put(claims=[new])
    found = places(court)
    assert found[FIRST] == found[TWIN] == found[new.id] == place()
    assert found[OTHER] == surer


def test_what_cannot_be_located_stays_without_a_place(court: Store) -> None:
    court.set_places({FIRST: place(ELSEWHERE, 0.4)})
    made = court.place_decisions.mark_unlocatable(FIRST, basis=PlaceBasis.VISIT, by="u1")
    assert made.point is None
    court.set_places({FIRST: place(ELSEWHERE, 0.6), TWIN: place(ELSEWHERE, 0.6)})
    assert places(court)[FIRST] is places(court)[TWIN] is None
    court.place_decisions.undo_last(by="u1")
    assert places(court)[FIRST] == place(ELSEWHERE, 0.4)


def test_nobody_decides_over_somebody_elses_decision_unseen(court: Store) -> None:
    confirm(court)
    with pytest.raises(StoreError, match="已由他人确认"):
        confirm(court, TWIN, place=place(ELSEWHERE), by="u2")
    confirm(court, TWIN, place=place(ELSEWHERE), by="u2", again=True)
    assert places(court)[FIRST] == place(ELSEWHERE)
    with pytest.raises(StoreError, match="其后又有人"):
        court.place_decisions.undo_last(by="u1")
    court.place_decisions.undo_last(by="u2")
    assert places(court)[FIRST] == place()
    assert court.place_decisions.undo_last(by="u1").claim_id == FIRST
    with pytest.raises(StoreError, match="没有可撤销"):
        court.place_decisions.undo_last(by="u1")


def test_an_unknown_or_purged_address_is_not_decided(court: Store) -> None:
    with pytest.raises(StoreError, match="nobody"):
        confirm(court, ClaimId("nobody"))
    assert court.gazetteer_entries() == ()


def test_names_are_forgotten_only_once_nobody_teaches_them(court: Store) -> None:
    older = replace(door(), aliases=("旧路37号",))
    with court.write() as work:
        from data.reference import put_gazetteer_entries

        put_gazetteer_entries(work, [older])
    confirm(court)
    moved = replace(door(ELSEWHERE), aliases=older.aliases)
    confirm(court, OTHER, place=place(ELSEWHERE), taught=[door(ELSEWHERE)], by="u2")
    court.place_decisions.undo_last(by="u1")
    assert court.gazetteer_entries() == (moved,)  # the second still teaches it
    court.place_decisions.undo_last(by="u2")
    assert court.gazetteer_entries() == (older,)


def test_places_that_followed_go_back_with_the_decision(court: Store) -> None:
    made = confirm(court)
    assert court.place_decisions.unspread() == (made,)
    near = place(ELSEWHERE, 0.8)
    assert court.place_decisions.spread([made], {LAST: near, TWIN: near}, by="u1") == 1
    assert court.place_decisions.unspread() == ()
    assert places(court)[LAST] == near
    assert places(court)[TWIN] == place()  # it was decided
    court.place_decisions.undo_last(by="u1")
    assert set(places(court).values()) == {None}


def test_what_moved_since_is_not_put_back(court: Store) -> None:
    made = confirm(court)
    court.place_decisions.spread([made], {LAST: place(ELSEWHERE, 0.8)}, by="u1")
    court.set_places({LAST: place(HERE, 0.85)})
    court.place_decisions.undo_last(by="u1")
    assert places(court)[LAST] == place(HERE, 0.85)


def test_a_decision_goes_with_its_address_and_the_names_stay(
    court: Store, clock: StandingClock
) -> None:
    made = confirm(court)
    claim = next(one for one in court.claims() if one.id == FIRST)
    court.put(claims=[replace(claim, expires_on=clock().date().replace(year=2025))])
    purge(court, load_profile(None), by="u1")
    assert court.place_decisions.of_claim(FIRST) is None
    assert court.gazetteer_entries() == made.taught


_ACTS = st.lists(
    st.tuples(
        st.sampled_from((FIRST, TWIN, OTHER, LAST)),
        st.sampled_from(("confirm", "nowhere", "spread", "geocode", "undo")),
        st.sampled_from((HERE, ELSEWHERE)),
        st.sampled_from(("u1", "u2")),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=_ACTS)
def test_whatever_was_decided_is_undone_to_the_last(court: Store, acts: Any) -> None:
    """A decided address holds its place through everything; once all is undone nothing is left."""
    decisions, decided = court.place_decisions, {}
    for claim, act, point, by in acts:
        try:
            if act == "confirm":
                confirm(court, claim, place=place(point), taught=[door(point)], by=by)
            elif act == "nowhere":
                decisions.mark_unlocatable(claim, basis=PlaceBasis.MAP, by=by)
            elif act == "spread":
                decisions.spread(decisions.unspread(), {claim: place(point, 0.7)}, by=by)
            elif act == "geocode":
                court.set_places({claim: place(point, 0.995)})
            else:
                decisions.undo_last(by=by)
        except StoreError:
            pass
        decided = {one: decisions.of_claim(one) for one in (FIRST, TWIN, OTHER, LAST)}
        for one, made in decided.items():
            if made is not None:
                held = places(court)[one]
                assert (None if held is None else held.point) == made.point
        assert decided[FIRST] == decided[TWIN]
    for by in ("u1", "u2"):
        while decisions.last_of(by) is not None:
            decisions.undo_last(by=by)
    assert court.gazetteer_entries() == ()
    assert decisions.settled() == frozenset()
    court.set_places(dict.fromkeys((FIRST, TWIN, OTHER, LAST), place(ELSEWHERE, 0.5)))
    with court.write() as work:
        from data.claim_places import write_places

        write_places(work, dict.fromkeys((FIRST, TWIN, OTHER, LAST)))


def test_the_state_changes_with_the_names(court: Store) -> None:
    states = [court.place_decisions.state()]
    confirm(court)
    states.append(court.place_decisions.state())
    court.place_decisions.undo_last(by="u1")
    states.append(court.place_decisions.state())
    assert len(set(states)) == 3
