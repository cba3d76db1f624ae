from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from warnings import catch_warnings, filterwarnings

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    create_engine,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import SAWarning
from sqlalchemy.pool import StaticPool

from data import migrations
from data.crypto import FieldCipher
from data.errors import KeyFileError, StoreError, UnreadableFieldError
from data.field import read_stations, read_teams
from data.model import PlanBrief
from data.plans import briefs
from data.postgres import Postgres
from data.schema import Base, PlacePointRow, bind_cipher
from data.sign_offs import add
from data.sqlite import Sqlite
from data.store import DATABASE_NAME, KEY_NAME, Store
from routes.model import ActionId
from routes.planning.formats import plan_to_json, problem_to_json
from routes.planning.problem import Plan, Problem, VisitSet
from routes.rules.signoffs import Role, SignOff
from tests.data import samples
from tests.data.courts import ON_POSTGRESQL, ON_SQLITE, CourtFolder
from tests.data.exports import samples as plan_samples
from tests.fakes import StandingClock
from tests.postgres import database

DAY = timedelta(days=1)
SECRET = bytes(range(32))


_KEPT_BY_THE_DATABASE = re.compile(r"place_box.*|spatial_ref_sys|ix_place_point_point|point")
"""Tables, indexes and columns of the search by box, which no row class names."""


@pytest.fixture
def connection(database_kind: str, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A database without tables, on which migrations run one by one."""
    with ExitStack() as stack:
        if database_kind == "postgresql":
            server = request.getfixturevalue("postgres")
            url = stack.enter_context(database(server, "bare"))
            engine = Postgres.at(url).open()
        else:
            engine = create_engine("sqlite://", poolclass=StaticPool)
        bind_cipher(engine, FieldCipher(SECRET))
        stack.callback(engine.dispose)
        yield stack.enter_context(engine.connect())


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"spatial_ref_sys"}  # of PostGIS


def test_the_newest_tables_are_those_of_the_schema(connection: Connection) -> None:
    migrations.upgrade(connection)

    def ours(_object: object, name: str | None, *_rest: object) -> bool:
        return not _KEPT_BY_THE_DATABASE.fullmatch(name or "")

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "render_as_batch": True, "include_object": ours}
    )
    assert compare_metadata(context, Base.metadata) == []
    assert migrations.current_revision(connection) == migrations.HEAD


def test_every_reference_is_indexed(connection: Connection) -> None:
    migrations.upgrade(connection)
    found = inspect(connection)
    for table in Base.metadata.tables:
        indexed = [found.get_pk_constraint(table)["constrained_columns"]]
        indexed += [index["column_names"] for index in found.get_indexes(table)]
        indexed += [one["column_names"] for one in found.get_unique_constraints(table)]
        for reference in found.get_foreign_keys(table):
            wanted = reference["constrained_columns"]
            assert any(one[: len(wanted)] == wanted for one in indexed), (table, wanted)


def test_the_named_revisions_are_those_of_the_files(connection: Connection) -> None:
    script = ScriptDirectory.from_config(migrations.config(connection))
    found = [revision.revision for revision in script.walk_revisions()]
    assert found[0] == migrations.HEAD == script.get_current_head()
    assert set(found[1:]) == migrations.EARLIER


def test_every_step_can_be_taken_back_and_again(connection: Connection) -> None:
    migrations.upgrade(connection)
    tables = _tables(connection)
    migrations.downgrade(connection, "base")
    assert _tables(connection) == {"alembic_version"}
    migrations.upgrade(connection)
    assert _tables(connection) == tables


def test_rows_survive_the_way_from_every_earlier_revision_and_back(
    connection: Connection,
) -> None:
    """Steps follow each other, so that each is taken with rows, back, and again.

    All tables hold a row whose values differ; what both revisions have of it stays as it is.
    """
    tables: dict[str, list[Table]] = {}
    for revision, following in pairwise([*sorted(migrations.EARLIER), migrations.HEAD]):
        migrations.upgrade(connection, revision)
        tables.setdefault(revision, _reflected(connection))
        _fill(connection, tables[revision])
        before = _held(connection, tables[revision])
        migrations.upgrade(connection, following)
        tables[following] = _reflected(connection)
        after = _held(connection, tables[following])
        assert _common(after, before) == _common(before, after), following
        migrations.downgrade(connection, revision)
        back = _held(connection, tables[revision])
        assert _common(back, after) == _common(before, after), following
    migrations.upgrade(connection)
    newest, oldest = tables[migrations.HEAD], tables[min(migrations.EARLIER)]
    _fill(connection, newest)
    before = _held(connection, newest)
    assert set(before) >= set(Base.metadata.tables)
    assert _boxed(connection) == [_CLAIM]
    migrations.downgrade(connection, min(migrations.EARLIER))
    first = _held(connection, oldest)
    migrations.upgrade(connection)
    assert _common(_held(connection, newest), first) == _common(first, before)
    assert _boxed(connection) == [_CLAIM]


_Held = dict[str, list[dict[str, object]]]
"""Rows of each table by its columns, in the clear."""

_CLAIM = "address_claim.id"
_DEGREES = {"lon": 118.61, "lat": 24.91}
_UNREAD = "point"
"""The column of a point, which the database makes itself."""


def _fill(connection: Connection, tables: list[Table]) -> None:
    """Put a row into each table that has none, in order of reference, and fill what is empty."""
    values: dict[str, dict[str, object]] = {}
    sealed = str(connection.scalar(text("SELECT version_num FROM alembic_version"))) >= "0035"
    for table in tables:
        mine = values[table.name] = {
            column.name: _value(column, number, sealed=sealed)
            for number, column in enumerate(table.columns, start=2)
            if column.name != _UNREAD
        }
        for key in table.foreign_keys:
            mine[key.parent.name] = values[key.column.table.name][key.column.name]
        for name, value in mine.items():  # first, as a change makes known files forgotten
            column = table.c[name]
            if column.nullable:
                connection.execute(update(table).where(column.is_(None)).values({name: value}))
    for table in tables:
        if not connection.scalar(select(func.count()).select_from(table)):
            connection.execute(insert(table).values(values[table.name]))


def _reflected(connection: Connection) -> list[Table]:
    found = MetaData()
    names = {
        name
        for name in _tables(connection) - {"alembic_version"}
        if not name.startswith("place_box")
    }
    with catch_warnings():
        filterwarnings("ignore", "Did not recognize type", SAWarning)  # of a point
        found.reflect(connection, only=sorted(names))
    return list(found.sorted_tables)


_KEPT = {"quarantined_row.cells": [["a", "b"]]}
"""Cells, with which sheet and problems are kept since revision 0043."""

_PACKED = {"action.problem", "action.plan"}
"""What was packed at first, and is encrypted too since revision 0035."""


def _value(column: Column[Any], number: int, *, sealed: bool) -> object:
    place = f"{column.table.name}.{column.name}"
    if place in _PACKED:
        packed = zlib.compress(place.encode())
        return FieldCipher(SECRET).seal(packed, field=place) if sealed else packed
    if place in _KEPT:
        known = "problems" in column.table.c
        kept = _KEPT[place] if known else {"sheet": "s", "cells": _KEPT[place], "problems": ["p"]}
        return FieldCipher(SECRET).encrypt(json.dumps(kept), field=place)
    if place == "quarantined_row.problems":
        return json.dumps(["p"])
    if column.type.python_type is bytes:
        return FieldCipher(SECRET).encrypt(place, field=place)
    if column.type.python_type is float:
        return _DEGREES.get(column.name, number + 0.5)
    return {int: number, str: place}[column.type.python_type]


def _held(connection: Connection, tables: list[Table]) -> _Held:
    found = {}
    for table in tables:
        columns = [column for column in table.columns if column.name != _UNREAD]
        found[table.name] = [
            {name: _plain(table.name, name, value) for name, value in row._mapping.items()}
            for row in connection.execute(select(*columns).order_by(columns[0]))
        ]
    return {name: rows for name, rows in found.items() if rows}


def _plain(table: str, column: str, value: object) -> object:
    if not isinstance(value, bytes):
        return value
    place = f"{table}.{column}"
    if place in _KEPT:
        kept = json.loads(FieldCipher(SECRET).decrypt(value, field=place))
        return kept["cells"] if isinstance(kept, dict) else kept
    if place not in _PACKED:
        return FieldCipher(SECRET).decrypt(value, field=place)
    with suppress(UnreadableFieldError):  # of a revision that packed it only
        value = FieldCipher(SECRET).unseal(value, field=place)
    return zlib.decompress(value).decode()


def _common(held: _Held, other: _Held) -> _Held:
    """Return what is held of tables and columns that the other has too."""
    return {
        table: [
            {name: value for name, value in row.items() if name in other[table][0]} for row in rows
        ]
        for table, rows in held.items()
        if table in other
    }


def _boxed(connection: Connection) -> list[str]:
    backend = (
        Sqlite(Path()) if connection.dialect.name == "sqlite" else Postgres.at("postgres:///x")
    )
    query = select(PlacePointRow.claim).where(backend.near_box(118.6, 24.9, 118.62, 24.92))
    return list(connection.scalars(query))


def test_a_store_of_the_first_version_keeps_its_rows(store: Store, court: CourtFolder) -> None:
    store.put(stations=[samples.station("PS01")])
    store.audit.append("u1", "account.list", "store:-")
    with store.write() as work:
        migrations.downgrade(work.connection, "0001")
        assert not inspect(work.connection).has_table("closure")
    store.close()
    again = court.open(StandingClock())
    assert [one.id for one in again.stations()] == ["PS01"]
    assert again.audit.verify() == len(tuple(again.audit.entries())) >= 2
    assert again.closures.all() == ()
    with again.write() as work:
        assert migrations.current_revision(work.connection) == migrations.HEAD
    again.close()


@ON_SQLITE
def test_every_table_is_strict(connection: Connection) -> None:
    migrations.upgrade(connection)
    rows = connection.execute(text("PRAGMA table_list")).all()
    loose = {row.name for row in rows if row.schema == "main" and not row.strict}
    index = {name for name in loose if name.startswith("place_box")}  # SQLite's own
    assert loose - index <= {"alembic_version", "sqlite_schema"}


@ON_POSTGRESQL
def test_every_text_sorts_by_code_points(connection: Connection) -> None:
    migrations.upgrade(connection)
    rows = connection.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns WHERE "
            "table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        )
    )
    assert [tuple(row) for row in rows if row.table_name in Base.metadata.tables] == []


def test_a_store_of_a_newer_version_is_refused(store: Store, court: CourtFolder) -> None:
    with store.write() as work:
        work.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="9999"):
        court.open(StandingClock())
    with store.write() as work:
        head = f"UPDATE alembic_version SET version_num = '{migrations.HEAD}'"
        work.connection.exec_driver_sql(head)


def test_rows_in_quarantine_keep_sheet_and_problems_on_the_way(connection: Connection) -> None:
    migrations.upgrade(connection, "0042")
    before = _reflected(connection)
    _fill(connection, before)
    query = text("SELECT sheet, problems FROM quarantined_row")
    held = connection.execute(query).one()
    migrations.upgrade(connection)
    cells = connection.scalar(text("SELECT cells FROM quarantined_row"))
    kept = json.loads(FieldCipher(SECRET).decrypt(bytes(cells), field="quarantined_row.cells"))
    assert kept == {"sheet": held.sheet, "cells": [["a", "b"]], "problems": ["p"]}
    migrations.downgrade(connection, "0042")
    assert connection.execute(query).one() == held


def test_a_store_is_made_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="fieldwrit init"):
        Store.open(tmp_path / "none", clock=StandingClock())
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        Store.open(tmp_path / "file", clock=StandingClock(), create=True)


def test_another_key_or_none_is_refused(store: Store, court: CourtFolder) -> None:
    key = court.folder / KEY_NAME
    own = key.read_text()
    key.write_text("00" * 32)
    with pytest.raises(KeyFileError, match="不属于"):
        court.open(StandingClock())
    key.write_text("short")
    with pytest.raises(KeyFileError, match="损坏"):
        court.open(StandingClock())
    key.chmod(0o644)
    with pytest.raises(KeyFileError, match="600"):
        court.open(StandingClock())
    key.unlink()
    with pytest.raises(KeyFileError, match="找不到"):
        court.open(StandingClock(), create=True)
    key.write_text(own)
    key.chmod(0o600)
    court.open(StandingClock()).close()


@ON_SQLITE
def test_a_file_that_is_no_database(store: Store, tmp_path: Path) -> None:
    store.close()
    for extra in ("-wal", "-shm"):
        (tmp_path / "court" / f"{DATABASE_NAME}{extra}").unlink(missing_ok=True)
    (tmp_path / "court" / DATABASE_NAME).write_bytes(b"no database at all" * 500)
    with pytest.raises(StoreError, match="损坏"):
        Store.open(tmp_path / "court", clock=StandingClock())


@ON_SQLITE
def test_an_empty_file_is_not_taken_for_a_new_store(store: Store, tmp_path: Path) -> None:
    store.close()
    (tmp_path / "court" / DATABASE_NAME).write_bytes(b"")
    with pytest.raises(StoreError, match="从备份恢复"):
        Store.open(tmp_path / "court", clock=StandingClock())
    Store.open(tmp_path / "court", clock=StandingClock(), create=True).close()


def test_what_earlier_rows_do_not_say_is_not_so(connection: Connection) -> None:
    migrations.upgrade(connection, "0003")
    columns = {each["name"] for each in inspect(connection).get_columns("team")}
    assert not {"recorders", "outsiders"} & columns
    connection.execute(
        text(
            "INSERT INTO team (id, name, officers, skills, profile, lon, lat, content_hash) "
            "VALUES ('T1', '-', 2, 'recorder', 'car', 118.6, 24.9, '')"
        )
    )
    migrations.upgrade(connection)
    (team,) = read_teams(connection)
    assert (team.recorders, team.outsiders) == (1, 0)
    migrations.downgrade(connection, "0003")
    assert {each["name"] for each in inspect(connection).get_columns("team")} == columns


def test_earlier_teams_stations_and_debtors_ask_nothing_more_of_a_plan(
    connection: Connection,
) -> None:
    migrations.upgrade(connection, "0036")
    tables = ("team", "station", "debtor")
    columns = [{one["name"] for one in inspect(connection).get_columns(name)} for name in tables]
    for statement in (
        "INSERT INTO team (id, name, officers, skills, profile, lon, lat, content_hash) "
        "VALUES ('T1', '-', 2, 'recorder', 'car', 118.6, 24.9, '')",
        "INSERT INTO station (id, name, lon, lat, content_hash) "
        "VALUES ('PS1', '-', 118.6, 24.9, '')",
    ):
        connection.execute(text(statement))
    migrations.upgrade(connection)
    (team,), (station,) = read_teams(connection), read_stations(connection)
    assert (team.overtime_min, team.max_stops) == (0, None)
    assert (station.fetched, station.profile) == (False, "")
    migrations.downgrade(connection, "0036")
    assert columns == [
        {one["name"] for one in inspect(connection).get_columns(name)} for name in tables
    ]


def test_papers_of_earlier_signatures_are_encrypted_and_come_back(
    store: Store, court: CourtFolder, clock: StandingClock, outside: Connection
) -> None:
    signed = SignOff(
        "A6", "case:c1", Role.DIRECTOR, "已安置", "批甲号", "u1", clock(), clock() + DAY, "0a1b"
    )
    with store.write() as work:
        add(work, signed)
    query = text("SELECT document_no FROM sign_off")
    assert isinstance(outside.scalar(query), bytes)
    with store.write() as work:
        migrations.downgrade(work.connection, "0012")
    assert outside.scalar(query) == "批甲号"
    with store.write() as work:
        migrations.upgrade(work.connection)
    assert isinstance(outside.scalar(query), bytes)
    (kept,) = store.sign_offs.standing(["case:c1"], clock())
    assert kept.sign_off == signed
    assert "批甲号".encode() not in court.content()


def test_requests_of_before_are_open_until_they_begin(connection: Connection) -> None:
    migrations.upgrade(connection, "0013")
    columns = {each["name"] for each in inspect(connection).get_columns("support_request")}
    connection.execute(
        text(
            "INSERT INTO station (id, name, lon, lat, content_hash) "
            "VALUES ('PS01', '-', 118.6, 24.9, '')"
        )
    )
    for number, (state, other) in enumerate((("draft", None), ("sent", "A0")), start=1):
        connection.execute(
            text(
                "INSERT INTO action (id, made_at, made_by, problem, plan, other_id) "
                "VALUES (:action, '2026-01-01T00:00:00+00:00', 'u1', :none, :none, :other)"
            ),
            {"action": f"A{number}", "other": other, "none": b""},
        )
        connection.execute(
            text(
                "INSERT INTO support_request (id, action_id, station_id, kind, ref, starts_at, "
                "ends_at, state, created_at, created_by) VALUES (:id, :action, 'PS01', 'escort', "
                "'O1', '2026-01-02T01:00:00+00:00', '2026-01-02T02:00:00+00:00', :state, "
                "'2026-01-01T00:00:00+00:00', 'u1')"
            ),
            {"id": f"q{number}", "action": f"A{number}", "state": state},
        )
    migrations.upgrade(connection)
    query = "SELECT expires_at = starts_at, is_duty, sent_by, document FROM support_request"
    assert sorted(connection.execute(text(query)), key=str) == [
        (1, 0, "u1", None),
        (1, 0, None, None),
    ]
    kinds = connection.execute(text("SELECT id, branch_on FROM action ORDER BY id"))
    assert list(map(tuple, kinds)) == [("A1", None), ("A2", "approval")]
    migrations.downgrade(connection, "0013")
    assert {each["name"] for each in inspect(connection).get_columns("support_request")} == columns


def test_stored_plans_say_which_team_is_the_second(connection: Connection) -> None:
    def stop(ref: str, kind: str, start_s: int, value: float = 0.0) -> dict[str, object]:
        return {"ref": ref, "kind": kind, "start_s": start_s, "value": value}

    first = [stop("a", "visit", 9, 2.0), stop("", "break", 10), stop("q", "duty", 11)]
    other = [stop("a", "visit", 9), stop("q", "duty", 11), stop("b", "visit", 12, 1.0)]
    routes = [{"stops": first}, {"stops": other}]

    def packed(form: object) -> bytes:
        return zlib.compress(json.dumps(form).encode())

    migrations.upgrade(connection, "0020")
    connection.execute(
        text(
            "INSERT INTO action (seq, id, made_at, made_by, problem, plan) "
            "VALUES (1, 'A1', '', '', :problem, :plan)"
        ),
        {"problem": packed({"before": routes}), "plan": packed({"routes": routes})},
    )
    migrations.upgrade(connection, "0021")
    row = connection.execute(text("SELECT problem, plan FROM action")).one()
    problem, plan = (json.loads(zlib.decompress(one)) for one in row)
    for kept in (problem["before"], plan["routes"]):
        seconds = [[one.get("second", False) for one in route["stops"]] for route in kept]
        assert seconds == [[False, False, False], [True, True, False]]
    migrations.downgrade(connection, "0020")
    row = connection.execute(text("SELECT plan FROM action")).one()
    assert json.loads(zlib.decompress(row.plan)) == {"routes": routes}


def test_stored_plans_are_told_in_brief_as_new_ones_are(
    connection: Connection, store: Store
) -> None:
    first, other = plan_samples.problem().options
    late = replace(other, id="O3", place="gate")
    asked = replace(
        plan_samples.problem(),
        options=(first, replace(other, debtor=first.debtor), late),
        sets=(VisitSet(("O1", "O2"), 4.0, 0.625),),
    )
    (route,) = plan_samples.plan().routes
    visit, duty, rest = route.stops
    more = (
        replace(visit, ref="O2", place="far", arrival_s=47000, start_s=47000, departure_s=48800),
        replace(visit, ref="O3", place="gate", arrival_s=49000, start_s=49000, departure_s=50800),
    )
    made = replace(
        plan_samples.plan(),
        routes=(replace(route, stops=(visit, duty, rest, *more)), replace(route, team="T2")),
    )
    packed = [zlib.compress(json.dumps(one).encode()) for one in _forms(asked, made)]
    migrations.upgrade(connection, "0033")
    for seq, (name, problem, plan) in enumerate([("A1", *packed), ("A2", b"", b"")], start=1):
        connection.execute(
            text(
                "INSERT INTO action (seq, id, made_at, made_by, problem, plan) "
                "VALUES (:seq, :id, '', '', :problem, :plan)"
            ),
            {"seq": seq, "id": name, "problem": problem, "plan": plan},
        )
    migrations.upgrade(connection)
    store.save(ActionId("A1"), asked, made, made_at=plan_samples.MADE_AT)
    both = [ActionId("A1"), ActionId("A2")]
    told = briefs(connection, both)
    assert told == store.plan_briefs(both)
    assert told == {both[0]: PlanBrief((plan_samples.DAY,), 3, 0.625 + late.p_found)}


def _forms(problem: Problem, plan: Plan) -> tuple[object, object]:
    return problem_to_json(problem), plan_to_json(plan)
