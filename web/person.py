"""Who gave a name and a password at the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from routes.model import SecretText

__all__ = ["Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """The user name and password that somebody gave; nobody has looked yet whether they fit."""

    username: str
    password: SecretText
