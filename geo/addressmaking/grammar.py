"""A weighted grammar whose sentences are texts with labelled parts.

A grammar is a set of word lists and rules. A word list is one string of words between spaces;
digits behind a word are its weight. A rule is a list of alternatives, each with an optional
weight in front: ``"30 <road:{road_name}>[60:<roadno:{@number}号>]"``. In an alternative

- ``{name}`` is a word of a list or an expansion of a rule, ``{~name}`` the same for the region
  of the address (``name_minnan``) where there is one,
- ``{@name}`` is what a function returns,
- ``[30: ]`` holds what is there in 30 of 100 cases,
- ``<label: >`` holds a part with a label; labels do not nest.
"""

from __future__ import annotations

import random
import re
import tomllib
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate

__all__ = ["Function", "Grammar", "Piece", "read_grammar"]

Piece = tuple[str, str]
"""A stretch of text and its label; an empty label is outside of every part."""

Function = Callable[[random.Random], str]
"""What stands behind ``{@name}``."""

_TOKEN = re.compile(r"\{([@~]?)(\w+)\}|\[(\d+):|<(\w+):|([\]>])|([^{}\[\]<>]+)")
_WEIGHT = re.compile(r"(\d+) (.*)", re.DOTALL)
_WORD = re.compile(r"(.*?\D)(\d*)")


@dataclass(frozen=True, slots=True)
class _Literal:
    text: str


@dataclass(frozen=True, slots=True)
class _Reference:
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class _Option:
    share: float
    inner: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    label: str
    inner: tuple[_Node, ...]


_Node = _Literal | _Reference | _Option | _Part


@dataclass(frozen=True, slots=True)
class _Choice:
    """Alternatives with their summed weights."""

    alternatives: tuple[tuple[_Node, ...], ...]
    sums: tuple[float, ...]

    def pick(self, rng: random.Random) -> tuple[_Node, ...]:
        return self.alternatives[bisect(self.sums, rng.random() * self.sums[-1])]


class Grammar:
    """Rules and word lists, ready to be expanded.

    Parameters
    ----------
    words
        Word lists by name.
    rules
        Alternatives by name of the rule.

    Raises
    ------
    ValueError
        If an alternative is malformed or names what there is not; functions are looked up when
        a text is made.
    """

    def __init__(self, words: Mapping[str, str], rules: Mapping[str, Sequence[str]]) -> None:
        self._choices = {name: _word_choice(text) for name, text in words.items()}
        self._choices |= {name: _rule_choice(name, lines) for name, lines in rules.items()}
        known = set(self._choices) | {name.rpartition("_")[0] for name in self._choices}
        for name, choice in self._choices.items():
            for node in _all_nodes(choice):
                if isinstance(node, _Reference) and node.kind != "@" and node.name not in known:
                    raise ValueError(f"rule {name} names {node.name}, which there is not")

    def pieces(
        self, name: str, rng: random.Random, *, functions: Mapping[str, Function], region: str
    ) -> list[Piece]:
        """Return one expansion of a rule, the region's own where it has one, as pieces."""
        out: list[Piece] = []
        _Run(self._choices, rng, functions, region).pieces((_Reference("~", name),), out)
        return out


@dataclass(frozen=True, slots=True)
class _Run:
    """One expansion under way."""

    choices: Mapping[str, _Choice]
    rng: random.Random
    functions: Mapping[str, Function]
    region: str

    def pieces(self, nodes: tuple[_Node, ...], out: list[Piece]) -> None:
        for node in nodes:
            if isinstance(node, _Part):
                if text := self.text(node.inner):
                    out.append((text, node.label))
            elif isinstance(node, _Literal):
                out.append((node.text, ""))
            elif isinstance(node, _Option):
                if self.rng.random() < node.share:
                    self.pieces(node.inner, out)
            elif node.kind == "@":
                out.append((self.functions[node.name](self.rng), ""))
            else:
                self.pieces(self._choice(node).pick(self.rng), out)

    def text(self, nodes: tuple[_Node, ...]) -> str:
        if len(nodes) == 1 and isinstance(nodes[0], _Literal):
            return nodes[0].text
        out: list[Piece] = []
        self.pieces(nodes, out)
        return "".join(text for text, _ in out)

    def _choice(self, node: _Reference) -> _Choice:
        if node.kind == "~":
            found = self.choices.get(f"{node.name}_{self.region}")
            if found is not None:
                return found
        return self.choices[node.name]


def _all_nodes(choice: _Choice) -> Iterator[_Node]:
    queue = [node for nodes in choice.alternatives for node in nodes]
    while queue:
        node = queue.pop()
        yield node
        if isinstance(node, _Option | _Part):
            queue += node.inner


def _word_choice(text: str) -> _Choice:
    nodes: list[tuple[_Node, ...]] = []
    weights: list[float] = []
    for entry in text.split():
        match = _WORD.fullmatch(entry)
        word, weight = (match[1], match[2]) if match else (entry, "")
        nodes.append((_Literal(word),))
        weights.append(float(weight or 1))
    return _Choice(tuple(nodes), tuple(accumulate(weights)))


def _rule_choice(name: str, lines: Sequence[str]) -> _Choice:
    nodes: list[tuple[_Node, ...]] = []
    weights: list[float] = []
    for line in lines:
        match = _WEIGHT.fullmatch(line)
        weight, body = (float(match[1]), match[2]) if match else (1.0, line)
        nodes.append(_parse(name, body))
        weights.append(weight)
    return _Choice(tuple(nodes), tuple(accumulate(weights)))


def _parse(name: str, body: str) -> tuple[_Node, ...]:
    """Return the nodes of one alternative."""
    stack: list[tuple[str, str, list[_Node]]] = [("", "", [])]
    position = 0
    while position < len(body):
        match = _TOKEN.match(body, position)
        if match is None:
            raise ValueError(f"rule {name}: {body[position:]} is malformed")
        position = match.end()
        kind, reference, share, label, closing, literal = match.groups()
        if reference is not None:
            stack[-1][2].append(_Reference(kind, reference))
        elif share is not None:
            stack.append(("]", share, []))
        elif label is not None:
            stack.append((">", label, []))
        elif closing is not None:
            opened, value, inner = stack.pop()
            if opened != closing:
                raise ValueError(f"rule {name}: {closing} closes nothing in {body}")
            stack[-1][2].append(
                _Part(value, tuple(inner))
                if closing == ">"
                else _Option(int(value) / 100, tuple(inner))
            )
        else:
            stack[-1][2].append(_Literal(literal))
    if len(stack) != 1:
        raise ValueError(f"rule {name}: {body} is not closed")
    return tuple(stack[0][2])


@cache
def read_grammar() -> Grammar:
    """Return the grammar of Chinese address texts that the package holds."""
    words: dict[str, str] = {}
    rules: dict[str, list[str]] = {}
    for file in sorted(resources.files("geo.addressmaking").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text("utf-8"))
            words |= table.get("words", {})
            rules |= table.get("rules", {})
    return Grammar(words, rules)
