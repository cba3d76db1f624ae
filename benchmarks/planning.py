"""The planner beside its peers: days of a made district, and published instances of the field.

``python -m benchmarks.planning [--stop-s S] [--seed N] [--days N] [--full]`` prints ``name value
unit``:

- days of a district with escorts, duties and rests, and a second set that common engines express
  in full: what our plans are worth over those of insertion, of today's two habits, of PyVRP and of
  OR-Tools in the same time, and how far they may be from the best, by a proved bound; that is also
  looked for on days that are whole but for escorts (:mod:`benchmarks.planning_district`);
- plans made anew after each kind of disturbance, within what the field waits
  (:mod:`benchmarks.planning_replan`);
- team orienteering problems, made of the VRPTW files of the reference data (profit = demand),
  against the best value that any engine found in a run of ten minutes, as the table
  ``planning_best.csv`` holds it (``python -m benchmarks.planning_best`` writes that);
- the VRPTW and prize collecting files themselves, by both engines;
- home-care instances with pairs of caregivers, as an outside test of visits for two teams, beside
  their published solutions (:mod:`benchmarks.planning_care`);
- a week of a whole court in one problem, and growth with debtors and teams;
- with ``--full``, how far the first days stay behind the best of ten runs of ten minutes, which
  :mod:`benchmarks.planning_long` prints alone; a bound is then looked for on every day, and each
  disturbance of every day laid beside a search of thirty seconds.

Two processes work at once, each on a core of its own. ``--toptw FILE… --paths M [--best
FILE.csv]``, ``--vrptw FILE…``, ``--pcvrptw FILE…`` and ``--hhcrsp FILE…`` measure the named files,
one after another, and nothing else. Each search has one core, and compiling does not count.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from benchmarks.planning_care import care_files, cared, print_care, read_care
from benchmarks.planning_days import Setting
from benchmarks.planning_district import day_of, print_days
from benchmarks.planning_files import (
    InstanceError,
    orienteering,
    read_orienteering,
    read_vrplib,
    routing,
)
from benchmarks.planning_growth import SIZES, big_problem, grown, print_growth
from benchmarks.planning_long import LONG_RUNS, long_run, print_gap
from benchmarks.planning_published import (
    BEST,
    PRIZE_FILES,
    ROUTING_FILES,
    TEAM_FILES,
    best_profits,
    costs,
    print_prizes,
    print_routing,
    print_teams,
    profit,
    told_unknown,
)
from benchmarks.planning_replan import KINDS, answered, print_answers
from benchmarks.planning_run import Cores
from benchmarks.reference import reference_folder
from routes.errors import ProblemError
from routes.planning import Engine

__all__ = ["main"]

_CUSTOMERS = 300  # of a prize collecting file: the first ones
_PLAIN_SHARE = 0.2  # plain days for a day of the other set
_BOUND_DAYS, _PLAIN_BOUND_DAYS = 1, 1  # days of these sets with a bound
_UNESCORTED_DAYS = 2  # for the bound alone
_BOUND_SHARE, _UNESCORTED_SHARE = 2.0, 2.5  # seconds that it is looked for, in stops of a search
_STRUCK_DAYS, _MORE_STRUCK_DAYS = 1, 2  # on which each kind of disturbance happens; with --full
_STRUCK_SHARE = 0.3  # of a stop, for the plan that is disturbed
_LONG_DAYS = 2  # with long runs
_CARE_SHARE = 0.1  # of a stop, for each of the two plans of a home-care instance
_BIG_SHARE, _GROWTH_SHARE = 1.0, 0.1  # stops of the large problem and of growth, in those of a day

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


class Doing(Protocol):
    """Does jobs and yields their results in order, as the builtin ``map`` does."""

    def __call__(
        self, work: Callable[[_Job], _Result], jobs: Iterable[_Job], /
    ) -> Iterable[_Result]: ...


@dataclass(frozen=True, slots=True)
class _Files:
    """Files to measure; those of team orienteering with their numbers of paths."""

    teams: Sequence[tuple[Path, int]]
    routing: Sequence[Path]
    prizes: Sequence[Path]
    care: Sequence[Path]

    def check(self) -> None:
        """Read each once, so that one at fault is told before anything is measured.

        Raises
        ------
        SystemExit
            With the file and what is wrong with it.
        """
        path = Path()
        try:
            for path, paths in self.teams:
                orienteering(read_orienteering(path), paths)
            for path in (*self.routing, *self.prizes):
                routing(read_vrplib(path))
            for path in self.care:
                read_care(path)
        except InstanceError as error:
            raise SystemExit(str(error)) from None
        except ProblemError as error:
            raise SystemExit(f"{path}: {error}") from None


def main(words: Sequence[str] | None = None) -> None:
    """Print the figures that some words ask for, those of the command line by default."""
    parser = argparse.ArgumentParser(description="Measure the planner.")
    parser.add_argument("--toptw", type=Path, nargs="+", help="team orienteering or VRPTW files")
    parser.add_argument(
        "--paths", type=_positive, default=1, help="routes of each team orienteering file"
    )
    parser.add_argument("--best", type=Path, help="table of name, paths, profit")
    parser.add_argument("--vrptw", type=Path, nargs="+", help="files of VRPLIB")
    parser.add_argument("--pcvrptw", type=Path, nargs="+", help="files of VRPLIB with prizes")
    parser.add_argument("--hhcrsp", type=Path, nargs="+", help="home-care instances")
    parser.add_argument("--stop-s", type=float, default=10.0, help="seconds of each search")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=10, help="district days of the default run")
    parser.add_argument(
        "--full", action="store_true", help="every day and disturbance whole, and long runs"
    )
    parser.add_argument("--long-s", type=float, default=600.0, help="seconds of each long run")
    options = parser.parse_args(words)
    if options.toptw or options.vrptw or options.pcvrptw or options.hhcrsp:
        teams = [(path, options.paths) for path in options.toptw or ()]
        files = _Files(teams, options.vrptw or (), options.pcvrptw or (), options.hhcrsp or ())
        files.check()
        best = best_profits(options.best or BEST)
        sys.stderr.write(told_unknown(teams, best))
        _published(map, files, best, options)()
        return
    folder = reference_folder() / "vrp"
    files = _Files(
        [(folder / f"{name}.vrp", paths) for name, paths in TEAM_FILES],
        [folder / f"{name}.vrp" for name in ROUTING_FILES],
        [folder / f"{name}.vrp" for name in PRIZE_FILES],
        care_files(reference_folder() / "hhcrsp"),
    )
    best = best_profits(options.best or BEST)
    sys.stderr.write(told_unknown(files.teams, best))
    with Cores(2) as cores:
        parts = [
            _district(cores.map, options),
            _published(cores.map, files, best, options),
        ]
        for print_part in parts:
            print_part()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _district(doing: Doing, options: argparse.Namespace) -> Callable[[], None]:
    """Begin the days, the large problem and growth; return what prints them."""
    stop_s, seed = options.stop_s, options.seed
    plain = max(1, round(_PLAIN_SHARE * options.days))
    everything = options.full
    jobs = [
        (setting, seed + k, share * stop_s if everything or k < most else 0.0)
        for setting, days, most, share in (
            (Setting(), options.days, _BOUND_DAYS, _BOUND_SHARE),
            (Setting(plain=True), plain, _PLAIN_BOUND_DAYS, _BOUND_SHARE),
            (Setting(escorted=False), _UNESCORTED_DAYS, _UNESCORTED_DAYS, _UNESCORTED_SHARE),
        )
        for k in range(days)
    ]
    days = doing(partial(day_of, stop_s=stop_s), jobs)
    big = doing(big_problem, [_BIG_SHARE * stop_s])
    growth = doing(partial(grown, stop_s=_GROWTH_SHARE * stop_s, seed=seed), SIZES)
    struck = [
        (seed + k, number)
        for k in range(_MORE_STRUCK_DAYS if everything else _STRUCK_DAYS)
        for number in range(len(KINDS))
    ]
    answers = doing(partial(answered, stop_s=_STRUCK_SHARE * stop_s), struck)
    n_long = min(options.days, _LONG_DAYS) if everything else 0
    numbered = [(seed + k, number) for k in range(n_long) for number in range(LONG_RUNS)]
    long_runs = doing(partial(long_run, stop_s=options.long_s), numbered)

    def print_part() -> None:
        found = list(days)
        print_days(found)
        if n_long:
            print_gap([day.worth[Engine.ALNS.value] for day in found[:n_long]], long_runs)
        print("".join(big), end="", flush=True)
        print_growth(list(growth))
        print_answers(list(answers))

    return print_part


def _published(
    doing: Doing,
    files: _Files,
    best: Mapping[tuple[str, int], float],
    options: argparse.Namespace,
) -> Callable[[], None]:
    """Begin the files; return what prints them."""
    for_costs = partial(costs, stop_s=options.stop_s, seed=options.seed)
    teams = doing(partial(profit, stop_s=options.stop_s, seed=options.seed), files.teams)
    routing = doing(for_costs, files.routing)
    prizes = doing(partial(for_costs, customers=_CUSTOMERS), files.prizes)
    care = doing(partial(cared, stop_s=_CARE_SHARE * options.stop_s, seed=options.seed), files.care)

    def print_part() -> None:
        if files.teams:
            print_teams(files.teams, teams, best)
        if files.routing:
            print_routing(files.routing, routing)
        if files.prizes:
            print_prizes(files.prizes, prizes)
        if files.care:
            print_care(care)

    return print_part


if __name__ == "__main__":
    main()
