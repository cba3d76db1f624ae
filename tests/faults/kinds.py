"""Kinds of work that are cut off: how each is done in a child, and what must be true afterwards.

The child tells each record once the call that keeps it has returned; those are acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import pyrage
from sqlalchemy import select

from data.backup import make_backup, verify_backup
from data.crypto import read_key_file
from data.errors import StoreError
from data.imports import import_file
from data.rotation import rotate_field_key
from data.schema import OutcomeRow
from data.sealing import Opener, Sealer
from data.store import KEY_NAME, Store
from data.upsert import table_of
from routes.model import ActionId
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from tests.web.court import PASSWORD, SetClock, open_services, plan, plan_problem
from web.app import create_app

__all__ = ["OPENER", "SEALER", "Checked", "Kind", "Told", "all_kinds", "content", "open_store"]

Told = Callable[[str], None]
_CASES_A_FILE = 25
_FILES = 12
_PLANS = 60
_BATCHES, _BATCH = 40, 20
_ROTATIONS = 3
_BACKUPS = 4
_IDENTITY = pyrage.x25519.Identity.generate()
SEALER = Sealer(recipients=(str(_IDENTITY.to_public()),))
OPENER = Opener(identities=(str(_IDENTITY),))


@dataclass(frozen=True, slots=True)
class Checked:
    """Records that were acknowledged and are not there, and those that are there in part."""

    lost: int
    half: int


class Kind(Protocol):
    """One kind of work on the folder of a trial, which has a store in ``court``."""

    @property
    def name(self) -> str:
        """Name of the kind in the figures."""
        ...

    def prepare(self, folder: Path) -> None:
        """Put what the work needs into the folder."""
        ...

    def work(self, folder: Path, told: Told) -> None:
        """Do the work in the child; ``ready`` is told before it begins."""
        ...

    def check(self, folder: Path, acked: Sequence[str]) -> Checked:
        """Look at a store that opens."""
        ...


def open_store(folder: Path) -> Store:
    """Open the store of a trial."""
    return Store.open(folder / "court", clock=SetClock())


def content(store: Store) -> dict[str, Any]:
    """Return what is known of people and plans, in clear, by identifier."""
    notes = table_of(OutcomeRow)
    with store.write() as work:
        rows = work.connection.execute(select(notes.c.id, notes.c.note)).all()
        told = {row.id: row.note for row in rows}
    return {
        **{one.id: one for one in store.cases()},
        **{
            one.id: (
                one.case_id,
                one.name.reveal(),
                one.id_number.reveal() if one.id_number else None,
                one.identifiers,
            )
            for one in store.debtors()
        },
        **{one.id: (one.debtor_id, one.text.reveal(), one.place) for one in store.claims()},
        **{one.id: (one, told[one.id]) for one in store.outcomes()},
        **{one: store.plan(one) for one in store.action_ids()},
    }


@dataclass(slots=True)
class Importing:
    """Tables of cases, one after the other."""

    name: str = "import"

    def prepare(self, folder: Path) -> None:
        (folder / "tables").mkdir()
        for number in range(_FILES):
            rows = [CASE_ROW | {"案号": one} for one in _numbers(number)]
            write_csv(folder / "tables" / f"{number}.csv", rows)

    def work(self, folder: Path, told: Told) -> None:
        store = open_store(folder)
        told("ready")
        for number in range(_FILES):
            import_file(store, "cases", folder / "tables" / f"{number}.csv")
            told(str(number))
        store.close()

    def check(self, folder: Path, acked: Sequence[str]) -> Checked:
        store = open_store(folder)
        cases = {str(one.number): one.id for one in store.cases()}
        debtors = {one.case_id: one.id for one in store.debtors()}
        claimed = {one.debtor_id for one in store.claims()}
        store.close()
        lost = half = 0
        for number in range(_FILES):
            wanted = _numbers(number)
            held = [one for one in wanted if one in cases]
            whole = [one for one in held if debtors.get(cases[one]) in claimed]
            if str(number) in acked:
                lost += len(wanted) - len(held)
            half += len(held) - len(whole) + (len(held) if len(held) not in (0, len(wanted)) else 0)
        return Checked(lost, half)


def _numbers(file: int) -> list[str]:
    first = 1000 * (file + 1)
    return [NUMBER.replace("执1号", f"执{first + one}号") for one in range(_CASES_A_FILE)]


@dataclass(slots=True)
class Planning:
    """Plans that are saved."""

    name: str = "plan"

    def prepare(self, folder: Path) -> None:
        """Nothing is needed."""

    def work(self, folder: Path, told: Told) -> None:
        store = open_store(folder)
        problem = plan_problem(list(store.claims()))
        found = plan(problem)
        told("ready")
        for number in range(_PLANS):
            action = ActionId(f"20261126-{number:06d}")
            mine = replace(problem, id=action)
            store.save(action, mine, replace(found, problem_id=action), made_at=SetClock()())
            told(action)
        store.close()

    def check(self, folder: Path, acked: Sequence[str]) -> Checked:
        store = open_store(folder)
        found = plan(plan_problem(list(store.claims())))
        held, half = set(store.action_ids()), 0
        for action in held:
            if action.startswith("20261126-0"):
                whole = store.plan(action) == replace(found, problem_id=action)
                half += not (whole and store.problem(action) is not None)
        store.close()
        return Checked(len(set(acked) - held), half)


@dataclass(slots=True)
class Sending:
    """Outcomes that a device sends in batches, by the end point of the pages."""

    name: str = "outcome_sync"

    def prepare(self, folder: Path) -> None:
        """Nothing is needed."""

    def work(self, folder: Path, told: Told) -> None:
        services, send = _device(folder)
        batches = _batches(services.store)
        told("ready")
        for number, batch in enumerate(batches):
            states = [one["state"] for one in send(batch)]
            if not set(states) <= {"stored", "already"}:
                raise StoreError("an outcome was not kept")
            told(str(number))
        services.store.close()

    def check(self, folder: Path, acked: Sequence[str]) -> Checked:
        """Send all again, as a device does that got no answer to the last."""
        services, send = _device(folder)
        before = len(services.store.outcomes())
        lost = half = fresh = 0
        batches = _batches(services.store)
        for number, batch in enumerate(batches):
            states = [one["state"] for one in send(batch)]
            fresh += states.count("stored")
            if str(number) in acked:
                lost += states.count("stored")
            half += len(batch) if len(set(states)) > 1 else 0
            half += states.count("conflict") + states.count("refused")
        after = len(services.store.outcomes())
        half += abs(after - before - fresh) + abs(after - 1 - sum(map(len, batches)))
        services.store.close()
        return Checked(lost, half)


def _device(folder: Path) -> tuple[Any, Callable[[list[dict[str, Any]]], list[dict[str, Any]]]]:
    from tests.web.conftest import Reader

    services = open_services(folder / "court", SetClock())
    reader = Reader(create_app(services, secret_key="k" * 40).test_client())
    reader.sign_in("officer", PASSWORD)
    reader.get("/account")

    def send(batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        headers = {"X-CSRFToken": reader.token}
        answer = reader.client.post("/api/outcomes", json={"outcomes": batch}, headers=headers)
        if answer.status_code != 200 or answer.json is None:
            raise StoreError("the outcomes were not answered")
        found: list[dict[str, Any]] = answer.json["outcomes"]
        return found

    return services, send


def _batches(store: Store) -> list[list[dict[str, Any]]]:
    claims = [one.id for one in store.claims()]
    return [
        [
            {
                "key": f"visit-{batch:03d}-{one:03d}",
                "claim": claims[(batch * _BATCH + one) % len(claims)],
                "kind": "moved",
                "at": f"2026-11-24T09:{one:02d}:00+08:00",
                "note": f"门卫称已搬走{batch}",
            }
            for one in range(_BATCH)
        ]
        for batch in range(_BATCHES)
    ]


@dataclass(slots=True)
class Rotating:
    """Other keys for the fields."""

    name: str = "key_rotation"
    _before: dict[str, Any] = field(default_factory=dict)

    def prepare(self, folder: Path) -> None:
        store = open_store(folder)
        self._before = content(store)
        store.close()

    def work(self, folder: Path, told: Told) -> None:
        told("ready")
        for _ in range(_ROTATIONS):
            told(str(self._rotate(folder)))

    def check(self, folder: Path, acked: Sequence[str]) -> Checked:
        lost = self._changed(folder)
        self._rotate(folder)  # goes on, or makes another
        keys = read_key_file(folder / "court" / KEY_NAME)
        half = int(len(keys.fields) != 1)
        half += int(keys.newest.number < max((int(one) for one in acked), default=1))
        return Checked(lost + self._changed(folder), half)

    def _rotate(self, folder: Path) -> int:
        return rotate_field_key(
            folder / "court", lambda: open_store(folder), by="cli", piece_rows=7
        ).number

    def _changed(self, folder: Path) -> int:
        store = open_store(folder)
        now = content(store)
        store.close()
        return sum(now.get(key) != value for key, value in self._before.items())


@dataclass(slots=True)
class Migrating:
    """Tables of an earlier version, brought up to date by opening the store."""

    revisions: Sequence[str]
    name: str = "migration"
    _turn: int = 0
    _before: dict[str, Any] = field(default_factory=dict)

    def prepare(self, folder: Path) -> None:
        from data import migrations

        revision = self.revisions[self._turn % len(self.revisions)]
        self._turn += 1
        store = open_store(folder)
        with store.write() as work:
            migrations.downgrade(work.connection, revision)
            migrations.upgrade(work.connection)
        self._before = content(store)
        with store.write() as work:
            migrations.downgrade(work.connection, revision)
        store.close()

    def work(self, folder: Path, told: Told) -> None:
        import alembic.command  # loaded before the clock runs

        del alembic
        told("ready")
        open_store(folder).close()
        told("done")

    def check(self, folder: Path, acked: Sequence[str]) -> Checked:
        del acked
        store = open_store(folder)
        now = content(store)
        store.close()
        return Checked(sum(now.get(key) != value for key, value in self._before.items()), 0)


@dataclass(slots=True)
class BackingUp:
    """Backups, each under a name of its own."""

    name: str = "backup"

    def prepare(self, folder: Path) -> None:
        """Nothing is needed."""

    def work(self, folder: Path, told: Told) -> None:
        store = open_store(folder)
        told("ready")
        for number in range(_BACKUPS):
            path = folder / f"{number}.backup"
            make_backup(store, folder / "court", path, SEALER, by="cli")
            told(path.name)
        store.close()

    def check(self, folder: Path, acked: Sequence[str]) -> Checked:
        half = 0
        found = sorted(folder.glob("*.backup"))
        for path in found:
            try:
                verify_backup(path, OPENER, work_dir=folder)
            except Exception:
                half += 1
        return Checked(len(set(acked) - {one.name for one in found}), half)


def all_kinds() -> tuple[Kind, ...]:
    """Return all kinds; each keeps what it knows of the trial under way."""
    return (
        Importing(),
        Planning(),
        Sending(),
        Rotating(),
        Migrating(("0001", "0008", "0012", "0015", "0017")),
        BackingUp(),
    )
