"""The catalogue of texts: which Chinese texts the sources hold, and which of them lack English.

``python -m web.catalogue`` brings ``translations/en`` up to date: new texts are added with an
empty translation, texts that are gone are dropped, and what lacks a translation is listed.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

import data
import geo
import routes
import web
from geo.errors import FieldwritError

__all__ = ["ENGLISH", "main", "read_catalogue", "source_texts"]

_WEB = Path(__file__).resolve().parent
_ROOT = _WEB.parent
ENGLISH = _WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po"
_MARKERS = ("message", "marked", "_", "_l", "gettext", "lazy_gettext", "refuse", "error", "say")
_CHINESE = re.compile(r"[一-龥、（]")


def main() -> int:
    """Run the command; returns 1 where texts lack a translation."""
    held = read_catalogue()
    fresh = Catalog(locale="en", project="fieldwrit", fuzzy=False, charset="utf-8")
    for text in source_texts():
        message = held.get(text)
        fresh.add(text, message.string if message else "")
    written = io.BytesIO()
    write_po(written, fresh, width=0, no_location=True, omit_header=True)
    header = (
        'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    ENGLISH.write_text(header + written.getvalue().decode("utf-8"), encoding="utf-8")
    missing = [str(message.id) for message in fresh if message.id and not message.string]
    sys.stdout.writelines(f"{text}\n" for text in missing)
    return 1 if missing else 0


def read_catalogue(path: Path = ENGLISH) -> Catalog:
    """Return the English catalogue; empty where the file does not exist yet."""
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as lines:
        return read_po(lines, locale="en", abort_invalid=True)


def source_texts(root: Path = _ROOT) -> dict[str, str]:
    """Return each Chinese text that readers may see, with the first place that holds it.

    A text is found where it is the first argument of a marker such as ``message`` or ``_``, or
    of an error of Fieldwrit.
    """
    with (_WEB / "babel.cfg").open(encoding="utf-8") as lines:
        methods, options = parse_mapping_cfg(lines)  # type: ignore[no-untyped-call]
    keywords = dict.fromkeys((*_MARKERS, *_error_names(FieldwritError)))
    found: dict[str, str] = {}
    for package in ("geo", "routes", "data", "web"):
        texts = extract_from_dir(
            root / package,
            [(pattern.removeprefix(f"{package}/"), method) for pattern, method in methods],
            {pattern.removeprefix(f"{package}/"): chosen for pattern, chosen in options.items()},
            keywords=keywords,
        )
        for file, line, text, _comments, _context in texts:
            first = text if isinstance(text, str) else text[0]
            if first and _CHINESE.search(first):
                found.setdefault(first, f"{package}/{file}:{line}")
    return found


def _error_names(root: type[FieldwritError]) -> Iterator[str]:
    for package in (geo, routes, data, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    waiting = [root]
    while waiting:
        one = waiting.pop()
        yield one.__name__
        waiting.extend(one.__subclasses__())


if __name__ == "__main__":
    sys.exit(main())
