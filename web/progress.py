"""Progress bars in the terminal, on standard error so that results stay clean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from geo.ports import ProgressListener
from web.config import Settings
from web.i18n import translator

__all__ = ["notify", "stage"]

_CONSOLE = Console(stderr=True)


@contextmanager
def stage(settings: Settings, title: str) -> Iterator[ProgressListener]:
    """Show one bar while the block runs; yields the listener that moves it.

    ``title`` is Chinese source text; it is shown in the language of the settings.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_CONSOLE) as progress:
        task = progress.add_task(translator(settings.language)(title), total=None)

        def listener(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield listener
        if not progress.tasks[0].total:
            progress.update(task, total=1, completed=1)


def notify(text: str) -> None:
    """Show one line, above the bars that are moving."""
    _CONSOLE.print(text, markup=False, highlight=False)
