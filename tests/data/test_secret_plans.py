"""Plans tell by the id which rules spare a person: nobody without the key reads them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, LargeBinary, MetaData, String, select, text

from data import migrations
from data.crypto import read_key_file
from data.doctor import examine
from data.errors import StoreError
from data.rotation import Rotated, rotate_field_key, secret_columns
from data.store import KEY_NAME, Store
from routes.model import ActionId
from routes.planning.disturbances import RuleBars
from routes.planning.problem import Plan, PlanFinding, Problem
from tests.data.courts import ON_BOTH, CourtFolder
from tests.data.exports import samples
from tests.fakes import StandingClock
from tests.unpacking import unpacked

OLD, NEW = ActionId("A-1"), ActionId("A-2")
FORBIDS, SPARES, BARS = "A10-golden-custody", "E3-golden-illness", "A9-golden-service"
MARKS = tuple(mark.encode() for mark in (FORBIDS, SPARES, BARS))


def _marked(name: str) -> tuple[Problem, Plan]:
    first, *others = samples.problem().options
    problem = replace(samples.problem(), id=name, options=(replace(first, band=FORBIDS), *others))
    spared = PlanFinding(SPARES, "forbid", "visit:O1", "-", "-")
    return problem, replace(samples.plan(name), findings=(spared,))


@pytest.fixture
def planned(store: Store) -> Store:
    """A store with a plan, and one made anew from it."""
    store.save(OLD, *_marked("P-1"), made_at=samples.MADE_AT)
    store.replans.save(
        NEW,
        *_marked("P-2"),
        replaces=OLD,
        day=samples.DAY,
        at_s=36000,
        disturbances=(RuleBars("O1", BARS, "-", "-"),),
        kept=(),
        made_at=samples.MADE_AT,
        by="u1",
    )
    return store


def _held(store: Store) -> tuple[object, ...]:
    """Return what was planned, as it can be compared."""
    found = []
    for action in (OLD, NEW):
        problem, plan = store.problem(action), store.plan(action)
        assert problem is not None
        assert plan is not None
        found += [problem.options, plan, store.replans.of(action)]
    return tuple(found)


def _rows(connection: Connection) -> bytes:
    """Return all values of texts and bytes, without the key."""
    tables = MetaData()
    tables.reflect(connection, only=["action", "replan"])
    found = []
    for table in tables.sorted_tables:
        columns = [one for one in table.columns if isinstance(one.type, LargeBinary | String)]
        for row in connection.execute(select(*columns)):
            found += [one if isinstance(one, bytes) else one.encode() for one in row if one]
    return b"\n".join(map(unpacked, found))


def _seen(held: bytes) -> set[bytes]:
    return {mark for mark in MARKS if mark in held}


def _rotate(court: CourtFolder, at: int | None) -> Rotated:
    """Let the fields go over row by row, cut off after so many."""

    def cut(done: int, _total: int) -> None:
        if at is not None and done >= at:
            raise InterruptedError

    return rotate_field_key(
        court.folder,
        lambda: court.open(StandingClock()),
        by="cli",
        piece_rows=1,
        progress=cut,
    )


def _cut_off_upgrade(store: Store) -> None:
    with store.write() as work:
        migrations.upgrade(work.connection)
        raise InterruptedError


@ON_BOTH
def test_no_plan_can_be_read_without_the_key(
    planned: Store, court: CourtFolder, outside: Connection
) -> None:
    assert _seen(_rows(outside)) == set()
    assert _seen(unpacked(court.content())) == set()


@ON_BOTH
def test_stored_plans_are_encrypted_and_come_back(
    planned: Store, court: CourtFolder, outside: Connection
) -> None:
    before = _held(planned)
    with planned.write() as work:
        migrations.downgrade(work.connection, "0034")
    assert _seen(_rows(outside)) == set(MARKS)  # else nothing would be looked for
    assert _seen(unpacked(court.content())) == set(MARKS)
    planned.close()
    again = court.open(StandingClock())
    assert _held(again) == before
    assert _seen(_rows(outside)) == set()
    assert _seen(unpacked(court.content())) == set()
    again.close()


@ON_BOTH
def test_a_step_that_was_cut_off_is_taken_again(
    planned: Store, court: CourtFolder, outside: Connection
) -> None:
    before = _held(planned)
    with planned.write() as work:
        migrations.downgrade(work.connection, "0034")
    with pytest.raises(InterruptedError):
        _cut_off_upgrade(planned)
    assert outside.scalar(text("SELECT version_num FROM alembic_version")) == "0034"
    assert _seen(_rows(outside)) == set(MARKS)
    planned.close()
    again = court.open(StandingClock())
    assert _held(again) == before
    assert _seen(_rows(outside)) == set()
    again.close()


@ON_BOTH
def test_plans_go_over_to_a_new_key_also_after_a_cut(planned: Store, court: CourtFolder) -> None:
    before = _held(planned)
    planned.close()

    for at in range(3):  # before the first row of plans, between the rows, and after them
        with pytest.raises(InterruptedError):
            _rotate(court, at)
        both = court.open(StandingClock())
        assert _held(both) == before
        both.close()
    _rotate(court, None)
    (newest,) = read_key_file(court.folder / KEY_NAME).fields
    assert newest.number == 2
    again = court.open(StandingClock())
    assert _held(again) == before
    again.close()


@ON_BOTH
def test_emptied_plans_stay_empty(planned: Store, court: CourtFolder) -> None:
    gone = "UPDATE action SET problem = :none, plan = :none WHERE id = :id"
    with planned.write() as work:
        work.connection.execute(text(gone), {"none": b"", "id": OLD})
        migrations.downgrade(work.connection, "0034")
        migrations.upgrade(work.connection)
    assert (planned.problem(OLD), planned.plan(OLD)) == (None, None)
    assert planned.problem(NEW) is not None
    planned.close()
    assert _rotate(court, None).unreadable == {}
    again = court.open(StandingClock())
    assert again.plan(OLD) is None
    again.close()


@ON_BOTH
@pytest.mark.parametrize("every_field", [False, True])
def test_a_plan_that_does_not_open_is_told(
    planned: Store, court: CourtFolder, outside: Connection, every_field: bool
) -> None:
    outside.execute(text("UPDATE action SET plan = problem WHERE id = :id"), {"id": OLD})
    with pytest.raises(StoreError, match=r"action\.plan"):
        planned.plan(OLD)
    planned.close()
    health = examine(
        court.folder, clock=StandingClock(), by="cli", url=court.url, every_field=every_field
    )
    (told,) = (str(one.text) for one in health.troubles if one.code == "field")
    assert "action.plan" in told


def test_columns_of_plans_are_named_among_the_encrypted() -> None:
    named = {f"{table.name}.{one.name}" for table, _, some in secret_columns() for one in some}
    assert {"action.problem", "action.plan", "replan.disturbances"} <= named
