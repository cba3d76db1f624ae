"""What officers read of a hearing or keys to be given over besides its title: case and address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.store import Store
from routes.model import SecretText
from routes.planning.problem import Problem

__all__ = ["DutyWords", "duty_words"]


@dataclass(frozen=True, slots=True)
class DutyWords:
    """Case and address of a duty of the court's table; empty and None where it names none."""

    case_id: str = ""
    case_number: str = ""
    address: SecretText | None = None


def duty_words(store: Store, problem: Problem) -> Mapping[str, DutyWords]:
    """Return what is read of the duties of a problem, by their ids.

    Addresses are among it: the caller records the reading.
    """
    wanted = {duty.id for duty in problem.duties}
    days = {duty.day for duty in problem.duties}
    entered = tuple(one for one in store.entered_duties(days) if one.duty_id in wanted)
    numbers = store.duty_cases(entered)
    return {
        one.duty_id: DutyWords(
            *(("", "") if one.case_id is None else (one.case_id, numbers[one.case_id])),
            one.address,
        )
        for one in entered
    }
