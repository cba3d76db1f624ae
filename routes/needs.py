"""Papers, people and time that a step needs, for the planner and for a team's pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from routes.documents import Approver, DocumentKind
from routes.measures import Arrangement, Attendee, Measure, MeasureKind
from routes.model import DebtorKind

__all__ = ["NEEDS", "MeasureNeeds", "measure_needs"]


@dataclass(frozen=True, slots=True)
class MeasureNeeds:
    """What a step must have before it starts.

    Parameters
    ----------
    skills
        Codes of :class:`routes.model.Team`.
    officers
        Court staff, at least.
    recorders
        Recording units.
    documents
        With the office that signs each; None where any office may.
    attendees
        Who is told to be present; refusing to come stops nothing.
    service_s
        Time at the door, seconds; the court's own planning figure.
    """

    skills: frozenset[str]
    officers: int
    recorders: int
    documents: tuple[tuple[DocumentKind, Approver | None], ...]
    attendees: frozenset[Attendee]
    arrangements: frozenset[Arrangement]
    service_s: int


_CREW = frozenset({"licence", "recorder"})
_FORCE = _CREW | {"judicial_police"}
_WITNESSES = frozenset({Attendee.DEBTOR_OR_ADULT_FAMILY, Attendee.GRASSROOTS_DELEGATE})
_NOBODY: frozenset[Attendee] = frozenset()
_UNIFORM = frozenset({Arrangement.UNIFORM_AND_CARDS})
_MINUTE_S = 60

NEEDS: Mapping[MeasureKind, MeasureNeeds] = MappingProxyType(
    {
        MeasureKind.VISIT: MeasureNeeds(_CREW, 2, 1, (), _NOBODY, _UNIFORM, 20 * _MINUTE_S),
        MeasureKind.SERVICE: MeasureNeeds(
            _CREW,
            2,
            1,
            ((DocumentKind.SERVICE_RECEIPT, None),),
            _NOBODY,
            _UNIFORM,
            20 * _MINUTE_S,
        ),
        MeasureKind.LIVE_SEIZURE: MeasureNeeds(
            _CREW,
            2,
            2,
            ((DocumentKind.SEIZURE_RULING, None), (DocumentKind.INVENTORY, None)),
            _WITNESSES,
            _UNIFORM,
            60 * _MINUTE_S,
        ),
        MeasureKind.SEIZURE: MeasureNeeds(
            _CREW,
            2,
            2,
            ((DocumentKind.SEIZURE_RULING, None), (DocumentKind.INVENTORY, None)),
            _WITNESSES,
            _UNIFORM | {Arrangement.TRANSPORT, Arrangement.STORAGE},
            90 * _MINUTE_S,
        ),
        MeasureKind.SEARCH: MeasureNeeds(
            _FORCE | {"locksmith"},
            3,
            2,
            (
                (DocumentKind.HANDOVER_ORDER, None),
                (DocumentKind.SEARCH_WARRANT, Approver.PRESIDENT),
            ),
            _WITNESSES,
            _UNIFORM | {Arrangement.CORDON},
            90 * _MINUTE_S,
        ),
        MeasureKind.SUMMONS: MeasureNeeds(
            _FORCE,
            3,
            1,
            (
                (DocumentKind.SUMMONS_PROOF, None),
                (DocumentKind.SUMMONS_WARRANT, Approver.PRESIDENT),
            ),
            _NOBODY,
            _UNIFORM,
            40 * _MINUTE_S,
        ),
        MeasureKind.DETENTION: MeasureNeeds(
            _FORCE,
            3,
            1,
            ((DocumentKind.DETENTION_DECISION, Approver.PRESIDENT),),
            _NOBODY,
            _UNIFORM,
            60 * _MINUTE_S,
        ),
        MeasureKind.EVICTION: MeasureNeeds(
            _FORCE | {"locksmith"},
            4,
            2,
            ((DocumentKind.EVICTION_NOTICE, Approver.PRESIDENT),),
            _WITNESSES,
            _UNIFORM | {Arrangement.CORDON, Arrangement.TRANSPORT, Arrangement.STORAGE},
            180 * _MINUTE_S,
        ),
    }
)
"""What each kind of step needs against a natural person.

Papers and people follow the articles that ``routes.rules.measure_rules`` cites. Officers beyond
two, the locksmith and the times are assumed: policy of the court, not measured.
"""


def measure_needs(
    measure: Measure, debtor_kind: DebtorKind, *, vulnerable: tuple[str, ...] = ()
) -> MeasureNeeds:
    """Return what this very step needs.

    Parameters
    ----------
    debtor_kind
        Of a company, its head is told in place of family and village delegate.
    vulnerable
        Codes of :class:`routes.model.Case`: somebody at the place needs care.

    Examples
    --------
    >>> from routes.measures import StepId
    >>> from routes.model import CaseId, DebtorId
    >>> step = Measure(StepId("S1"), MeasureKind.SEARCH, CaseId("C1"), DebtorId("D1"))
    >>> sorted(measure_needs(step, DebtorKind.COMPANY).attendees)
    [<Attendee.COMPANY_HEAD: 'company_head'>]
    """
    needs = NEEDS[measure.kind]
    if needs.attendees and debtor_kind is DebtorKind.COMPANY:
        needs = replace(needs, attendees=frozenset({Attendee.COMPANY_HEAD}))
    skills, arrangements = needs.skills, needs.arrangements
    if measure.woman_searched:
        skills |= {"female_officer"}
    if not measure.kind.coercive:
        return replace(needs, skills=skills)
    if vulnerable:
        skills |= {"medic"}
    if "disabled" in vulnerable:
        skills |= {"interpreter"}
        arrangements |= {Arrangement.ACCESSIBLE_VEHICLE}
    if vulnerable and measure.kind is MeasureKind.EVICTION:
        arrangements |= {Arrangement.RESETTLEMENT}
    return replace(needs, skills=skills, arrangements=arrangements)
