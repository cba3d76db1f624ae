"""Progress bars in the terminal, on standard error so that results stay clean."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

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

    ``title`` is Chinese source text; it is shown in the language of the settings. Where the
    settings say who watches, there is no bar.
    """
    if settings.watch is not None:
        yield settings.watch(title)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with _interruption() as interrupted, Progress(*columns, console=_CONSOLE) as progress:
        task = progress.add_task(translator(settings.language)(title), total=None)

        def listener(done: int, total: int) -> None:
            if interrupted():
                raise KeyboardInterrupt
            progress.update(task, completed=done, total=total)

        yield listener
        if not progress.tasks[0].total:
            progress.update(task, total=1, completed=1)


@contextmanager
def _interruption() -> Iterator[Callable[[], bool]]:
    """Yield what tells whether Ctrl-C was pressed since, also where Python lost the exception.

    One that arrives while LLVM compiles is raised inside a callback of ctypes, which drops it.
    """
    pressed = threading.Event()

    def press(signum: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.default_int_handler(signum, frame)

    hears = threading.current_thread() is threading.main_thread()
    if not hears or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed.is_set
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def notify(text: str) -> None:
    """Show one line, above the bars that are moving."""
    _CONSOLE.print(text, markup=False, highlight=False)
