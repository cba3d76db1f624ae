"""Plans written to files that other programs read, and to pages that people carry."""

from __future__ import annotations

from data.exports.export import FORMATS, export_plan
from data.exports.model import StopLabel

__all__ = ["FORMATS", "StopLabel", "export_plan"]
