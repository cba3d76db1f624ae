"""Every role at every way in, with its own things, those of others, and what is not there.

What is to come of it follows from the tables of rights and of what is bound to whom, never from
the pages. Who has the right and the thing gets an answer; the thing of somebody else is refused as
one that is not there is, and nothing is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from data.model import Role
from data.rights import RIGHTS, TERMINAL_RIGHTS, Right
from data.things import BOUND, Bound, reaches
from routes.model import SecretText
from tests.web.court import PASSWORD
from tests.web.matrix_court import ASKED, ROVER, MatrixCourt, matrix_court
from tests.web.ways import KINDS, PLAIN, WAYS, Way, named
from web.cli import main
from web.commands.allowed import COMMANDS
from web.errors import WebError
from web.person import Person
from web.steps.accounts import person_who_may

_NOBODY = "nobody"
_OF_NOBODY_ELSE = {"whole", "guide", "point"}
"""An export of all teams, any point, and guides, whose readers are tried in a test of their own."""
_ROLES = {**{str(role): role for role in Role}, ROVER: Role.OFFICER}

_NUMBERED = re.compile(r"(cell|column)-\d+|situation-d\d+")
_NUMBERS = {"index", "place_number", "solved_visit"}
"""Places in a list, which are another's where the whole is."""


@pytest.fixture(scope="module")
def court(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MatrixCourt]:
    with matrix_court(tmp_path_factory.mktemp("matrix"), filled) as made:
        yield made


def test_every_view_says_what_its_address_names(court: MatrixCourt) -> None:
    rules = {rule.endpoint: rule for rule in court.app.url_map.iter_rules()}
    del rules["static"]
    assert set(WAYS) == set(rules)
    for endpoint, rule in rules.items():
        for way in WAYS[endpoint]:
            things, plain = named(way)
            assert set(rule.arguments) <= {*things, *plain}, endpoint
            assert {kind for kind, _part in things.values()} <= set(KINDS), endpoint


def _trials(way: Way, *, first: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what is asked with: the own things, then each in turn another's, and none at all."""
    things, _plain = named(way)
    yield "own", {}
    for name, (kind, _part) in things.items():
        if kind in _OF_NOBODY_ELSE:
            continue
        if kind not in _NUMBERS:
            yield "other", {name: "other"}
        if first:
            yield "unknown", {name: "unknown"}


def _expected(court: MatrixCourt, who: str, way: Way, which: dict[str, str]) -> bool:
    """Whether who has the right is to get an answer."""
    things, _plain = named(way)
    [whole, *_parts] = things or [""]
    for name, (kind, part) in things.items():
        tried = which.get(name, "own")
        if tried == "unknown" or (part and tried == "other"):
            return False
        if part and whole in which:
            return False
        whose = court.belonging(who, kind, tried)
        if not reaches(court.accounts[who], KINDS[kind], whose):
            return False
    return True


def test_what_each_role_gets_with_whose_things(
    court: MatrixCourt, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for endpoint, ways in WAYS.items():
        right: Right | None = court.app.view_functions[endpoint].needed_right  # type: ignore[attr-defined]
        first = next((name for name, role in _ROLES.items() if right in RIGHTS[role]), None)
        for way in ways:
            for who, tag, which, told in _asked(court, endpoint, way, right, first):
                counts[tag] += 1
                if told:
                    wrong.append(f"{endpoint} {who} {tag} {which}: {told}")
    with capsys.disabled():
        asked = ", ".join(f"{tag} {count}" for tag, count in sorted(counts.items()))
        print(f"\nroles x ways in: {len(_ROLES) + 1} x {len(WAYS)}, asked {asked}")  # noqa: T201
    assert not wrong, "\n".join(wrong)


def _asked(
    court: MatrixCourt, endpoint: str, way: Way, right: Right | None, first: str | None
) -> Iterator[tuple[str, str, dict[str, str], str]]:
    """Ask as everybody; yields who, with whose things, and what was wrong about the answer."""
    things, _plain = named(way)
    by_team = any(Bound.TEAM in BOUND[KINDS[kind]] for kind, _part in things.values())
    for who, role in _ROLES.items():
        if who == ROVER and not by_team:
            continue
        if right is not None and right not in RIGHTS[role]:
            others = {
                name: "other"
                for name, (kind, _part) in things.items()
                if kind not in _OF_NOBODY_ELSE
            }
            for tag, which in (("own", {}), *((("other", others),) if others else ())):
                status, wrote = court.ask(who, endpoint, way, which)
                told = "" if status == 403 and not wrote else f"{status} without the right"
                yield who, f"{tag} refused by right", which, told
            continue
        for tag, which in _trials(way, first=who == first):
            status, wrote = court.ask(who, endpoint, way, which)
            if right is not None and not _expected(court, who, way, which):
                refused = 400 <= status < 500 or status == 302 or way.body_names(which)
                told = "" if refused and not wrote else f"{status}, written {wrote}, not refused"
                yield who, f"{tag} refused by thing", which, told
            else:
                good = status in way.reached and way.changes in (None, wrote)
                yield who, f"{tag} reached", which, "" if good else f"{status}, written {wrote}"
    if right is not None:
        status, wrote = court.ask(_NOBODY, endpoint, way, {})
        led = status == 302 and court.answer.location.startswith("/login")
        told = "" if (led or status == 401) and not wrote else f"{status} to a stranger"
        yield _NOBODY, "own refused to strangers", {}, told


def test_every_field_that_was_asked_for_is_known() -> None:
    """What a view asks a form or an address for is a thing of the registry, or plain."""
    for endpoint, asked in ASKED.items():
        told = {name for way in WAYS[endpoint] for part in named(way) for name in part}
        unknown = {name for name in asked - told - PLAIN if not _NUMBERED.fullmatch(name)}
        assert unknown == set(), endpoint


def _leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _leaves(below, (*words, name))
    else:
        yield " ".join(words)


def test_which_command_each_role_may_give(
    court: MatrixCourt, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    assert set(_leaves(main)) == set(COMMANDS)
    for right in COMMANDS.values():
        for name, role in _ROLES.items():
            if right is None or right in TERMINAL_RIGHTS:
                counts["whoever has the key file"] += 1
                continue
            may = right in RIGHTS[role]
            counts["open" if may else "refused"] += 1
            person = Person(name, SecretText(PASSWORD), lambda: "")
            try:
                found = person_who_may(court.services.store, person, right)
            except WebError:
                assert not may, (right, name)
            else:
                assert may, (right, name)
                assert found.id == court.accounts[name].id
    with capsys.disabled():
        print(f"\nroles x commands: {dict(counts)}")  # noqa: T201
