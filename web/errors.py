"""Errors of the web package."""

from __future__ import annotations

from geo.errors import FieldwritError

__all__ = [
    "AnswerFormError",
    "ApprovalError",
    "AssetError",
    "BoardError",
    "BusyError",
    "ClosureFormError",
    "DeskFormError",
    "FieldPageError",
    "FreeTextError",
    "MeasureError",
    "NamesakeFormError",
    "OutcomeError",
    "ProtectionFormError",
    "ProtectionRefusedError",
    "ReachFormError",
    "RestrictionFormError",
    "SentError",
    "SettingsError",
    "ShellError",
    "StoppedError",
    "TableError",
    "WebError",
]


class WebError(FieldwritError):
    """Root of the web package's errors."""


class ApprovalError(WebError, ValueError):
    """A release or a share that may not be."""


class AssetError(WebError, RuntimeError):
    """Scripts, styles or fonts cannot be fetched."""


class AnswerFormError(WebError, ValueError):
    """Answers about a case that contradict each other, or that no form of ours sends."""


class BoardError(WebError, ValueError):
    """A change of the plan board that cannot be read, comes too late, or may not be kept."""


class BusyError(WebError, RuntimeError):
    """Long work is still under way, and there is room for one."""


class ClosureFormError(WebError, ValueError):
    """What a page asks to be closed is missing, not to be read, or makes no sense."""


class DeskFormError(WebError, ValueError):
    """What the desk of unsure places sends is missing, or not to be read."""


class FieldPageError(WebError, ValueError):
    """What an officer's device sends is missing or not to be read."""


class FreeTextError(WebError, ValueError):
    """A text that somebody typed holds data that may not be kept."""


class MeasureError(WebError, ValueError):
    """A step of enforcement that may not be scheduled, closed or entered like this."""


class NamesakeFormError(WebError, ValueError):
    """What was entered of a record to be compared is missing or not to be read."""


class SentError(WebError, ValueError):
    """A request whose body is not what is to be sent."""


class OutcomeError(WebError, ValueError):
    """An outcome that a device sent cannot be read."""


class ProtectionFormError(WebError, ValueError):
    """What was entered in the register of data protection is missing or not to be read."""


class ProtectionRefusedError(WebError, PermissionError):
    """Something that a rule of data protection does not let out."""


class ReachFormError(WebError, ValueError):
    """What a page asks about reach is missing, not to be read, or leads nowhere."""


class RestrictionFormError(WebError, ValueError):
    """What was entered of a restriction is missing or not to be read."""


class SettingsError(WebError, ValueError):
    """A file of settings that is missing, open to others, or cannot be used."""


class ShellError(WebError, ValueError):
    """A map shell links to something that is not served from here."""


class TableError(WebError, ValueError):
    """A table of addresses that cannot be used."""


class StoppedError(WebError, RuntimeError):
    """The user stopped long work; what was done is kept."""
