"""Files of what the store holds about people: none lies at its place without its audit entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from data.audit import AuditLog
from data.files import staged_path

__all__ = ["FAILED", "audited_entry", "audited_paths"]

FAILED = "failed"
"""Ends the act of an entry on files that were not written, or not all of them."""


@contextmanager
def audited_entry(
    audit: AuditLog,
    *,
    by: str,
    act: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Yield what makes an entry on files, to be called right before they go to their places.

    It takes what is to be added to the detail. Where the block fails before or after it, an entry
    ``ACT.failed`` says so.

    Parameters
    ----------
    by, act, subject, detail
        The entry; see :meth:`data.audit.AuditLog.append`.

    Raises
    ------
    StoreError
        If the entry cannot be made.
    """
    begun = made = False
    told = dict(detail or {})

    def enter(more: Mapping[str, Any]) -> None:
        nonlocal begun, made
        begun = True
        told.update(more)
        audit.append(by, act, subject, told)
        made = True

    try:
        yield enter
    except Exception:
        if made or not begun:
            audit.append(by, f"{act}.{FAILED}", subject, told)
        raise


@contextmanager
def audited_paths(
    audit: AuditLog,
    *paths: Path,
    by: str,
    act: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Path, ...]]:
    """Yield new empty files, readable by their owner only, that take the place of ``paths``.

    When the block ends well the entry is made first, then the files go to their places: where
    the entry cannot be made there is no file. Where the block or a file fails, an entry
    ``ACT.failed`` says so; after an entry that was made, it speaks of the same files.

    Parameters
    ----------
    by, act, subject, detail
        The entry; see :meth:`data.audit.AuditLog.append`.

    Raises
    ------
    StoreError
        If the entry cannot be made; every path is then as it was.
    StoreFullError, ExportError
        As :func:`data.files.staged_path` does.
    """
    with (
        audited_entry(audit, by=by, act=act, subject=subject, detail=detail) as enter,
        ExitStack() as stack,
    ):
        yield tuple(stack.enter_context(staged_path(path)) for path in paths)
        enter({})
