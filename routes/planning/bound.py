"""A proved upper bound of what any plan of a problem is worth.

Three proofs, each stronger and dearer than the one before: every debtor at his best; visits
that share out the hours of all shifts; routes. The last one is column generation: a linear
program picks routes so that each debtor is visited once at most and each shift used once, its
duals price the rows, and the best routes at these prices (:mod:`routes.planning.bound_kernels`)
join it. For any prices of the rows that are not negative, no plan is worth more than all rows at
their prices and the best route of each shift beyond what its own rows cost. So the bound holds
whenever the search for good prices ends.

What is loosened, always so that the bound stays one: waits, changes, missed floors and kilometres
cost nothing;
a visit needs no second team, and no way by the station where an officer is fetched; escorts that
meet a team at the door have the hours of their stations, and in all no more time than these hold,
but their way does not count, nor that two may need the same one in a minute; legs are as quick as a
later departure makes them; shifts that may do almost the same count as able to do either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.model import Floats
from routes.planning.bound_hours import first_bound, simple_bound
from routes.planning.bound_master import Columns, Duals
from routes.planning.bound_network import Network
from routes.planning.bound_pricing import Pricer
from routes.planning.instance import compile_problem
from routes.planning.problem import Plan, Problem, StopKind
from routes.planning.progress import Listener
from routes.planning.stop import StopRule

__all__ = ["Bound", "Proof", "upper_bound"]

_CLOSE = 1e-3  # share of the bound within which it counts as reached
_RADIUS, _LEAST_RADIUS, _LARGEST_RADIUS = 0.2, 1e-3, 1.0
_GROWTH, _SHRINKING = 1.5, 0.6  # of the radius, where prices became better and where not
_GOOD = 0.3  # share of the promised improvement that lets the radius grow
_PROOFS_AT = (0.15, 0.45, 0.75)  # shares of the run after which the best prices are proved
_QUICK_KEEP, _PROOF_KEEP, _MOST_KEEP = 3, 8, 64  # labels of a list
_RESERVE = 1.3  # times the share that a round and a proof take is kept for the last ones
_MOST_ROUTES = 30_000  # held at once; about a kilobyte each
_IN_USE = 0.01  # least share of a route that counts
_ROUNDING = 1e-9  # for what floats may lose


class Proof(StrEnum):
    """What proves a bound."""

    VALUES = "values"  # every debtor at his best
    HOURS = "hours"  # visits that share out the hours of the shifts
    ROUTES = "routes"  # prices of debtors, and the best route of each shift at them


@dataclass(frozen=True, slots=True)
class Bound:
    """No plan's value less its price is more than ``value``.

    Parameters
    ----------
    value
        In the unit of the options' values.
    proof
        What proves it.
    settled
        Whether longer search for better prices is in vain.
    rounds, columns
        How often prices were tried, and routes held at the end.
    duties
        Plans that leave any of these out may be worth more.
    """

    value: float
    proof: Proof
    settled: bool = False
    rounds: int = 0
    columns: int = 0
    duties: tuple[str, ...] = ()


def upper_bound(
    problem: Problem,
    *,
    stop: StopRule,
    plan: Plan | None = None,
    listener: Listener | None = None,
    most_routes: int = _MOST_ROUTES,
) -> Bound:
    """Return a proved upper bound of ``plan.value - plan.price``.

    Parameters
    ----------
    problem
        What is to be planned.
    stop
        Asked between rounds, each a trial of prices, and now and then within; one that has ended
        before it began leaves the bound of every debtor at his best.
    plan
        Duties come before options whatever these are worth, and take time. With a plan the bound
        is one for all plans that serve at least its duties; without one, for all plans.
    listener
        Hears the bound as the best value; the value at hand is what the prices tried would prove
        if no better route was overlooked.
    most_routes
        To hold between two rounds. Those that are worth least at the prices at hand make room and
        may be found again: no proof rests on them.

    Returns
    -------
    Bound
        Never below the best plan's value less its price.
    """
    heard = listener or Listener()
    served = {
        stop.ref
        for route in (plan.routes if plan else ())
        for stop in route.stops
        if stop.kind is StopKind.DUTY
    }
    network = Network.of(compile_problem(problem), frozenset(served))
    settled = network.settled - sum(kind.stay * kind.count for kind in network.kinds)
    search = _Search(network, stop, heard, settled, most_routes)
    if network.nodes and network.kinds:
        search.run()
    heard.ended(iterations=search.rounds, best_value=search.value + settled)
    value = search.value + settled
    return Bound(
        value + _ROUNDING * (1.0 + abs(settled) + simple_bound(network)),
        search.proof,
        search.settled,
        search.rounds,
        len(search.columns),
        tuple(sorted(served)),
    )


class _Search:
    """Tries prices of the rows: the best so far, and those near them that routes so far allow."""

    def __init__(
        self,
        network: Network,
        stop: StopRule,
        listener: Listener,
        constant: float,
        most_routes: int,
    ) -> None:
        self.rounds = 0
        self.settled = False
        self.columns = Columns(network)
        self.value, self.proof = simple_bound(network), Proof.VALUES
        self.center = Duals(np.zeros(len(network.most)), np.zeros(len(network.kinds)))
        self._network = network
        self._stop = stop
        self._listener = listener
        self._constant = constant
        self._most_routes = most_routes
        self._proof_keep = _PROOF_KEEP
        self._proof_took = 0.0

    def run(self) -> None:
        self._listener.started(value=self.value + self._constant)
        if self._over():
            return
        hours, self.center = first_bound(self._network)
        self._improve(hours, Proof.HOURS)
        if self._network.ways and not self._over():
            self._by_routes(Pricer(self._network, self._over))

    def _over(self) -> bool:
        return self._stop.spent(self.rounds) >= 1.0

    def _improve(self, value: float, proof: Proof) -> None:
        if value < self.value:
            self.value, self.proof = value, proof
            self._listener.improved(iteration=self.rounds, best_value=value + self._constant)

    def _by_routes(self, pricer: Pricer) -> None:
        for k in range(len(self._network.kinds)):
            for column in pricer.singles(k):
                self.columns.add(column)
        n_kinds = len(self._network.kinds)
        duals, guide, model, radius = self.center, np.inf, -np.inf, _RADIUS
        floors, known = np.zeros(n_kinds), np.zeros(n_kinds)
        proved_at = 0.0
        while (begun_at := self._stop.spent(self.rounds)) < 1.0:
            tried = self._tried(pricer, duals, floors, _QUICK_KEEP, exact=False)
            if tried is None:
                return
            self.rounds += 1
            best = self._worth(duals, tried)
            if best < guide:
                if guide - best > _GOOD * (guide - model):
                    radius = min(_LARGEST_RADIUS, radius * _GROWTH)
                guide, self.center, known = best, duals, tried
            else:
                radius = max(_LEAST_RADIUS, radius * _SHRINKING)
            answer = self.columns.solve(self.center, radius)
            if answer is None:
                return
            model, duals, used = answer
            self.columns.trim(duals, self._most_routes)
            floors = duals.kinds
            self._listener.iterated(
                iteration=self.rounds,
                value=best + self._constant,
                best_value=self.value + self._constant,
            )
            close = guide - model <= _CLOSE * abs(guide)
            spent = self._stop.spent(self.rounds)
            ending_at = 1.0 - _RESERVE * (spent - begun_at + self._proof_took)
            last = proved_at < ending_at <= spent
            if not (close or last or any(proved_at < at <= spent for at in _PROOFS_AT)):
                continue
            tried = self._tried(pricer, self.center, known, self._proof_keep, exact=True)
            if tried is None:
                return
            proved_at = self._stop.spent(self.rounds)
            self._proof_took = max(self._proof_took, proved_at - spent)
            upper = self._worth(self.center, tried)
            self._improve(upper, Proof.ROUTES)
            met = upper - guide <= _CLOSE * abs(upper)
            if not met and self._proof_keep < _MOST_KEEP:
                self._proof_keep *= 2
                self._proof_took *= 2.0  # so that the last one is not begun too late
            if not close:
                continue
            if met:
                twice = [c for c, x in used if x > _IN_USE and pricer.remember(c.nodes)]
                if not twice:
                    self.settled = True
                    return
                self.columns.forget(pricer.forbids)
            # what was reckoned at the center no longer holds, so it is reckoned anew
            duals, guide, radius = self.center, np.inf, max(radius, _RADIUS / 4.0)
            floors = np.zeros(n_kinds)

    def _worth(self, duals: Duals, kinds: Floats) -> float:
        """Return what all rows are worth, and the best routes beyond them."""
        counts = np.array([kind.count for kind in self._network.kinds])
        return float(self._network.most @ duals.rows + counts @ kinds)

    def _tried(
        self, pricer: Pricer, duals: Duals, floors: Floats, keep: int, *, exact: bool
    ) -> Floats | None:
        """Return what the best route of each kind is worth, None if time ran out."""
        found = np.zeros(len(floors))
        for k, floor in enumerate(floors.tolist()):
            priced = pricer.price(k, duals, floor=floor, keep=keep, exact=exact)
            if priced is None:
                return None
            found[k] = priced.upper if exact else priced.best
            for column in priced.columns:
                self.columns.add(column)
        return found
