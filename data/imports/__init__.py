"""Imports of the court's tables and boundaries."""

from __future__ import annotations

from data.imports.importers import IMPORT_KINDS, import_file
from data.imports.report import ImportReport

__all__ = ["IMPORT_KINDS", "ImportReport", "import_file"]
