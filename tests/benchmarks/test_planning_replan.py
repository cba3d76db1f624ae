"""Each kind of disturbance of the planning benchmark strikes a plan and is answered."""

from __future__ import annotations

import pytest

from benchmarks.planning_replan import KINDS, Answer, answered, print_answers


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_each_kind_is_answered(number: int) -> None:
    answer = answered((1, number), stop_s=0.2, full_s=0.3)
    assert answer.took_s > 0.0
    assert 0.5 < answer.over_full < 2.0


def test_answers_are_printed_as_figures(capsys: pytest.CaptureFixture[str]) -> None:
    print_answers([Answer("a", 1.0, 0.5), Answer("b", 2.0, 1.0), Answer("b", 3.0, 2.0)])
    figures = dict(line.split()[:2] for line in capsys.readouterr().out.splitlines())
    assert float(figures["replan_value_over_full"]) == pytest.approx(1.0)
    assert float(figures["replan_value_over_full_worst"]) == 0.5
    assert float(figures["replan_kinds"]) == 2.0
    assert float(figures["replan_p95_s"]) == pytest.approx(2.9)
