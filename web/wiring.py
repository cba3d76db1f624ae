"""The one place that joins store, roads, geocoder, rules and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from data.signing import read_signing_key
from data.store import Store
from geo.areas import AreaSet
from geo.messages import Message, message
from geo.model import AreaKind, Point
from geo.network import RoadNetwork, load_network
from geo.ports import RoadTravel
from geo.travel import PROFILES, Profile, load_engine
from geo.travel.observed import speeds_basis
from geo.travel.profiles import load_profiles
from routes.calendar import DayKind, DayOverride, WorkCalendar
from routes.checks import CheckAnswer
from routes.locating import (
    Located,
    LocatingParameters,
    default_parameters,
    load_parameters,
    locate,
    parameters_basis,
)
from routes.locating.columns import ClaimColumns, DebtorColumns
from routes.model import (
    ActionId,
    AddressClaim,
    Case,
    CaseNumber,
    CaseStatus,
    Debtor,
    Lead,
    Outcome,
)
from routes.planning.fairness import Fairness, default_fairness, load_fairness
from routes.planning.policy import PlanningPolicy, default_policy, load_policy
from routes.planning.problem import Plan, Problem
from routes.ports import Clock
from routes.rules import RuleProfile, load_profile
from routes.rules.profile import profile_values
from routes.seasons import Seasons, default_seasons, load_seasons
from web.clock import system_clock
from web.config import PLACES_FILE, Settings
from web.errors import SettingsError, WebError
from web.i18n import translator
from web.latest_map import LatestTiles
from web.local_places import LocalPlaces
from web.network_board import RoadBoard
from web.progress import notify
from web.queueing import open_queue
from web.raster_map import open_raster_map
from web.services import Services
from web.single_sign_on import read_single_sign_on
from web.steps.road_report import report_lines, told
from web.stores import open_store

if TYPE_CHECKING:  # what reads addresses is imported where it is used: it takes a second
    from geo.addresses import AddressParser
    from geo.gazetteer import Gazetteer
    from geo.geocoding import OfflineGeocoder
    from geo.online import FallbackGeocoder
    from geo.tagging.model import AddressModel
    from web.tile_server import TileServer

__all__ = ["NO_NETWORK", "OLDER_FIT", "UNREADABLE_FIT", "Court", "using"]

UNREADABLE_FIT = message(
    "在用的学习结果无法读取，现按定位参数文件计算；"
    "请用 fieldwrit locating learn --apply 重新学习，或以 --drop 停用"
)
OLDER_FIT = message(
    "在用的学习结果由旧版本的模型学得，现不起作用，按定位参数文件计算；请用 fieldwrit locating "
    "learn --apply 重新学习，旧的结果留作历史（fieldwrit locating history）"
)
_LOCATING_FILE = "locating.toml"  # in the data directory; complete, as the shipped defaults
_SEASONS_FILE = "seasons.toml"  # there too; only what differs from the shipped ones
_FAIRNESS_FILE = "fairness.toml"  # there too
_POLICY_FILE = "planning.toml"  # there too


NO_NETWORK = message(
    "还没有路网，不能定位地址、计算行车时间和制定计划；"
    "请管理员先运行 fieldwrit network build 读取本辖区的道路文件"
)


@contextmanager
def using(court: Court) -> Iterator[Court]:
    """Yield a court's parts and let go of its database in the end."""
    try:
        yield court
    finally:
        court.close()


class Court:
    """One court's parts, each made when it is first asked for and then kept."""

    def __init__(self, settings: Settings, *, clock: Clock = system_clock) -> None:
        self.settings = settings
        self.clock = clock
        self._warned: set[Message] = set()
        self._road_reports: dict[str, list[str]] = {}

    @cached_property
    def store(self) -> Store:
        """The court's store; opening brings its tables up to date."""
        return open_store(self.settings, self.clock)

    @cached_property
    def network(self) -> RoadNetwork:
        """The cached road network; an error that tells the cure where there is none."""
        self.need_network()
        return load_network(self.settings.network_dir)

    @cached_property
    def engine(self) -> RoadTravel:
        """Travel times on the network with no road closed, by the correction in use."""
        basis = speeds_basis(self.vehicles)
        return load_engine(
            self.network,
            profiles=self.vehicles,
            cache_dir=self.settings.network_dir,
            time_factors=self.store.travel_times.factors(basis=basis),
            warn=self.warn,
        )

    @cached_property
    def vehicles(self) -> Mapping[str, Profile]:
        """Vehicles with their speeds: as shipped, or as the court's own table changes them.

        Raises
        ------
        SettingsError
            If the court's table cannot be read.
        TravelError
            If a number or a name in it makes no sense.
        """
        path = self.settings.speeds_path
        try:
            text = path.read_text(encoding="utf-8-sig")  # editors of Windows write the mark
        except FileNotFoundError:
            return PROFILES
        except (OSError, ValueError) as error:
            raise SettingsError(
                "配置文件 %(file)s 无法读取；请检查权限，并以 UTF-8 保存", file=path.name
            ) from error
        return load_profiles(text, file=path.name)

    def warn(self, text: Message) -> None:
        """Show the user a sentence, once."""
        if text not in self._warned:
            self._warned.add(text)
            notify(text.render(translator(self.settings.language)))

    @cached_property
    def areas(self) -> AreaSet:
        """Jurisdiction, townships, grids and station territories."""
        return AreaSet(self.store.areas())

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Names known offline: roads, doors, places, areas, and the court's own."""
        return self._gather()

    def _gather(self) -> Gazetteer:
        from geo.gazetteer import build_gazetteer
        from geo.placefile import load_places

        network = self.network
        return build_gazetteer(
            features=load_places(self.settings.network_dir / PLACES_FILE),
            network=network,
            areas=self.areas,
            entries=self.store.gazetteer_entries(),
        )

    @cached_property
    def address_model(self) -> AddressModel:
        """Weights of the address parser: the court's own, or the shipped ones."""
        from web.address_model import address_model

        return address_model(self.settings)

    @cached_property
    def parser(self) -> AddressParser:
        """Address texts into parts."""
        from geo.addresses import AddressParser

        return AddressParser(self.address_model)

    @cached_property
    def places(self) -> LocalPlaces:
        """Place names and geocoder that learn from what is confirmed while they are used."""
        return LocalPlaces(self.store, self.areas, self.parser, self._gather)

    @cached_property
    def geocoder(self) -> OfflineGeocoder:
        """Address texts into ranked candidates."""
        from geo.geocoding import OfflineGeocoder

        return OfflineGeocoder(self.gazetteer, self.areas, parser=self.parser)

    def online_geocoder(self, service: str, *, actor: str = "cli") -> FallbackGeocoder:
        """Return the geocoder that asks an online service where it is not sure offline.

        Raises
        ------
        SettingsError
            If no administrator allowed the service; see ``docs/online-geocoding.md``.
        OnlineRefusedError
            If the service's address is no lawful one.
        """
        from web import online  # geopy is loaded only where it is used

        leave = online.leave(self.settings, service, store=self.store)
        return online.join(
            leave,
            offline=self.geocoder,
            areas=self.areas,
            store=self.store,
            memory_path=self.settings.online_memory_path,
            actor=actor,
        )

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Statutory days and workdays, with the court's signed additions."""
        return WorkCalendar(
            overrides=[
                DayOverride(row.day, DayKind(row.kind), row.signed_by, row.signed_on)
                for row in self.store.calendar_days()
            ]
        )

    @cached_property
    def parameters(self) -> LocatingParameters:
        """Numbers of the locating model: learned ones that someone put in use, else the file's.

        Learned ones hold only with the very file from which they were learned, and with the
        version of the model that learned them.
        """
        held = self.store.locating_fits.in_use()
        if held is None:
            return self.stated_parameters
        if held.fit is None:
            self.warn(UNREADABLE_FIT if held.older is None else OLDER_FIT)
            return self.stated_parameters
        if held.basis != parameters_basis(self.stated_parameters):
            self.warn(message("在用的学习结果出自另一份定位参数，现已不起作用；请重新学习或停用"))
            return self.stated_parameters
        return held.fit.apply(self.stated_parameters)

    @cached_property
    def stated_parameters(self) -> LocatingParameters:
        """Numbers of the locating model as they stand in the court's file, or the shipped ones."""
        own = self.settings.data_dir / _LOCATING_FILE
        return load_parameters(own) if own.exists() else default_parameters()

    @cached_property
    def seasons(self) -> Seasons:
        """When people are at home: as shipped, or as the court's own file has it."""
        own = self.settings.data_dir / _SEASONS_FILE
        return load_seasons(own) if own.exists() else default_seasons()

    @cached_property
    def fairness(self) -> Fairness:
        """For whom plans must have room: as shipped, or as the court's own file has it."""
        own = self.settings.data_dir / _FAIRNESS_FILE
        return load_fairness(own) if own.exists() else default_fairness()

    @cached_property
    def policy(self) -> PlanningPolicy:
        """What hours cost in plans, and when teams rest: as shipped, or the court's own."""
        own = self.settings.data_dir / _POLICY_FILE
        return load_policy(own) if own.exists() else default_policy()

    @cached_property
    def profile(self) -> RuleProfile:
        """Parameters of the rules: as shipped, or as the court's own file tightens them.

        Raises
        ------
        ProfileError
            If the file cannot be read, or loosens what the law fixes.
        """
        return load_profile(self.settings.own_rules)

    def locate(
        self,
        *,
        debtors: Iterable[Debtor] | DebtorColumns,
        claims: Iterable[AddressClaim] | ClaimColumns,
        outcomes: Iterable[Outcome],
        leads: Iterable[Lead],
        now: datetime,
        answers: Iterable[CheckAnswer] = (),
    ) -> Located:
        """Estimate with the court's parameters and calendar, as the planner does."""
        return locate(
            debtors=debtors,
            claims=claims,
            outcomes=outcomes,
            leads=leads,
            now=now,
            parameters=self.parameters,
            calendar=self.calendar,
            answers=answers,
        )

    def cases(self, number: str | None = None) -> tuple[Case, ...]:
        """Return all cases that have not ended, or the one of this number.

        Raises
        ------
        WebError
            If there is no such case.
        CaseNumberError
            If the number has another form.
        """
        if number is None:
            return tuple(case for case in self.store.cases() if case.status != CaseStatus.ENDED)
        wanted = CaseNumber.parse(number)
        found = map(self.store.case, self.store.find_cases(str(wanted)))
        held = tuple(case for case in found if case is not None)
        if not held:
            raise WebError("没有案号为 %(number)s 的案件，请核对", number=str(wanted))
        return held

    @property
    def has_network(self) -> bool:
        """Whether a road network was built to its end."""
        return (self.settings.network_dir / PLACES_FILE).exists()

    def need_network(self) -> None:
        """Let nothing begin that needs roads where there are none.

        Raises
        ------
        WebError
            If no road network was built to its end; tells how to build one.
        """
        if not self.has_network:
            raise WebError(NO_NETWORK.msgid)

    def area_codes(self, points: Sequence[Point], *, kind: AreaKind) -> list[str | None]:
        """Return the code of the area that holds each point."""
        if not points:
            return []
        return self.areas.code_at(np.array([(p.lon, p.lat) for p in points]), kind=kind)

    def stored_plan(self, action: str) -> tuple[ActionId, Problem, Plan]:
        """Return an action's problem and plan; ``latest`` names the one saved last.

        Raises
        ------
        WebError
            If there is no such action.
        """
        action_id = self.store.latest() if action == "latest" else ActionId(action)
        if action_id is None:
            raise WebError("还没有计划；请先运行 fieldwrit plan make")
        problem, plan = self.store.problem(action_id), self.store.plan(action_id)
        if problem is None or plan is None:
            if self.store.action(action_id) is not None:
                raise WebError("计划 %(id)s 已满保存期限而删除，请选较新的计划", id=action_id)
            raise WebError("行动 %(id)s 不在库中；用 latest 指最近一个，或核对编号", id=action_id)
        return action_id, problem, plan

    def road_report(self, language: str) -> list[str]:
        """Return what was read from the road file, as lines in a language.

        Raises
        ------
        NetworkCacheError
            If it was not noted when the network was built.
        """
        if language not in self._road_reports:
            settings = replace(self.settings, language=language)
            self._road_reports[language] = report_lines(
                told(settings, self.network), translator(language)
            )
        return self._road_reports[language]

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "store" in self.__dict__:
            self.store.close()

    def _tile_server(self) -> TileServer | None:
        path = self.settings.tile_server_path
        if not path.exists():
            return None
        from web.tile_server import open_tile_server  # geopy is loaded only where it is used

        return open_tile_server(path, self.store)

    def services(self) -> Services:
        """Return what the pages call; parts that this court has not built yet are None."""
        basemap = self.settings.basemap_path
        if self.has_network:
            self.places.load()
        return Services(
            store=self.store,
            clock=self.clock,
            locate=self.locate,
            profile=self.profile,
            calendar=self.calendar,
            vehicles=self.vehicles,
            areas=self.areas,
            places=self.places if self.has_network else None,
            engine=self.engine if self.has_network else None,
            basemap=LatestTiles(basemap) if basemap.exists() else None,
            raster=open_raster_map(basemap),
            tile_server=self._tile_server(),
            roads=RoadBoard(self.network) if self.has_network else None,
            road_report=self.road_report if self.has_network else None,
            seasons=self.seasons,
            policy=self.policy,
            parameters=self.parameters,
            single_sign_on=read_single_sign_on(self.settings.single_sign_on_path),
            queue=open_queue(self.settings),
            public_key=read_signing_key(self.settings.signing_key_path).public,
            uploads_dir=self.settings.uploads_dir,
            packs_dir=self.settings.packs_dir,
            certificates_dir=self.settings.certificates_dir,
            rule_values=profile_values(self.settings.own_rules),
        )
