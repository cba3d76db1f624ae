"""The page on PostgreSQL is run as it stands, on a server of its own, up to a restore in time."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from data.store import Store
from tests.conftest import FIELDWRIT
from tests.data import samples
from tests.docs.test_commands import ROOT, commands_by_heading
from tests.fakes import StandingClock
from tests.postgres import Server, as_owner, make, own_folder, wanted

PAGE = ROOT / "docs" / "postgresql.md"
_FIELDWRIT = re.compile(r"(?:^| )fieldwrit ")


class _Machine:
    """A server that is started and stopped by the page's commands, and a court's own machine."""

    def __init__(self, server: Server, court: Path) -> None:
        self.court = court
        self.facts = {
            **server.environment(),
            "PGDATA": str(server.data),
            "ARCHIVE": str(server.folder / "archive"),
            "BACKUP": str(server.folder / "backup"),
            "PASSWORD": "a long enough secret",
            "RESTORED": f"postgresql://fieldwrit@/restored?host={server.folder}&port={server.port}",
            "PATH": os.pathsep.join((str(FIELDWRIT.parent), server.environment()["PATH"])),
            "FIELDWRIT_DATA_DIR": str(court / "data"),
            "FIELDWRIT_DATABASE_URL": f"postgresql://fieldwrit@/fieldwrit?host={server.folder}"
            f"&port={server.port}",
        }
        self.folder = server.folder

    def run(self, command: str) -> None:
        of_court = _FIELDWRIT.search(command) is not None
        log = self.folder / "said" if not of_court else self.court / "said"
        with log.open("w+") as said:  # a server that is started holds on to it
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.court if of_court else self.folder,
                env=self.facts,
                stdout=said,
                stderr=said,
                timeout=120,
                check=False,
                **({} if of_court else as_owner()),
            )
        assert done.returncode == 0, f"{command}\n{log.read_text()}"

    def store(self, folder: str = "data") -> Store:
        url = self.facts["FIELDWRIT_DATABASE_URL" if folder == "data" else "RESTORED"]
        return Store.open(self.court / folder, clock=StandingClock(), url=url)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[_Machine]:
    programs = wanted()
    with own_folder() as folder:
        make(programs, folder)
        server = Server(programs, folder, 5432)
        with (server.data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = ''\nunix_socket_directories = '{folder}'\nfsync = off\n"
                "shared_buffers = 32MB\n"
            )
        machine = _Machine(server, tmp_path)
        machine.run("mkdir $ARCHIVE && pg_ctl start --wait")
        try:
            yield machine
        finally:
            machine.run("pg_ctl stop --mode=immediate || true")


def test_the_page_is_true_up_to_a_restore_to_a_moment(machine: _Machine, tmp_path: Path) -> None:
    """Takes some ten seconds: three starts of a server, and a command in a process of its own."""
    parts = commands_by_heading(PAGE)
    station = {"编号": "PS01", "派出所名称": "示范派出所", "经度": 118.6, "纬度": 24.9}
    samples.write_xlsx(tmp_path / "stations.xlsx", [station])
    for command in (*parts["建库"], *parts["使用"], *parts["加密备份，一条命令恢复"]):
        machine.run(command)
    with closing(machine.store("restored")) as restored:
        assert [one.id for one in restored.stations()] == ["PS01"]
    backup = parts["备份与恢复到任一时刻"]
    restore = backup.index("pg_ctl stop --wait")
    for command in backup[:restore]:
        machine.run(command)
    store = machine.store()
    store.put(cases_=[samples.case(1)])
    held = store.cases(), store.stations(), store.audit.entries()
    with store._database.read() as connection:
        asked = "SELECT clock_timestamp()::text"
        machine.facts["MOMENT"] = str(connection.exec_driver_sql(asked).scalar())
    store.put(cases_=[samples.case(2)])
    store.close()
    for command in backup[restore:]:
        machine.run(command)
    again = machine.store()
    assert (again.cases(), again.stations(), again.audit.entries()) == held
    assert again.audit.verify() == len(held[2])
    again.put(cases_=[samples.case(3)])  # it takes writes again
    again.close()
