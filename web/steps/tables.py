"""Take one file into the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.imports import ImportReport
from data.imports import import_file as import_into
from data.previews import PERSONAL, read_preview
from data.previews import preview_file as preview_into
from data.sealed_files import OPEN
from data.terminal import TERMINAL
from data.workshops import workshop
from geo.model import Datum
from routes.ports import Clock
from web.clock import system_clock
from web.config import PLACES_FILE, Settings
from web.i18n import Translate, marked, translator
from web.progress import stage
from web.stores import open_store

if TYPE_CHECKING:
    from geo.datum_evidence import KnownPlaces

__all__ = ["import_file", "preview_file", "preview_lines", "roads_known", "summary", "take_in"]


_SHOWN = 50
_COUNTS = ("rows", "fresh", "changed", "unchanged", "quarantined", "missing")


def import_file(
    settings: Settings,
    kind: str,
    path: Path,
    *,
    datum: Datum | None = None,
    quarantine: bool = False,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Take one file into the store; a refused file changes nothing."""
    report = take_in(settings, kind, path, datum=datum, quarantine=quarantine, clock=clock)
    return summary(report, translator(settings.language))


def take_in(
    settings: Settings,
    kind: str,
    path: Path,
    *,
    datum: Datum | None = None,
    quarantine: bool = False,
    told: Mapping[str, str] | None = None,
    left_out: Collection[str] | None = None,
    clock: Clock = system_clock,
) -> ImportReport:
    """Take one file into the store, and return what became of its rows."""
    with (
        closing(open_store(settings, clock)) as store,
        stage(settings, marked("导入")) as listener,
    ):
        return import_into(
            store,
            kind,
            path,
            datum=datum,
            quarantine=quarantine,
            told=told,
            left_out=left_out,
            known=roads_known(settings),
            progress=listener,
        )


def preview_file(
    settings: Settings,
    kind: str,
    path: Path,
    into: Path,
    *,
    datum: Datum | None = None,
    told: Mapping[str, str] | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Say what an import of a file would change; nothing is stored but that it was compared."""
    with (
        closing(open_store(settings, clock)) as store,
        stage(settings, marked("比对")) as listener,
    ):
        seen = preview_into(store, kind, path, into, datum=datum, told=told, progress=listener)
        counts = {name: getattr(seen, name) for name in _COUNTS}
        store.audit.append(TERMINAL, "import.preview", f"import:{kind}", counts)
    say = translator(settings.language)
    return {
        "kind": kind,
        **counts,
        "refused": seen.refused,
        "notes": [note.render(say) for note in seen.notes],
        "problems": [problem.render(say) for problem in seen.problems],
    }


def preview_lines(
    settings: Settings,
    kind: str,
    path: Path,
    *,
    datum: Datum | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Say what an import of a file would change, the first cases of it one by one.

    Of a person or an address only that it changes is told: a terminal's output is often kept.
    """
    with closing(open_store(settings, clock)) as store:
        cipher = store.cipher
    settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)
    with workshop(settings.uploads_dir, OPEN) as folder:
        into = folder / "lines"
        seen = preview_file(settings, kind, path, into, datum=datum, clock=clock)
        changed = read_preview(cipher, into, "changed", count=_SHOWN)
        missing = read_preview(cipher, into, "missing", count=_SHOWN)
    say = translator(settings.language)
    seen["changes"] = [
        say(line) % {"number": case["number"], "header": header, "old": old, "new": new}
        for case in changed
        for header, old, new, line in _told(case)
    ]
    seen["lacks"] = [
        say(marked("文件中没有：%(number)s")) % {"number": number}
        for number in dict.fromkeys(one["number"] for one in missing)
    ]
    return seen


def _told(case: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for part in case["parts"]:
        for header, old, new in part["fields"]:
            if part["of"] not in ("Case", "Row") or header in PERSONAL:
                yield header, "", "", marked("%(number)s %(header)s：有改动")
            else:
                yield header, old, new, marked("%(number)s %(header)s：%(old)s → %(new)s")


def summary(report: ImportReport, say: Translate) -> dict[str, Any]:
    """Return what became of a file's rows, as commands show it."""
    return {
        "kind": report.kind,
        "rows": report.rows,
        "accepted": report.accepted,
        "unchanged": report.unchanged,
        "corrected": report.corrected,
        "quarantined": report.quarantined,
        "encoding": report.encoding,
        "templates_used": list(report.templates),
        "notes": [note.render(say) for note in report.notes],
        "problems": [problem.render(say) for problem in report.problems],
    }


def roads_known(settings: Settings) -> Callable[[], KnownPlaces] | None:
    """Return what reads the places of the built road network; None where none was built."""
    places_file = settings.network_dir / PLACES_FILE
    if not places_file.exists():
        return None

    def read() -> KnownPlaces:
        from geo.datum_evidence import known_places
        from geo.network import load_network
        from geo.placefile import load_places

        return known_places(load_network(settings.network_dir), load_places(places_file))

    return read
