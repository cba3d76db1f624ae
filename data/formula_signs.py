"""What a spreadsheet takes for the beginning of a formula; some fold full width to half."""

from __future__ import annotations

import re

__all__ = ["FORMULA_LIKE", "FORMULA_STARTS", "KEPT_AS_TEXT"]

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_START = f"[{re.escape(''.join(FORMULA_STARTS))}]"

FORMULA_LIKE = re.compile(f"'*{_START}")
"""What carries a quote in a text file, more quotes before it or none."""

KEPT_AS_TEXT = re.compile(f"'+{_START}")
"""What carries one, which an import takes off."""
