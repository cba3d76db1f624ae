"""Accounts at the terminal, and the right that each command asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from data.model import Role
from data.rights import RIGHTS, TERMINAL_RIGHTS, Right
from data.store import Store
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
