from __future__ import annotations

import ctypes
import signal
import threading
from pathlib import Path

import pytest

from web.config import Settings
from web.progress import stage


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_that_a_callback_dropped_stops_the_work_at_its_next_step(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    drop = ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))
    steps = []

    def work() -> None:
        with stage(Settings(tmp_path), "训练") as listener:
            for step in range(3):
                listener(step, 3)
                steps.append(step)
                drop()

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == [0]
    assert signal.getsignal(signal.SIGINT) is before


def test_work_in_another_thread_leaves_signals_alone(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work() -> None:
        with stage(Settings(tmp_path), "训练") as listener:
            listener(1, 1)
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
