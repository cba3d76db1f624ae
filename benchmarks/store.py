"""The store at the size of a large court: imports, what the audit costs, the pages' questions.

``python -m benchmarks.store [--rows N] [--cases N]`` prints ``name value unit``. A file of 100,000
case rows with two addresses each is imported, beside the bare reader in the same run; then the
questions of the pages are asked of 300,000 cases, in the process that a web server would have;
all on SQLite and on a PostgreSQL server of the run's own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import python_calamine

from benchmarks.postgres_server import database, running
from benchmarks.report import figure
from benchmarks.store_cases import AS_OF, write_cases
from benchmarks.store_court import FilledCourt, fill_stores
from benchmarks.store_queries import query_times_ms
from data.crypto import FieldCipher, read_key_file
from data.imports import import_file
from data.model import AuditEntry
from data.sqlite import Sqlite
from data.store import DATABASE_NAME, KEY_NAME, Store
from data.work import Database, Work, open_database

__all__ = ["audit_overhead", "clock", "import_figures", "main", "read_s"]

_ROWS = 100_000
_CASES = 300_000
_AUDITED_ROWS = 2_000
_PAIRS = 5


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=_ROWS, help="rows of the imported file")
    parser.add_argument("--cases", type=int, default=_CASES, help="cases of the queried store")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(_server())
        path = folder / "cases.xlsx"
        write_cases(path, options.rows)
        found = _apart(import_figures, path, folder / "imported", None)
        bare_s = read_s(path)
        figure("import_rows", options.rows, "rows")
        figure("import_100k_s", found["import_s"], "s")
        figure("import_reader_s", bare_s, "s")
        figure("import_time_over_reader", found["import_s"] / bare_s, "ratio")
        figure("import_memory_mib", found["memory_mib"], "MiB")
        figure("reimport_s", found["reimport_s"], "s")
        with server("imported") as url:
            found = _apart(import_figures, path, folder / "imported_postgis", url)
            figure("import_100k_s_postgis", found["import_s"], "s")
            figure("reimport_s_postgis", found["reimport_s"], "s")
        part = folder / "part.xlsx"
        write_cases(part, min(_AUDITED_ROWS, options.rows))
        figure("audit_overhead", audit_overhead(part, folder, pairs=_PAIRS), "ratio")
        figure("query_cases", options.cases, "cases")
        with server("asked") as url:
            stores = {
                suffix: Store.open(folder / "asked", clock=clock, url=where, create=True)
                for suffix, where in (("", None), ("_postgis", url))
            }
            court = fill_stores(tuple(stores.values()), options.cases)
            for suffix, store in stores.items():
                _query_figures(suffix, store, court)
                store.close()


def clock() -> datetime:
    """Return the moment of the run."""
    return datetime(AS_OF.year, AS_OF.month, AS_OF.day, 8, tzinfo=UTC)


def import_figures(path: Path, folder: Path, url: str | None) -> dict[str, float]:
    """Import a file twice into a new store; times, and the peak memory of this process."""
    store = Store.open(folder, clock=clock, url=url, create=True)
    begun_s = time.perf_counter()
    first = import_file(store, "cases", path)
    import_s = time.perf_counter() - begun_s
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun_s = time.perf_counter()
    again = import_file(store, "cases", path)
    reimport_s = time.perf_counter() - begun_s
    store.close()
    if (first.accepted, again.unchanged) != (first.rows, first.rows):
        raise SystemExit("rows were not stored as they stand, or not known again")
    return {"import_s": import_s, "memory_mib": memory_mib, "reimport_s": reimport_s}


def read_s(path: Path) -> float:
    """Return how long the bare reader takes for all rows of a file."""
    begun_s = time.perf_counter()
    with python_calamine.load_workbook(path) as book:
        for _ in book.get_sheet_by_index(0).iter_rows():
            pass
    return time.perf_counter() - begun_s


def audit_overhead(path: Path, folder: Path, *, pairs: int) -> float:
    """Return by how much the audit lengthens an import: the median of pairs, each in turn first."""
    shares = []
    for number in range(pairs):
        spent = {}
        for audited in (True, False) if number % 2 else (False, True):
            home = folder / f"audit_{number}_{audited}"
            Store.open(home, clock=clock, create=True).close()
            backend, cipher = (
                Sqlite(home / DATABASE_NAME),
                FieldCipher.of(read_key_file(home / KEY_NAME)),
            )
            opened = open_database(backend, cipher, clock)
            store = Store(
                opened if audited else _Silent(backend, opened.engine, opened.keys, clock)
            )
            begun_s = time.perf_counter()
            import_file(store, "cases", path)
            spent[audited] = time.perf_counter() - begun_s
            store.close()
        shares.append(spent[True] / spent[False] - 1.0)
    return statistics.median(shares)


class _SilentWork(Work):
    """A transaction that records nothing."""

    def record(
        self, actor: str, act: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        return AuditEntry(0, self.clock(), actor, act, subject, detail or {})


@dataclass(frozen=True)
class _Silent(Database):
    """A database whose transactions record nothing: what the audit is measured against."""

    @contextmanager
    def write(self) -> Iterator[Work]:
        with super().write() as work:
            yield _SilentWork(work.connection, work.cipher, work.clock, work.operator)


def _query_figures(suffix: str, store: Store, court: FilledCourt) -> None:
    spent = query_times_ms(store, court)
    everything = sorted(ms for times in spent.values() for ms in times)
    figure(f"query_p95_ms{suffix}", _p95(everything), "ms")
    for name, times in spent.items():
        figure(f"query_{name}_p95_ms{suffix}", _p95(sorted(times)), "ms")
    begun_s = time.perf_counter()
    store.case_points()
    figure(f"overview_query_ms{suffix}", 1000 * (time.perf_counter() - begun_s), "ms")


def _p95(ordered: list[float]) -> float:
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def _apart(
    work: Callable[[Path, Path, str | None], dict[str, float]], *args: Any
) -> dict[str, float]:
    """Return what ``work`` finds in a process of its own, so that its memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(work, *args).result()


@contextmanager
def _server() -> Iterator[Callable[[str], AbstractContextManager[str]]]:
    """Yield what makes a database on a PostgreSQL server of the run's own."""
    with running(shared_buffers="128MB") as server:  # its own default
        yield partial(database, server)


if __name__ == "__main__":
    main()
