"""How the audit names who acts at the terminal in nobody's name."""

from __future__ import annotations

__all__ = ["TERMINAL"]

TERMINAL = "cli"
"""Stands for the owner of the data folder; the audit chain says which system user that was."""
