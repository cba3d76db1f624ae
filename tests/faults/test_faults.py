"""A few of each kind of fault; ``make faults`` injects hundreds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.kinds import Kind, all_kinds
from tests.faults.trials import Trials, small_disk

_KINDS = {one.name: one for one in all_kinds()}


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with Trials.begin(7, lasts_s=0.4) as begun:
        yield begun


@pytest.fixture(autouse=True)
def _nothing_is_lost(trials: Trials) -> Iterator[None]:
    before = trials.counts["faults_injected"]
    yield
    assert trials.counts["faults_injected"] == before + 1
    assert trials.problems == []
    assert trials.counts["records_lost"] == trials.counts["half_records"] == 0


@pytest.mark.parametrize("kind", _KINDS.values(), ids=_KINDS)
def test_killed_work_loses_nothing(trials: Trials, kind: Kind) -> None:
    trials.kill(kind)


@pytest.mark.parametrize("name", ["import", "key_rotation"])
def test_a_full_disk_loses_nothing(trials: Trials, name: str) -> None:
    with small_disk(24) as disk:
        trials.fill_disk(_KINDS[name], disk)


def test_a_limit_on_files_loses_nothing(trials: Trials) -> None:
    trials.fill_disk(_KINDS["plan"], None)


def test_a_torn_log_loses_nothing_that_was_told(trials: Trials) -> None:
    trials.tear_log(_KINDS["plan"])


def test_a_log_that_is_gone_is_told(trials: Trials) -> None:
    before = trials.counts["found_audit.back"]
    trials.lose_log(_KINDS["plan"])
    assert trials.counts["found_audit.back"] == before + 1


def test_a_cut_database_is_told_and_the_backup_brings_it_back(trials: Trials) -> None:
    trials.cut_database(_KINDS["import"])
