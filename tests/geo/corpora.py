"""Labelled address texts of the reference data, read at test time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FILES = ("ccks2021_dev.conll", "ncap_dev.txt")


@dataclass
class Labelled:
    """One text with its labelled spans (label, start, end)."""

    text: str = ""
    spans: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, character: str, tag: str) -> None:
        mark, _, label = tag.lower().partition("-")
        at = len(self.text)
        self.text += character
        if mark == "o":
            return
        if mark in "ie" and self.spans and self.spans[-1][0] == label and self.spans[-1][2] == at:
            self.spans[-1] = (label, self.spans[-1][1], at + len(character))
        else:
            self.spans.append((label, at, at + len(character)))


def read(path: Path) -> Iterator[Labelled]:
    """Yield the texts of a file with one character and one label a line."""
    row = Labelled()
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if len(fields) == 2:
            row.add(*fields)
        elif row.text:
            yield row
            row = Labelled()
    if row.text:
        yield row
