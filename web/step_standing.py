"""How a step of enforcement stands: what the rules say of it, and which signatures it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from data.measures import KeptItem, KeptStep, StepState
from data.sign_offs import KeptSignOff
from routes.model import Finding, Verdict
from routes.rules.signoffs import unsigned
from routes.step_files import StepFile, check_step_file
from web.signatures import signed_by
from web.step_records import RuleSources, read_file

__all__ = ["Standing", "has_begun", "is_barred", "kept_items", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules say of a step now, and what of it waits for a signature.

    Parameters
    ----------
    file
        The step with its records, of which the rules were asked.
    given
        Signatures about the step's subjects that were in force at its moment.
    signable
        What of the waiting may still be signed: once a step has begun, a signature comes too late
        for most of it.
    """

    file: StepFile
    findings: tuple[Finding, ...]
    waiting: tuple[Finding, ...]
    given: tuple[KeptSignOff, ...]
    signable: tuple[Finding, ...]

    @property
    def blocks(self) -> tuple[Finding, ...]:
        """Return what forbids the step."""
        return tuple(one for one in self.findings if one.verdict is Verdict.BLOCK)


def standing(
    sources: RuleSources, kept: KeptStep, *, closing: bool = False, file: StepFile | None = None
) -> Standing:
    """Ask the rules about a step, and join the signatures that hold until it is over.

    Of a step that has begun those count that held when it was.

    Parameters
    ----------
    file
        The step with its records where the caller has read them.
    """
    file, now = file or read_file(sources, kept), sources.clock()
    findings = check_step_file(
        file, now=now, calendar=sources.calendar, profile=sources.profile, closing=closing
    )
    begun_at = file.begun_at(now)
    given = sources.store.sign_offs.standing(
        {one.subject for one in findings} | {f"step:{kept.step.id}"},
        min(now, begun_at or now),
    )
    signed = tuple(each.sign_off for each in given)

    def due(rule: str) -> datetime:
        """Return the moment at which a signature must hold."""
        if begun_at is None:
            return max(now, file.ends_at or now)
        if rule == "D1":  # an emergency is approved afterwards
            return now
        if rule == "C3":  # for the hours beyond the usual ones
            return min(now, begun_at + timedelta(hours=sources.profile.questioning_h))
        return begun_at

    waiting = tuple(
        one for one in findings if unsigned((one,), signed, due(one.rule), asked=signed_by)
    )
    signable = tuple(one for one in waiting if due(one.rule) >= now)
    return Standing(file, findings, waiting, given, signable)


def has_begun(kept: KeptStep, now: datetime) -> bool:
    """Whether a step may no longer be moved or given up: an act of it is on record, or was until
    it was taken back, or it was scheduled and its start has come.
    """
    if kept.step.under_way:
        return True
    scheduled = kept.state is StepState.SCHEDULED
    return scheduled and kept.starts_at is not None and kept.starts_at <= now


def is_barred(sources: RuleSources, now: Standing, kept: KeptStep) -> bool:
    """Whether a step stands on the schedule, has not begun, and is forbidden by now."""
    waits = kept.state is StepState.SCHEDULED and not has_begun(kept, sources.clock())
    return waits and bool(now.blocks)


def kept_items(sources: RuleSources, kept: KeptStep) -> tuple[KeptItem, ...]:
    """Return the property of a step, what was taken off the list left out."""
    return tuple(
        one
        for one in sources.store.measures.items(kept.step.case_id)
        if one.step_id == kept.step.id and not one.withdrawn
    )
