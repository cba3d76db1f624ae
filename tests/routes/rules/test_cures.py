"""Whoever is forbidden something, or sent for a signature, is told in both languages what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import routes.rules
from routes.model import Verdict
from routes.rules import RULES
from web.catalogue import read_catalogue

_FOLDER = Path(routes.rules.__file__).parent
_CURE = re.compile("(?<!申)请|须|应(?!当中止)|先|可以|方可|即可")
_STRICT = {Verdict.BLOCK.name, Verdict.SIGN_OFF.name}


def _calls(node: ast.AST, name: str) -> Iterator[ast.Call]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == name:
            yield one


def _texts(node: ast.AST) -> Iterator[str]:
    for call in _calls(node, "message"):
        (msgid, *_) = call.args
        assert isinstance(msgid, ast.Constant)
        yield str(msgid.value)


def _strict_texts(path: Path) -> Iterator[str]:
    """Yield the sentences yielded with a strict verdict, and those of tables to choose from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            yield from _texts(node)
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            verdict = node.value.elts[0]
            if isinstance(verdict, ast.Attribute) and verdict.attr in _STRICT:
                yield from (text for text in _texts(node) if len(text) > len("%(why)s"))


def _by_file() -> dict[str, list[str]]:
    return {path.name: list(_strict_texts(path)) for path in sorted(_FOLDER.glob("*_rules.py"))}


def test_every_strict_sentence_holds_its_cure() -> None:
    said = _by_file()
    assert sum(map(len, said.values())) > 60
    without = {
        name: [text for text in texts if len(text) > 9 and not _CURE.search(text)]
        for name, texts in said.items()
    }
    assert {name: texts for name, texts in without.items() if texts} == {}


def test_every_strict_sentence_and_every_title_has_english() -> None:
    english = {one.id for one in read_catalogue() if one.id and one.string}
    texts = {text for texts in _by_file().values() for text in texts}
    titles = {rule.title.msgid for rule in RULES.values()}
    assert sorted((texts | titles) - english) == []


def test_every_rule_is_named_by_the_tests_of_rules() -> None:
    here = Path(__file__)
    tests = [path for path in sorted(here.parent.glob("*.py")) if path != here]
    told = "".join(path.read_text(encoding="utf-8") for path in tests)
    assert [rule for rule in RULES if f'"{rule}"' not in told] == []
