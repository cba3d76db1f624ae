"""The best plan of a tiny problem by trying everything; shares no code with the search."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

from routes.planning.problem import Break, Option, Plan, PlanDuty, Problem, StopKind, WorkShift


def duty_weight(problem: Problem) -> float:
    return 10.0 * sum(option.value for option in problem.options) + 1.0


def worth(problem: Problem, plan: Plan) -> float:
    """Duties first, then options less the price of the routes."""
    duties = sum(s.kind is StopKind.DUTY for r in plan.routes for s in r.stops)
    return duties * duty_weight(problem) + plan.value - plan.price


class _Everything:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.row = {p.id: i for i, p in enumerate(problem.places)}
        self.team = {t.id: t for t in problem.teams}
        self.cells = {m.band: m.travel_s for m in problem.matrices}
        self.weight = duty_weight(problem)
        self.second = problem.prices.travel_h / 3600.0
        self.metre = problem.prices.km / 1000.0
        self.lengths = {m.band: m.length_m for m in problem.matrices}
        self.sets = {frozenset(one.options): one.value for one in problem.sets}

    def gain(self, task: Option | PlanDuty, used: frozenset[str]) -> float | None:
        """Return what a task adds to those used, None where it may not be added."""
        if task.id in used:
            return None
        if isinstance(task, PlanDuty):
            return self.weight
        options = [o for o in self.problem.options if o.debtor == task.debtor]
        before = frozenset(o.id for o in options if o.id in used)
        if not before:
            return task.value
        after = self.sets.get(before | {task.id})
        earlier = next((o.value for o in options if {o.id} == before), self.sets.get(before, 0.0))
        return None if after is None else after - earlier

    def leg(self, day: date, at_s: int, origin: str, target: str) -> tuple[float, float]:
        """Return the leg begun now and its price; where no road leads, that begun later."""
        bands = [b for b in self.problem.bands if b.day == day]
        bands = bands or [b for b in self.problem.bands if b.day is None]
        band = next((b for b in bands if b.start_s <= at_s < b.end_s), bands[-1])
        cell = self.row[origin], self.row[target]
        raw_s = float(self.cells[band.name][cell])
        if math.isfinite(raw_s):
            leg_s = math.ceil(raw_s - 1e-6)
            price = self.second * leg_s + self.metre * round(float(self.lengths[band.name][cell]))
            return leg_s, price
        if band is bands[-1]:
            return math.inf, math.inf
        leg_s, price = self.leg(day, band.end_s, origin, target)
        wait_s = band.end_s - at_s
        return wait_s + leg_s, self.second * wait_s + price

    def fits(self, shift: WorkShift, task: Option | PlanDuty) -> bool:
        team = self.team[shift.team]
        if isinstance(task, PlanDuty) and task.teams and team.id not in task.teams:
            return False
        return (
            task.day == shift.day
            and task.needed_skills <= team.skills
            and team.officers >= task.min_officers
        )

    def routes(
        self,
        shift: WorkShift,
        at_s: float,
        place: str,
        breaks: tuple[Break, ...],
        used: frozenset[str],
        stops: int,
        load: int,
    ) -> Iterator[tuple[frozenset[str], float]]:
        """Yield what each continuation of a route uses up, and its worth."""
        leg_s, price = self.leg(shift.day, int(at_s), place, shift.end_place)
        home_s = at_s + leg_s
        if home_s <= shift.end_s and all(home_s <= pause.window_end_s for pause in breaks):
            # a rest that is still due is taken at the base
            yield used, -price if stops else 0.0
        for k, pause in enumerate(breaks):
            start_s = max(at_s, pause.window_start_s)
            if start_s <= pause.window_end_s:
                rest = (*breaks[:k], *breaks[k + 1 :])
                after_s = start_s + pause.duration_s
                yield from self.routes(shift, after_s, place, rest, used, stops, load)
        if shift.max_stops is not None and stops >= shift.max_stops:
            return
        for task in (*self.problem.options, *self.problem.duties):
            gain = self.gain(task, used)
            loaded = load + task.load
            room = shift.capacity is None or loaded <= shift.capacity
            if gain is None or not room or not self.fits(shift, task):
                continue
            leg_s, price = self.leg(shift.day, int(at_s), place, task.place)
            arrival_s = at_s + leg_s
            start_s = max(arrival_s, task.window_start_s)
            if start_s > task.window_end_s or start_s + task.service_s > shift.end_s:
                continue
            for after, more in self.routes(
                shift,
                start_s + task.service_s,
                task.place,
                breaks,
                used | {task.id},
                stops + 1,
                loaded,
            ):
                yield after, gain - price + more

    def best(self, shift_at: int, used: frozenset[str]) -> float:
        if shift_at == len(self.problem.shifts):
            return 0.0
        shift = self.problem.shifts[shift_at]
        gains: dict[frozenset[str], float] = {used: 0.0}  # the team may stay in
        for after, gain in self.routes(
            shift, shift.start_s, shift.start_place, shift.breaks, used, 0, 0
        ):
            gains[after] = max(gain, gains.get(after, 0.0))
        return max(gain + self.best(shift_at + 1, after) for after, gain in gains.items())


def optimum(problem: Problem) -> float:
    """Return the worth of the best plan in which teams leave at once and wait at the door.

    Where travel has a price, one matrix must hold all day: a later start could cost less else.
    """
    return _Everything(problem).best(0, frozenset())
