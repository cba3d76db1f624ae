"""Errors of the geo package: one root, each with its place and cure."""

from __future__ import annotations

import errno
from typing import Any

from geo.messages import Message

__all__ = [
    "DISK_FULL_ERRNOS",
    "AddressCorpusError",
    "AddressModelError",
    "AreaFileError",
    "ClosureError",
    "CoordinateError",
    "FieldwritError",
    "GazetteerError",
    "GeoError",
    "NetworkCacheError",
    "NetworkFileError",
    "ObservedTimeError",
    "OnlineKeyError",
    "OnlineQuotaError",
    "OnlineRefusedError",
    "OnlineServiceError",
    "OnlineTimeoutError",
    "TravelError",
]


DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the operating system says where disk, quota or size limit is reached."""


class FieldwritError(Exception):
    """Root of every error that Fieldwrit raises on purpose.

    Parameters
    ----------
    msgid
        Chinese source text with ``%(name)s`` fields: what happened, where, and the cure.
    **facts
        Values for the fields; also readable as ``error.facts["name"]``. No personal data.
    """

    def __init__(self, msgid: str, /, **facts: Any) -> None:
        self.message = Message(msgid, tuple(facts.items()))
        self.facts = facts
        super().__init__(msgid, facts)

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error pass from one process to another with all that it carries."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[FieldwritError], args: tuple[Any, ...], held: dict[str, Any]) -> Any:
    error = kind.__new__(kind, *args)
    error.__dict__.update(held)
    return error


class GeoError(FieldwritError):
    """Root of the geo package's errors."""


class CoordinateError(GeoError, ValueError):
    """A coordinate is no number, out of range, out of China, or swapped."""


class NetworkFileError(GeoError, ValueError):
    """A road file cannot be read, is cut short, or holds no drivable road."""


class NetworkCacheError(GeoError, OSError):
    """A cached network is missing, half-written, or belongs to another source."""


class OnlineRefusedError(GeoError, PermissionError):
    """A step would have used the internet without leave (LAW.md P9)."""


class OnlineServiceError(GeoError, OSError):
    """An online service is out of reach, failed, or answered what cannot be read.

    Names the service, never the address asked for, the key or the URL.
    """


class OnlineKeyError(OnlineServiceError):
    """An online service refused the court's key."""


class OnlineQuotaError(OnlineServiceError):
    """An online service, or the court's own limit, allows no more questions for now."""


class OnlineTimeoutError(OnlineServiceError, TimeoutError):
    """An online service did not answer in time."""


class TravelError(GeoError, ValueError):
    """A travel question that has no meaning: unknown profile or band, nan points."""


class ClosureError(GeoError, ValueError):
    """A closure of roads makes no sense: no reason, no place, times out of order."""


class ObservedTimeError(GeoError, ValueError):
    """A measured travel time, or a correction made of such times, cannot be used."""


class AreaFileError(GeoError, ValueError):
    """A boundary file cannot be read, or holds polygons that cannot be mended.

    Parameters
    ----------
    msgid, **facts
        What is wrong, or the first of several faults.
    problems
        The other faults of the file, one sentence each.
    """

    def __init__(self, msgid: str, /, *, problems: tuple[Message, ...] = (), **facts: Any) -> None:
        super().__init__(msgid, **facts)
        self.problems = problems


class AreaError(GeoError, ValueError):
    """A question to areas that has no meaning: points in no stated system, or no points."""


class GazetteerError(GeoError, ValueError):
    """A place-name table cannot be used."""


class AddressModelError(GeoError, ValueError):
    """A model of the address tagger cannot be read, or cannot be trained."""


class AddressCorpusError(GeoError, ValueError):
    """A file of labelled addresses cannot be read or written, or its labels make no sense."""
