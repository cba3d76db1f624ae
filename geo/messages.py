"""Texts that people read, kept apart from the values inside them.

A message holds its Chinese source text (the catalogue's ``msgid``) and the facts that fill
it. ``str(message)`` is the Chinese sentence; a caller with a catalogue translates ``msgid``
first. So the lower packages speak without knowing who listens or in which language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Message", "message"]

_Facts = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for people: source text with ``%(name)s`` fields, and their values.

    Parameters
    ----------
    msgid
        Chinese source text, the key of the gettext catalogue.
    facts
        Pairs of field name and value. Never personal data: messages reach logs and pages.
    """

    msgid: str
    facts: _Facts = ()

    def render(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence, after ``translate`` was applied to its source text.

        A fact that is itself a message is translated too.
        """
        filled = {
            name: value.render(translate) if isinstance(value, Message) else value
            for name, value in self.facts
        }
        text = translate(self.msgid)
        return text % filled if filled else text

    def __str__(self) -> str:
        return self.render()


def message(msgid: str, /, **facts: Any) -> Message:
    """Build a :class:`Message`; catalogue extraction looks for calls of this name.

    Examples
    --------
    >>> str(message("第 %(row)d 行缺少案号", row=7))
    '第 7 行缺少案号'
    """
    return Message(msgid, tuple(facts.items()))
