"""Every act that the code records has a word for auditors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import data
import web
from web.act_labels import ACT_LABELS

_ACT = re.compile(r"[a-z_]+(\.[a-z_]+)+|login|logout|import")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _trees() -> list[ast.Module]:
    return [
        ast.parse(path.read_text("utf-8"))
        for package in (data, web)
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py"))
        if path.name != "act_labels.py"
    ]


def _texts(node: ast.expr | None) -> Iterator[str]:
    """Return the texts that an argument can have; a choice has two."""
    if node is None:
        return
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and _ACT.fullmatch(str(one.value)):
            yield str(one.value)


def _takers(trees: list[ast.Module]) -> tuple[dict[str, int], set[str]]:
    """Return where functions take an act, and the acts that they take when none is given."""
    places: dict[str, int] = {}
    defaults: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, _Function):
                continue
            names = [one.arg for one in node.args.args]
            if "act" in names:
                places[node.name] = names.index("act") - (names[0] == "self")
            keyed = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            defaults |= {text for one, by in keyed if one.arg == "act" for text in _texts(by)}
    return places, defaults


def _recorded() -> set[str]:
    trees = _trees()
    places, found = _takers(trees)
    for tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            place = places.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            given = [one.value for one in node.keywords if one.arg == "act"]
            if place is not None and len(node.args) > place:
                given.append(node.args[place])
            found |= {text for one in given for text in _texts(one)}
    return found


def test_every_recorded_act_has_a_word() -> None:
    recorded = _recorded()
    assert {"login", "person.read", "quarantine.take_up", "item.change"} <= recorded
    assert recorded - set(ACT_LABELS) == set()


def test_no_word_is_left_of_an_act_that_is_gone() -> None:
    assert set(ACT_LABELS) - _recorded() == set()
