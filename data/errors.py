"""Errors of the data package."""

from __future__ import annotations

from typing import Any

from geo.errors import FieldwritError
from geo.messages import Message
from routes.model import Finding

__all__ = [
    "AuditError",
    "BackupError",
    "BoxError",
    "DataError",
    "DuplicateError",
    "ExportError",
    "ImportRefusedError",
    "KeyFileError",
    "RestrictionError",
    "StaleError",
    "StoreBusyError",
    "StoreError",
    "StoreFullError",
    "TableFileError",
    "UnreadableFieldError",
    "WorkerError",
]


class DataError(FieldwritError):
    """Root of the data package's errors."""


class StoreError(DataError, RuntimeError):
    """The store cannot be opened, is of another version, or refused a write."""


class StoreBusyError(StoreError):
    """Another writer held the store for too long; the same step can be tried again."""


class StoreFullError(StoreError):
    """The disk was full; the store is as it was before the step."""


class DuplicateError(StoreError):
    """An object with this identifier is already stored."""


class UnreadableFieldError(StoreError):
    """An encrypted field that no held key opens."""


class WorkerError(StoreError):
    """Another process works on the store's jobs, or this one does no longer."""


class StaleError(StoreError):
    """A change of what another has changed since; it was not kept, the other's stands.

    Parameters
    ----------
    msgid, **facts
        Summary for people.
    asked, stored
        The version that the change was made of, and the one that is stored.
    """

    def __init__(self, msgid: str, /, *, asked: str, stored: str, **facts: Any) -> None:
        super().__init__(msgid, asked=asked, stored=stored, **facts)
        self.asked, self.stored = asked, stored


class RestrictionError(StoreError):
    """A record that a rule forbids, or wants signed; it was not kept.

    Parameters
    ----------
    msgid, **facts
        Summary for people.
    findings
        What the rules say against it, at least one.
    """

    def __init__(self, msgid: str, /, *, findings: tuple[Finding, ...], **facts: Any) -> None:
        super().__init__(msgid, **facts)
        self.findings = findings


class BoxError(DataError, ValueError):
    """A box of coordinates that cannot be searched."""


class KeyFileError(DataError, PermissionError):
    """The key file is missing, damaged, or readable by others."""


class AuditError(DataError, ValueError):
    """The audit chain does not verify; names the entry."""


class BackupError(DataError, ValueError):
    """A backup that cannot be made, opened or put in place; what was there is as it was."""


class TableFileError(DataError, ValueError):
    """A table file cannot be read at all: unreadable, cut short, wrong kind, no header."""


class ExportError(DataError, ValueError):
    """An export that cannot be written."""


class ImportRefusedError(DataError, ValueError):
    """Rows of a file were refused and nothing was stored.

    Parameters
    ----------
    msgid, **facts
        Summary for people.
    problems
        One :class:`geo.messages.Message` a refused cell: file, sheet, row, column and cure.
    """

    def __init__(self, msgid: str, /, *, problems: tuple[Message, ...] = (), **facts: Any) -> None:
        super().__init__(msgid, **facts)
        self.problems = problems
