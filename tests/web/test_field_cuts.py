"""Outcomes that are entered without a signal and sent over a bad one: each is stored once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.browser import MISSING, is_installed
from tests.web.cut_connection import Cut
from tests.web.field_day import field_day
from web import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]


def test_what_is_sent_over_a_bad_line_is_stored_once(tmp_path: Path) -> None:
    told = field_day(tmp_path / "data", devices=2, outcomes=12, seed=3)
    assert (told.sent, told.once, told.lost, told.doubled) == (24, 24, 0, 0)
    assert {Cut.IN_REQUEST, Cut.BEFORE_ANSWER, Cut.NONE} <= set(told.cuts)
