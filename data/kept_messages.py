"""Messages that are kept until they are read, and then shown in the reader's language."""

from __future__ import annotations

from typing import Any

from geo.messages import Message

__all__ = ["coded", "decoded"]


def coded(said: Message) -> list[Any]:
    """Return a message as JSON can hold it; facts that it cannot hold are for ``default=str``."""
    facts = [
        [name, coded(value) if isinstance(value, Message) else value] for name, value in said.facts
    ]
    return [said.msgid, facts]


def decoded(code: list[Any]) -> Message:
    """Return the message of a code."""
    msgid, facts = code
    values = ((name, decoded(v) if isinstance(v, list) else v) for name, v in facts)
    return Message(msgid, tuple(values))
