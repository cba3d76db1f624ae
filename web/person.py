"""Who gave a name and a password at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from routes.model import SecretText

__all__ = ["Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """The user name and password that somebody gave; nobody has looked yet whether they fit.

    ``ask_code`` asks for the code of the second factor, once that is known to be needed.
    """

    username: str
    password: SecretText
    ask_code: Callable[[], str] = field(repr=False, compare=False)
