"""A page's question whether a form would be taken; nothing is done for it.

The form keeps what was typed until the answer is yes (``static/js/forms.js``).
"""

from __future__ import annotations

from flask import request

__all__ = ["is_check"]

_CHECK_ONLY = "X-Check-Only"


def is_check() -> bool:
    """Whether the request asks only."""
    return _CHECK_ONLY in request.headers
