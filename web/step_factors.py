"""What a person is shown of a step before deciding or scheduling it, and what stands for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from geo.messages import Message, message
from routes.model import OutcomeKind, Verdict
from routes.step_files import StepFile
from web.formats import moment_text
from web.measure_labels import MEASURE_LABELS
from web.step_records import RuleSources
from web.step_standing import Standing

__all__ = ["factors_of", "shown_digest", "warned"]


def shown_digest(factors: Iterable[Message]) -> str:
    """Return what stands for the factors that a page shows, so that changed ones ask again."""
    text = "\n".join(f"{one.msgid}{one}" for one in factors)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def factors_of(sources: RuleSources, now: Standing) -> tuple[Message, ...]:
    """Return what a person is shown before deciding a step: what was tried, and what rules say."""
    step = now.file.step
    outcomes = [one for one in sources.store.outcomes(step.case_id) if not one.withdrawn]
    met = sum(one.kind is OutcomeKind.FOUND for one in outcomes)
    kind = MEASURE_LABELS["measure_kind"][step.kind]
    told = [one for one in now.findings if one.rule != "P8"]
    return (
        message("拟采取的措施：%(kind)s", kind=kind),
        message("已走访 %(visits)d 次，找到 %(met)d 次", visits=len(outcomes), met=met),
        *_planned(now.file),
        *dict.fromkeys(one.message for one in told),
    )


def warned(now: Standing) -> tuple[Message, ...]:
    """Return what a step is warned of that nobody saw yet when deciding on it."""
    decision = now.file.step.decision
    seen = () if decision is None else decision.factors
    told = (one.message for one in now.findings if one.verdict is Verdict.WARN)
    return tuple(dict.fromkeys(one for one in told if one not in seen))


def _planned(file: StepFile) -> tuple[Message, ...]:
    if file.starts_at is None or file.team is None:
        return ()
    at = moment_text(file.starts_at)
    return (message("实施时间 %(at)s，小组 %(team)s", at=at, team=file.team.name),)
