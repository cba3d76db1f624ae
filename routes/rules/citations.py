"""What a rule rests on: instruments with the version read, and articles in them.

>>> str(cite("CPL", 235, 247))
'民事诉讼法第235条、第247条'
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

__all__ = ["INSTRUMENTS", "Citation", "Instrument", "Verified", "cite"]

_POLICY = "POLICY"


class Verified(StrEnum):
    """How an instrument's words were checked."""

    TEXT = "text"
    PAGE = "page"
    OWN = "own"  # set here, not read anywhere
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law, interpretation or rule in the version that was read.

    Parameters
    ----------
    version
        What tells this text from earlier and later ones.
    effective_on
        First day on which this version is in force.
    newest_version, newest_on
        The newest text that is known of, and its first day; those of this one where nothing newer
        is known.
    """

    key: str
    title: str
    version: str
    effective_on: date
    verified: Verified
    newest_version: str
    newest_on: date

    @property
    def has_newer(self) -> bool:
        """Whether a newer text is known of."""
        return self.effective_on < self.newest_on

    def revised_by(self, day: date) -> bool:
        """Return whether a newer text than this one is in force on a day."""
        return self.has_newer and self.newest_on <= day


def _instruments() -> Mapping[str, Instrument]:
    text = (files("routes.rules") / "instruments.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            key: Instrument(
                key,
                row["title"],
                row["version"],
                row["effective_on"],
                Verified(row["verified"]),
                row.get("newest_version", row["version"]),
                row.get("newest_on", row["effective_on"]),
            )
            for key, row in tomllib.loads(text).items()
        }
    )


INSTRUMENTS: Mapping[str, Instrument] = _instruments()
"""Every instrument that a rule cites, by its key."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Articles of one instrument; the whole of it where none is named.

    The text is what screens show: instrument and article only.
    """

    instrument: Instrument
    articles: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.instrument.key == _POLICY:
            return self.instrument.title + "、".join(self.articles)
        return self.instrument.title + "、".join(f"第{each}条" for each in self.articles)


def cite(key: str, *articles: int | str) -> Citation:
    """Return a citation of articles of an instrument, by its key in ``instruments.toml``."""
    return Citation(INSTRUMENTS[key], tuple(str(each) for each in articles))
