"""Which right each command asks for; who has it is in :mod:`data.rights`.

A command acts in nobody's name, with the rights of whoever can read the key file, or in the name
of the account after ``--by``, whose rights are asked where its password is.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

import click

from data.rights import TERMINAL_RIGHTS, Right
from web.errors import WebError

__all__ = ["COMMANDS", "guard"]

_AS_PERSON = "username"  # the parameter of --by

COMMANDS: Mapping[str, Right | None] = MappingProxyType(
    {
        "account add": Right.ACCOUNT_WRITE,
        "account change": Right.ACCOUNT_WRITE,
        "account court": Right.ACCOUNT_WRITE,
        "account devices": Right.ACCOUNT_WRITE,
        "account list": Right.ACCOUNT_WRITE,
        "account place": Right.ACCOUNT_WRITE,
        "account revoke-device": Right.ACCOUNT_WRITE,
        "account rights": None,
        "addresses parse": None,
        "addresses train": Right.COURT_WRITE,
        "areas check": Right.COURT_WRITE,
        "areas who": Right.NETWORK_READ,
        "audit check": None,
        "audit export": Right.AUDIT_READ,
        "audit sign": Right.AUDIT_READ,
        "audit verify": Right.AUDIT_READ,
        "backup key": None,
        "backup make": Right.SETUP_WRITE,
        "backup restore": Right.SETUP_WRITE,
        "backup verify": None,
        "closures add": Right.CLOSURE_WRITE,
        "closures lift": Right.CLOSURE_WRITE,
        "closures list": Right.NETWORK_READ,
        "confirm": Right.PLACE_CONFIRM,
        "coordinates convert": None,
        "demo": Right.SETUP_WRITE,
        "doctor": Right.SETUP_WRITE,
        "export": Right.PLAN_READ,
        "geocode": Right.COURT_WRITE,
        "import": Right.COURT_WRITE,
        "init": Right.SETUP_WRITE,
        "key make": None,
        "key rotate": Right.SETUP_WRITE,
        "locating answer": Right.COURT_WRITE,
        "locating check": None,
        "locating explain": Right.PERSON_READ,
        "locating fairness": Right.CASE_READ,
        "locating history": Right.CASE_READ,
        "locating learn": Right.COURT_WRITE,
        "locating next": Right.CASE_READ,
        "measures check": None,
        "measures list": Right.CASE_READ,
        "measures needs": None,
        "namesake compare": Right.PERSON_READ,
        "namesake decide": Right.NAMESAKE_WRITE,
        "namesake list": Right.CASE_READ,
        "namesake withdraw": Right.NAMESAKE_WRITE,
        "network build": Right.COURT_WRITE,
        "network report": Right.NETWORK_READ,
        "plan bound": None,
        "plan campaign": Right.PLAN_READ,
        "plan check": None,
        "plan extract": None,
        "plan make": Right.COURT_WRITE,
        "plan replan": Right.COURT_WRITE,
        "plan replan-file": None,
        "plan shares": Right.PLAN_READ,
        "plan solve": None,
        "plan support": Right.PLAN_READ,
        "plan undo": Right.COURT_WRITE,
        "plan unshare": Right.SHARE_WRITE,
        "plan what-if": Right.PLAN_READ,
        "plan why": Right.PLAN_READ,
        "protection add": Right.PROTECTION_WRITE,
        "protection certificate": None,
        "protection disclose": Right.PROTECTION_WRITE,
        "protection end": Right.PROTECTION_WRITE,
        "protection openness": Right.PROTECTION_WRITE,
        "protection public-map": Right.PROTECTION_WRITE,
        "protection purge": Right.PROTECTION_WRITE,
        "protection show": Right.AUDIT_READ,
        "protection subject": Right.PROTECTION_WRITE,
        "reach": Right.NETWORK_READ,
        "restrictions add": Right.RESTRICTION_WRITE,
        "restrictions end": Right.RESTRICTION_WRITE,
        "restrictions list": Right.CASE_READ,
        "rules check": None,
        "rules explain": None,
        "rules list": None,
        "serve": Right.SETUP_WRITE,
        "travel correction": Right.SPEEDS_WRITE,
        "travel forget": Right.SPEEDS_WRITE,
        "travel observed": Right.SPEEDS_WRITE,
        "work": Right.SETUP_WRITE,
    }
)
"""By the words of the command; None for what touches no data of the court."""


def guard(command: click.Command, words: tuple[str, ...] = ()) -> None:
    """Let a command and those below it ask for their right before they do anything."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            guard(below, (*words, name))
    elif command.callback is not None:
        command.callback = _guarded(command.callback, " ".join(words))


def _guarded(callback: Any, words: str) -> Any:
    @wraps(callback)
    def act(*args: Any, **options: Any) -> Any:
        right = COMMANDS[words]
        if right is not None and right not in TERMINAL_RIGHTS and not options.get(_AS_PERSON):
            raise WebError("这个命令须以有权的人员的名义办理（--by 用户名）")
        return callback(*args, **options)

    return act
