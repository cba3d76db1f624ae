"""Accounts at the terminal, and the right that each command asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from data.model import AuditEntry, Role
from data.rights import RIGHTS, TERMINAL_RIGHTS, Right
from data.store import Store
from data.terminal import TERMINAL
from tests.data import samples
from tests.web.ways import WAYS
from web.accounts import user_key
from web.cli import main
from web.clock import system_clock
from web.commands.allowed import COMMANDS, guard
from web.config import read_settings


def _run(folder: Path, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder), *words], input=said)


@pytest.fixture
def court(tmp_path: Path) -> Path:
    assert _run(tmp_path, "init").exit_code == 0
    words = ["account", "add", "officer", "--role", "officer", "--name", "示例"]
    assert _run(tmp_path, *words, "--password-stdin", said="first-pass-1\n").exit_code == 0
    return tmp_path


def _verified(folder: Path, password: str) -> bool:
    store = Store.open(folder, clock=system_clock)
    try:
        return store.accounts.verify("officer", password) is not None
    finally:
        store.close()


def test_an_account_is_ended_restored_and_reset(court: Path) -> None:
    assert _run(court, "account", "change", "Officer", "disable").exit_code == 0
    assert not _verified(court, "first-pass-1")
    assert _run(court, "account", "change", "officer", "enable").exit_code == 0
    assert _verified(court, "first-pass-1")
    words = ["account", "change", "officer", "password", "--password-stdin"]
    assert _run(court, *words, said="second-pass-2\n").exit_code == 0
    assert _verified(court, "second-pass-2")
    for change in ("unlock", "second-factor-off"):
        result = _run(court, "account", "change", "officer", change, "--json")
        assert json.loads(result.stdout)["change"] == change


def _told(folder: Path, *words: str) -> dict[str, Any]:
    result = _run(folder, "account", *words, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def _refused(folder: Path, *words: str) -> str:
    result = _run(folder, "account", *words)
    assert result.exit_code == 1
    return result.stderr


@pytest.fixture
def teams(court: Path) -> Path:
    with closing(Store.open(court, clock=system_clock)) as store:
        store.put(teams=[samples.team("T1"), samples.team("T2")])
    return court


def test_team_and_court_of_an_account_are_set_one_by_one(teams: Path) -> None:
    for words, kept in (
        (("--team", "T1"), ("T1", None)),
        (("--court", "闽0504"), ("T1", "闽0504")),
        (("--team", "T2"), ("T2", "闽0504")),
        (("--every-team",), (None, "闽0504")),
        (("--team", "T1", "--court", "闽0505"), ("T1", "闽0505")),
    ):
        told = _told(teams, "place", "officer", *words)
        assert (told["team"], told["court"]) == kept, words
        (one,) = _told(teams, "list")["accounts"]
        assert (one["team"], one["court"]) == kept
    assert "不在库中" in _refused(teams, "place", "officer", "--team", "T9")
    assert "只能用一个" in _refused(teams, "place", "officer", "--team", "T1", "--every-team")
    assert "说明归属" in _refused(teams, "place", "officer")
    assert "没有这个用户名" in _refused(teams, "place", "nobody", "--team", "T1")
    assert "–" in _run(teams, "account", "place", "officer", "--every-team").stdout
    placed = [one for one in _entries(teams) if one.act == "account.place"]
    assert len(placed) == 6
    assert placed[0].detail == {"team": None, "court": "闽0505"}
    assert all(one.actor.startswith(f"{TERMINAL}:") for one in placed)


def test_the_store_is_of_a_court_and_accounts_of_another_stay_out(court: Path) -> None:
    assert _told(court, "list")["court"] is None
    assert _told(court, "court", "闽0504") == {"court": "闽0504"}
    listed = _told(court, "list")
    assert (listed["court"], listed["accounts"][0]["court"]) == ("闽0504", "闽0504")
    assert _verified(court, "first-pass-1")
    _told(court, "place", "officer", "--court", "闽0505")
    assert not _told(court, "list")["accounts"][0]["usable"]
    assert not _verified(court, "first-pass-1")
    assert "形如" in _refused(court, "court", "none")
    assert [one.act for one in _entries(court)].count("store.court") == 1


def test_a_lost_device_is_revoked(court: Path) -> None:
    with closing(Store.open(court, clock=system_clock)) as store:
        officer = store.accounts.named("officer")
        assert officer is not None
        made = store.devices.add(officer.id, "外勤平板一")
    (listed,) = _told(court, "devices")["devices"]
    assert (listed["id"], listed["username"], listed["name"]) == (made.id, "officer", "外勤平板一")
    assert listed["revoked_at"] is None
    assert _told(court, "revoke-device", made.id) == {"device": made.id}
    assert _told(court, "devices")["devices"][0]["revoked_at"]
    assert "没有这台设备" in _refused(court, "revoke-device", "fd-none")
    with closing(Store.open(court, clock=system_clock)) as store:
        seen = store.devices.see(made.id, officer.id)
    assert seen is not None
    assert seen.revoked_at is not None  # it is told to wipe what it keeps when it next asks
    (entry,) = (one for one in _entries(court) if one.act == "device.revoke")
    assert (entry.subject, entry.actor.partition(":")[0]) == (f"device:{made.id}", TERMINAL)


def test_the_list_says_who_is_locked_and_ended(court: Path) -> None:
    (before,) = _told(court, "list")["accounts"]
    assert (before["usable"], before["locked_until"]) == (True, None)
    with closing(Store.open(court, clock=system_clock)) as store:
        for _ in range(8):
            store.sign_in_failures.add((user_key("officer"),))
    assert _told(court, "list")["accounts"][0]["locked_until"]
    _told(court, "change", "officer", "unlock")
    _told(court, "change", "officer", "disable")
    (after,) = _told(court, "list")["accounts"]
    assert (after["usable"], after["locked_until"]) == (False, None)


_COMMANDS = {
    "accounts.add": "account add",
    "accounts.change": "account change",
    "accounts.page": "account list",
    "accounts.place": "account place",
    "accounts.revoke_device": "account revoke-device",
    "accounts.set_court": "account court",
}


def test_the_terminal_has_each_act_of_the_page_of_accounts() -> None:
    assert {name for name in WAYS if name.startswith("accounts.")} == set(_COMMANDS)
    for words in (*_COMMANDS.values(), "account devices"):
        assert COMMANDS[words] is Right.ACCOUNT_WRITE, words


def _entries(folder: Path) -> tuple[AuditEntry, ...]:
    with closing(Store.open(folder, clock=system_clock)) as store:
        store.audit.verify()
        return store.audit.entries(50)


def test_nobody_is_told(court: Path) -> None:
    result = _run(court, "account", "change", "nobody", "disable")
    assert result.exit_code == 1
    assert "没有这个用户名" in result.stderr


def test_the_table_of_rights_is_printed(tmp_path: Path) -> None:
    shown = json.loads(_run(tmp_path, "account", "rights", "--json").stdout)["rights"]
    assert {role: set(rights) for role, rights in shown.items()} == {
        **{role.value: set(RIGHTS[role]) for role in Role},
        "terminal": set(TERMINAL_RIGHTS),
    }


def _leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _leaves(below, (*words, name))
    else:
        yield " ".join(words), command


def test_every_command_names_its_right() -> None:
    assert {words for words, _ in _leaves(main)} == set(COMMANDS)


def test_what_the_terminal_may_not_do_takes_a_person_who_may() -> None:
    for words, command in _leaves(main):
        right = COMMANDS[words]
        by = [one for one in command.params if "--by" in one.opts]
        if right is not None and right not in TERMINAL_RIGHTS:
            assert by, words
            assert by[0].required, words
            assert any(right in rights for rights in RIGHTS.values()), words


def test_a_command_without_a_person_is_refused_what_a_person_decides() -> None:
    done: list[str] = []

    @click.group()
    @click.pass_context
    def group(ctx: click.Context) -> None:
        ctx.obj = read_settings()

    @group.group()
    def namesake() -> None: ...

    @namesake.command()
    @click.option("--by", "username")
    def decide(username: str | None) -> None:
        done.append(str(username))

    guard(group)
    assert COMMANDS["namesake decide"] is Right.NAMESAKE_WRITE
    assert "以有权的人员的名义" in str(CliRunner().invoke(group, ["namesake", "decide"]).exception)
    assert CliRunner().invoke(group, ["namesake", "decide", "--by", "a"]).exit_code == 0
    assert done == ["a"]
