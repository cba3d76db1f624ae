"""Papers that a team takes along to a step: those it needs, and what else is on its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from geo.messages import Message
from routes.documents import Approver, DocumentKind
from routes.measures import Measure
from routes.needs import MeasureNeeds
from routes.rules.measure_facts import document_fault

__all__ = ["Paper", "needed_papers", "papers_to_carry"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of a step, as it stands on a day.

    Parameters
    ----------
    office
        Which must sign it; None where any may.
    number
        As it is on record; empty where it is not.
    fault
        What is wrong with it on that day, and the cure; None where it is in order.
    """

    kind: DocumentKind
    office: Approver | None = None
    number: str = field(default="", repr=False)
    fault: Message | None = None

    @property
    def blank(self) -> bool:
        """Whether it is taken along to be filled in."""
        return self.kind.filled_in_there and not self.number


def needed_papers(step: Measure, needs: MeasureNeeds, *, on: date) -> tuple[Paper, ...]:
    """Return the papers that a step needs, in the order of its table.

    Parameters
    ----------
    on
        The day on which it is taken.
    """
    return tuple(_paper(step, kind, office, on) for kind, office in needs.documents)


def papers_to_carry(step: Measure, needs: MeasureNeeds, *, on: date) -> tuple[Paper, ...]:
    """Return the papers that a step needs, then the others that are on record of it."""
    needed = needed_papers(step, needs, on=on)
    others = dict.fromkeys(one.kind for one in step.documents)
    for each in needed:
        others.pop(each.kind, None)
    return needed + tuple(_paper(step, kind, None, on) for kind in others)


def _paper(step: Measure, kind: DocumentKind, office: Approver | None, on: date) -> Paper:
    held = step.document(kind)
    fault = document_fault(held, kind, by=office, on=on)
    return Paper(kind, office, "" if held is None else held.number.strip(), fault)
