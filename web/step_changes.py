"""Which changes of a step that has begun are corrections, and who may make them.

What bears no date of its own could be entered afterwards as if it had been there, and an entry of
the log that is taken back would take its hours along. Both are corrected only with a reason, by
who may release plans; a paper, an act or property is entered by everybody, with its own date.
"""

from __future__ import annotations

from collections import Counter

from routes.measures import Measure
from routes.rules.clocks import held_time
from web.errors import MeasureError

__all__ = ["corrects", "refuse_change"]

_UNDATED = (
    "target",
    "notified",
    "arrangements",
    "inside_district",
    "absence_unjustified",
    "complex_matter",
    "detention_possible",
    "to_local_court",
    "new_act",
    "violent_emergency",
    "forced_opening",
    "woman_searched",
    "notice_ends_on",
    "police_gear",
)
"""Facts on which a step rests when it begins. What happens at the place, such as who took the
papers, and what is owed are none of them."""


def corrects(held: Measure, changed: Measure) -> bool:
    """Whether a change says something else of how a step began, or of how long it took."""
    undated = any(getattr(held, name) != getattr(changed, name) for name in _UNDATED)
    days = held.detention_days is not None and held.detention_days != changed.detention_days
    papers = Counter(held.documents) - Counter(changed.documents)
    gone = Counter(held.acts) - Counter(changed.acts)
    taken_back = any(not act.kind.prepares for act in gone)
    return undated or days or bool(papers) or taken_back or _shortens(held, changed)


def refuse_change(held: Measure, changed: Measure, *, may_release: bool, reason: str) -> None:
    """Refuse a change of a step that has begun which the account may not make, or not like this.

    Raises
    ------
    MeasureError
        If another place is named, or a correction is not explained by who may release plans.
    """
    if held.claim_id is not None and held.claim_id != changed.claim_id:
        raise MeasureError(
            "步骤 %(id)s 已开始实施或实施时间已到，不能更换实施地点；请登记现场情况后结束步骤",
            id=held.id,
        )
    if corrects(held, changed) and not (may_release and reason.strip()):
        raise MeasureError(
            "步骤 %(id)s 已开始实施或实施时间已到：开始前的情况、已登记的文书和现场记录"
            "只能由有签批权限的人员写明理由后更正",
            id=held.id,
        )


def _shortens(held: Measure, changed: Measure) -> bool:
    """Whether a person who was let go is said to have been kept for less time than before."""
    before, after = held_time(held), held_time(changed)
    return before.since is None and after.since is None and after.before < before.before
