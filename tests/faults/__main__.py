"""Faults in number: ``python -m tests.faults``; prints ``name value unit`` lines.

Work of every kind is killed (SIGKILL) at random moments, disks fill up, files are torn; after each
fault the store must open or say what is wrong, and no acknowledged record may be gone.
"""

from __future__ import annotations

import argparse
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.kinds import all_kinds
from tests.faults.trials import Trials, small_disk
from web.build import compile_catalogues

_DISK_MIB = 24


def main() -> int:
    """Run the command; returns 1 where something was lost, or not as it should be."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--full-disks", type=int, default=50)
    options.add_argument("--torn", type=int, default=50)
    options.add_argument("--seconds", type=float, default=1200.0, help="at most")
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    compile_catalogues()
    ends_s, begun_s = time.monotonic() + asked.seconds, time.monotonic()
    kinds = all_kinds()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with (
        Trials.begin(asked.seed) as trials,
        small_disk(_DISK_MIB) as disk,
        Progress(*columns, console=Console(stderr=True)) as shown,
    ):
        # all kinds of fault in turn, so that a short run has something of each
        turns = sorted(
            [(n / asked.kills, 0, n) for n in range(asked.kills)]
            + [(n / asked.full_disks, 1, n) for n in range(asked.full_disks)]
            + [(n / asked.torn, 2, n) for n in range(asked.torn)]
        )
        bar = shown.add_task("faults", total=len(turns))
        writers = kinds[:3]
        for _, what, number in turns:
            if time.monotonic() > ends_s:
                break
            if what == 0:
                trials.kill(kinds[number % len(kinds)])
            elif what == 1:
                trials.fill_disk(kinds[number % len(kinds)], disk)
            else:
                act = (trials.tear_log, trials.cut_database, trials.tear_log, trials.lose_log)
                act[number % len(act)](writers[number // len(act) % len(writers)])
            shown.advance(bar)
        by = "tmpfs" if disk is not None else "RLIMIT_FSIZE"
    for name in ("faults_injected", "records_lost", "half_records", "records_acknowledged"):
        sys.stdout.write(f"{name} {trials.counts.pop(name, 0)} count\n")
    for name, count in sorted(trials.counts.items()):
        if count:
            sys.stdout.write(f"{name} {count} count\n")
    sys.stdout.write(f"problems {len(trials.problems)} count\n")
    sys.stdout.write(f"faults_time {time.monotonic() - begun_s:.0f} s\n")
    sys.stderr.write(f"full disks by {by}\n")
    return 1 if trials.problems else 0


if __name__ == "__main__":
    sys.exit(main())
