"""Measured travel times: taken in, turned into a correction, shown, and put in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data.imports.leg_rows import import_measured_legs
from data.store import Store
from data.travel_times import AppliedCorrection
from geo.messages import Message, message
from geo.model import Datum
from geo.travel import Profile, load_engine
from geo.travel.correction import Factor, SpeedCorrection
from geo.travel.estimation import estimate
from geo.travel.observed import LegPredictor, speeds_basis
from geo.travel.profiles import TIERS
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.i18n import Translate, marked, translator
from web.labels import LABELS
from web.progress import stage
from web.steps.tables import roads_known, summary
from web.wiring import Court, using

__all__ = ["HEADS", "Proposal", "apply", "drop", "forget", "observe", "propose", "table"]

HEADS = (
    message("出行"),
    message("日期"),
    message("时段"),
    message("道路"),
    message("行程数"),
    message("相当于正常行程"),
    message("用时系数"),
    message("可信范围"),
    message("异常行程"),
    message("修正前误差"),
    message("修正后误差"),
)
"""Heads of the table of a correction; the first four are words, the others numbers."""

_SEED = 1  # the same legs give the same correction, so that what was shown can be named


@dataclass(frozen=True, slots=True)
class Proposal:
    """A correction as the measured legs have it now, and the one in use.

    ``basis`` stands for the table of speeds; ``outdated`` counts legs foretold by another one,
    which are left out.
    """

    correction: SpeedCorrection
    in_use: AppliedCorrection | None
    outdated: int
    basis: str

    @property
    def helps(self) -> bool:
        """Whether it foretells legs that it did not learn from better than no correction."""
        return self.correction.error_after < self.correction.error_before

    @property
    def is_in_use(self) -> bool:
        """Whether this very correction is in use."""
        held, fingerprint = self.in_use, self.correction.fingerprint
        return held is not None and (held.fingerprint, held.basis) == (fingerprint, self.basis)

    def notes(self) -> tuple[Message, ...]:
        """Return what should be known before it is put in use."""
        held = self.in_use
        return tuple(
            note
            for wanted, note in (
                (
                    self.outdated > 0,
                    message(
                        "有 %(count)d 段行程按另一份车速表推算，未计入；请重新导入其文件",
                        count=self.outdated,
                    ),
                ),
                (
                    not self.correction.bands,
                    message("还没有可用的实测行程；请用 fieldwrit travel observed 导入"),
                ),
                (
                    bool(self.correction.bands) and not self.helps,
                    message("在未参与估算的行程上，修正后的误差不比修正前小；不宜采用"),
                ),
                (
                    held is not None and held.basis != self.basis,
                    message("在用的修正属于另一份车速表，现已不起作用；请重新采用或停用"),
                ),
            )
            if wanted
        )


def table(correction: SpeedCorrection, say: Translate) -> list[list[str]]:
    """Return the lines of the table below :data:`HEADS`.

    Each band has a line for all its roads, with its errors, and one for each tier that a
    measured leg used.
    """
    lines, tier_names = [], LABELS["road_tier"]
    for each in correction.bands:
        names = (
            LABELS["travel_mode"][each.kind.name.lower()],
            LABELS["traffic_day"][each.day.value],
            LABELS["hour_band"][each.band.value],
        )
        told = [name.render(say) for name in names]
        errors = [
            f"{share:.1%}" for share in (each.unusual_share, each.error_before, each.error_after)
        ]
        lines.append([*told, tier_names["all"].render(say), *_numbers(each.overall), *errors])
        lines += [
            [*told, tier_names[tier].render(say), *_numbers(factor), "", "", ""]
            for tier, factor in zip(TIERS, each.tiers, strict=True)
            if factor.legs
        ]
    return lines


def _numbers(factor: Factor) -> list[str]:
    bounds = f"{factor.low:.2f}–{factor.high:.2f}"
    return [str(factor.legs), f"{factor.weight:.1f}", f"{factor.value:.2f}", bounds]


def observe(
    settings: Settings,
    path: Path,
    *,
    datum: Datum | None = None,
    quarantine: bool = False,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Take a file of measured legs into the store; a refused file changes nothing.

    Raises
    ------
    WebError
        If there is no road network, by which legs are foretold.
    """
    with using(Court(settings, clock=clock)) as court:
        court.need_network()
        with stage(settings, marked("推算行程")) as listener:
            engine = load_engine(  # uncorrected
                court.network,
                profiles=court.vehicles,
                cache_dir=settings.network_dir,
                warn=court.warn,
            )
            report = import_measured_legs(
                court.store,
                path,
                foretell=LegPredictor(court.network, engine, court.vehicles).times,
                basis=speeds_basis(court.vehicles),
                traffic_day=court.calendar.traffic_day,
                datum=datum,
                quarantine=quarantine,
                known=roads_known(settings),
                progress=listener,
            )
        kept = court.store.travel_times.count()
    return {**summary(report, translator(settings.language)), "measured_legs": kept}


def propose(store: Store, vehicles: Mapping[str, Profile]) -> Proposal:
    """Return what the measured legs teach now of these vehicles; nothing is put in use."""
    basis = speeds_basis(vehicles)
    legs = store.travel_times.legs(basis=basis)
    return Proposal(
        estimate(legs, vehicles, seed=_SEED),
        store.travel_times.in_use(),
        store.travel_times.count() - len(legs),
        basis,
    )


def apply(
    store: Store, fingerprint: str, vehicles: Mapping[str, Profile], *, by: str = "cli"
) -> dict[str, Any]:
    """Put a correction in use that was shown under this fingerprint.

    Raises
    ------
    WebError
        If the measured legs teach another correction by now, none at all, or one that does not
        help.
    """
    proposal = propose(store, vehicles)
    correction = proposal.correction
    if not correction.bands:
        raise WebError("还没有可用的实测行程；请用 fieldwrit travel observed 导入")
    if fingerprint != correction.fingerprint:
        raise WebError(
            "实测行程已有变化，现在的修正（%(now)s）不是所看过的 %(seen)s；请重新查看后再采用",
            now=correction.fingerprint,
            seen=fingerprint[:12],
        )
    if not proposal.helps:
        raise WebError("在未参与估算的行程上，修正后的误差不比修正前小，未予采用；请积累更多行程")
    changed = store.travel_times.apply(correction, basis=proposal.basis, by=by)
    return {"correction": correction.fingerprint, "changed": changed}


def drop(store: Store, *, by: str = "cli") -> dict[str, Any]:
    """Return to the engine's own times."""
    return {"changed": store.travel_times.drop(by=by)}


def forget(store: Store, before: date, *, by: str = "cli") -> dict[str, Any]:
    """Delete the measured legs of the days before this one."""
    gone = store.travel_times.forget(before, by=by)
    return {"forgotten_legs": gone, "measured_legs": store.travel_times.count()}
