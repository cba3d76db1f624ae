from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from geopy.exc import GeocoderTimedOut, GeocoderUnavailable
from hypothesis import given
from hypothesis import strategies as st

from geo.addresses import parse
from geo.coordinates import distance_m
from geo.errors import (
    GeoError,
    OnlineKeyError,
    OnlineQuotaError,
    OnlineRefusedError,
    OnlineServiceError,
    OnlineTimeoutError,
)
from geo.messages import message
from geo.model import Candidate, Point, Precision
from geo.online import (
    FallbackGeocoder,
    OnlineGeocoder,
    Pace,
    ServiceTerms,
    amap,
    nominatim,
    service_terms,
    tianditu,
)
from geo.online.fallback import merge
from geo.online.question import question
from geo.ports import Geocoder
from tests.geo.online_doubles import AREAS, HandClock, Heard, MemoryAnswers, Offline, Replay

KEY = "0123456789abcdef0123456789abcdef"
ADDRESS = "青屿县河埔镇前洋村中山路77号3单元501室"
SENT = "青屿县河埔镇前洋村中山路77号"
DOOR = (118.6105, 24.8049)


def online(
    service: str,
    replay: Replay,
    *,
    memory: MemoryAnswers | None = None,
    clock: HandClock | None = None,
    terms: ServiceTerms | None = None,
    region: str = "",
) -> OnlineGeocoder:
    ways: dict[str, Callable[[], Any]] = {
        "amap": lambda: amap(key=KEY, timeout_s=1.0, adapters=replay),
        "tianditu": lambda: tianditu(key=KEY, timeout_s=1.0, adapters=replay),
        "nominatim": lambda: nominatim(url="http://10.0.0.5", timeout_s=1.0, adapters=replay),
    }
    clock = clock or HandClock()
    return OnlineGeocoder(
        service,
        ways[service](),
        terms=terms or service_terms(service),
        areas=AREAS,
        memory=memory if memory is not None else MemoryAnswers(),
        pace=Pace(clock, clock.sleep),
        region=region,
    )


def candidates(service: str, record: str, text: str = ADDRESS) -> tuple[Candidate, ...]:
    asked = online(service, Replay(record))
    parsed = parse(text)
    return asked.candidates(parsed, asked.ask(asked.question(parsed) or ""))


def fallback(asked: OnlineGeocoder, **options: Any) -> tuple[FallbackGeocoder, Heard]:
    heard = Heard()
    options = {"below_confidence": 0.6, "doors": True} | options
    return FallbackGeocoder(Offline(), asked, listener=heard, **options), heard


# What may be sent


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (ADDRESS, SENT),
        ("中山路77号 李四收 13800000000", "中山路77号"),
        ("万安街道金都花园8幢302", "万安街道金都花园8幢"),
        ("河埔镇后坑村3组12号（租房）", "河埔镇后坑村3组12号"),
        ("河埔镇中山路张三五金店", "河埔镇中山路"),
        ("张三五金店", None),
        ("河埔镇", None),
        ("", None),
        ("359921199001011234", None),
    ],
)
def test_only_the_place_is_sent(text: str, sent: str | None) -> None:
    assert question(parse(text)) == sent


def test_the_region_stands_before_texts_that_name_no_county() -> None:
    assert question(parse("新华路8号"), region="青屿县") == "青屿县新华路8号"
    assert question(parse("白石县新华路8号"), region="青屿县") == "白石县新华路8号"


@given(st.text(max_size=60) | st.text("河埔镇中山路77号前洋村3组室李四13800@=\n", max_size=40))
def test_no_question_is_longer_or_holds_more_than_the_text(text: str) -> None:
    parsed = parse(text)
    sent = question(parsed)
    if sent is not None:
        assert set(sent) <= {character for part in parsed.parts for character in part.text}
        assert sent.isprintable()
        assert not any(run.isdigit() and len(run) > 5 for run in sent.split())


# What the services say


@pytest.mark.parametrize(
    ("service", "record"),
    [("amap", "amap_door"), ("tianditu", "tianditu_door"), ("nominatim", "nominatim_house")],
)
def test_each_service_finds_the_door_in_wgs84(service: str, record: str) -> None:
    (found,) = candidates(service, record)
    assert found.precision is Precision.DOOR
    assert float(distance_m((found.point.lon, found.point.lat), DOOR)) < 0.2
    assert (found.township_code, found.grid_code) == ("T1", "G1")
    assert 0.6 < found.confidence < 0.9
    assert "所在乡镇与地址一致" in str(found.reason)


def test_what_is_sent_is_the_question_and_the_key_only() -> None:
    replay = Replay("amap_door")
    online("amap", replay).ask(SENT)
    assert replay.asked == [{"address": [SENT], "key": [KEY], "output": ["JSON"]}]
    replay = Replay("tianditu_door")
    online("tianditu", replay).ask(SENT)
    assert replay.asked == [{"ds": [f'{{"keyWord": "{SENT}"}}'], "tk": [KEY]}]
    replay = Replay("nominatim_house")
    online("nominatim", replay).ask(SENT)
    assert replay.urls[0].startswith("http://10.0.0.5/search?")
    assert replay.asked[0]["q"] == [SENT]


def test_a_door_of_another_number_tells_the_road_only() -> None:
    (found,) = candidates("amap", "amap_other_number")
    assert found.precision is Precision.ROAD
    assert found.confidence < 0.6


def test_two_places_of_one_name_share_the_confidence() -> None:
    first, second = candidates("amap", "amap_two", "河埔镇新华路8号")
    assert first.township_code == "T1"
    assert second.township_code == "T2"
    assert first.confidence <= 0.5
    assert second.confidence < first.confidence / 2
    assert "请核对" in str(second.reason)


def test_a_point_outside_the_jurisdiction_counts_little() -> None:
    (found,) = candidates("amap", "amap_outside")
    assert found.confidence < 0.2
    assert "辖区之外" in str(found.reason)


def test_a_text_of_another_county_may_lie_outside() -> None:
    (found,) = candidates("amap", "amap_other_county", "白石县江滨路5号")
    assert found.confidence > 0.7
    assert found.township_code is None


def test_a_village_named_otherwise_counts_less() -> None:
    (right,) = candidates("amap", "amap_village", "河埔镇前洋村")
    (wrong,) = candidates("amap", "amap_village", "河埔镇后坑村")
    (none,) = candidates("amap", "amap_village", "前洋村")
    assert right.precision is Precision.VILLAGE
    assert wrong.confidence < none.confidence < right.confidence


def test_a_level_never_heard_of_counts_as_vague() -> None:
    (found,) = candidates("amap", "amap_new_level")
    assert found.precision is Precision.COUNTY
    assert found.confidence < 0.5


@pytest.mark.parametrize(
    ("service", "record"),
    [
        ("amap", "amap_nothing"),
        ("amap", "amap_unknown_address"),
        ("tianditu", "tianditu_nothing"),
        ("nominatim", "nominatim_nothing"),
    ],
)
def test_nothing_found_is_an_answer_and_is_remembered(service: str, record: str) -> None:
    memory, replay = MemoryAnswers(), Replay(record)
    asked = online(service, replay, memory=memory)
    assert asked.ask(SENT) == ()
    assert asked.recall(SENT) == ()


BAD = [
    ("amap", "amap_bad_key", OnlineKeyError),
    ("amap", "amap_quota", OnlineQuotaError),
    ("amap", "amap_too_fast", OnlineQuotaError),
    ("amap", "amap_bad_question", OnlineServiceError),
    ("amap", "amap_engine", OnlineServiceError),
    ("amap", 401, OnlineKeyError),
    ("amap", 429, OnlineQuotaError),
    ("amap", 500, OnlineServiceError),
    ("amap", 503, OnlineTimeoutError),
    ("tianditu", "tianditu_bad_key", OnlineKeyError),
    ("tianditu", 403, OnlineKeyError),
    ("tianditu", 418, OnlineKeyError),
    ("amap", "tianditu_door", OnlineServiceError),
    ("tianditu", "amap_door", OnlineServiceError),
    ("nominatim", "amap_door", OnlineServiceError),
    ("amap", "nominatim_house", OnlineServiceError),
    ("amap", GeocoderTimedOut(f"{SENT} {KEY}"), OnlineTimeoutError),
    ("amap", GeocoderUnavailable(f"{SENT} {KEY}"), OnlineServiceError),
    ("amap", ValueError(f"{SENT} {KEY}"), OnlineServiceError),
]


@pytest.mark.parametrize(("service", "record", "kind"), BAD)
def test_a_bad_answer_is_named_without_address_key_or_url(
    service: str,
    record: str | int | Exception,
    kind: type[GeoError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(OnlineServiceError) as caught:
        online(service, Replay(record)).ask(SENT)
    assert type(caught.value) is kind
    assert service in str(caught.value)
    assert "；" in str(caught.value)  # a cure follows
    said = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert not any(secret in said for secret in (SENT, KEY, "http:", "https:", "中山路"))


@pytest.mark.parametrize("record", ["amap_door", "nominatim_house", "tianditu_door", 500])
def test_no_log_of_any_library_holds_what_was_asked(
    record: str | int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service = "amap" if record == 500 else str(record).partition("_")[0]
    geocoder, _ = fallback(online(service, Replay(record)))
    geocoder.geocode(ADDRESS)
    assert not any(part in caplog.text for part in ("中山路", KEY, "http", "%E4"))


@pytest.mark.parametrize("location", ["", "a,b", "118.6", "nan,nan", "118.6,95", "1,2,3", [], 7])
def test_a_location_that_is_none_is_refused_or_left_out(location: Any) -> None:
    class Odd(Replay):
        def get_json(self, url: str, **_: Any) -> Any:
            return {"status": "1", "geocodes": [{"level": "门牌号", "location": location}]}

    with suppress(OnlineServiceError):
        assert online("amap", Odd("amap_door")).ask(SENT) == ()


def test_a_label_is_one_short_line_and_no_formula() -> None:
    class Odd(Replay):
        def get_json(self, url: str, **_: Any) -> Any:
            label = '＝=cmd|"/c calc"\n' + "长" * 500
            row = {"level": "村庄", "location": "118.61,24.80", "formatted_address": label}
            return {"status": "1", "geocodes": [row]}

    (answer,) = online("amap", Odd("amap_door")).ask(SENT)
    assert answer.label.startswith("cmd")
    assert len(answer.label) <= 120
    assert "\n" not in answer.label


@pytest.mark.parametrize("service", ["amap", "tianditu", "nominatim"])
def test_every_level_is_doubtful_and_the_vague_one_most(service: str) -> None:
    levels = service_terms(service).levels
    assert all(0.0 < level.assumed_right < 1.0 for level in levels.values())
    assert min(levels.values(), key=lambda level: level.assumed_right) == levels["其他"]


# Pace, limit, memory


def test_questions_keep_their_distance() -> None:
    clock = HandClock()
    asked = online("amap", Replay("amap_door"), clock=clock)
    for text in ("一路1号", "一路2号", "一路3号"):
        asked.ask(text)
    assert sum(clock.slept) == pytest.approx(2 * service_terms("amap").min_delay_s)


def test_a_failing_service_is_not_asked_again_at_once() -> None:
    replay, clock = Replay(500), HandClock()
    with pytest.raises(OnlineServiceError):
        online("amap", replay, clock=clock).ask(SENT)
    assert len(replay.urls) == 1


def test_the_daily_limit_ends_asking_until_tomorrow() -> None:
    memory, replay = MemoryAnswers(), Replay("amap_door")
    asked = online("amap", replay, memory=memory, terms=replace(service_terms("amap"), per_day=2))
    asked.ask("一路1号")
    asked.ask("一路2号")
    with pytest.raises(OnlineQuotaError):
        asked.ask("一路3号")
    assert len(replay.urls) == 2
    memory.today = memory.today.replace(day=26)
    asked.ask("一路3号")


def test_an_answer_is_kept_for_its_days_and_not_longer() -> None:
    memory, replay = MemoryAnswers(), Replay("amap_door")
    geocoder, heard = fallback(online("amap", replay, memory=memory))
    geocoder.geocode(ADDRESS)
    again = geocoder.geocode(ADDRESS)
    assert len(replay.urls) == 1
    assert again.best is not None
    assert again.best.precision is Precision.DOOR
    assert len(heard.begun) == 1
    memory.today = memory.today.replace(month=12, day=25)
    geocoder.geocode(ADDRESS)
    assert len(replay.urls) == 2


def test_no_cache_days_keep_nothing() -> None:
    memory = MemoryAnswers()
    terms = replace(service_terms("amap"), cache_days=0)
    asked = online("amap", Replay("amap_door"), memory=memory, terms=terms)
    asked.ask(SENT)
    assert not memory.kept
    assert asked.recall(SENT) is None


# Offline first


def test_it_is_a_geocoder() -> None:
    geocoder: Geocoder = fallback(online("amap", Replay("amap_door")))[0]
    assert geocoder.geocode("中山路301号").best is not None


def test_what_offline_is_sure_of_is_not_asked() -> None:
    replay = Replay("amap_door")
    geocoder, heard = fallback(online("amap", replay))
    known = ["中山路301号", "河埔镇", ""]
    assert geocoder.geocode_many(known) == Offline().geocode_many(known)
    assert not replay.urls
    assert not heard.begun


def test_a_number_unknown_offline_is_found_online() -> None:
    geocoder, heard = fallback(online("amap", Replay("amap_door")))
    before = Offline().geocode(ADDRESS)
    answer = geocoder.geocode(ADDRESS)
    assert before.best is not None
    assert before.best.precision is Precision.ROAD
    assert answer.best is not None
    assert answer.best.precision is Precision.DOOR
    assert before.best in answer.candidates
    assert heard.begun == [("amap", 1)]
    assert [(use.asked, use.answered) for use in heard.uses] == [(1, 1)]


def test_without_doors_a_sure_road_is_enough() -> None:
    replay = Replay("amap_door")
    geocoder, _ = fallback(online("amap", replay), doors=False)
    geocoder.geocode(ADDRESS)
    assert not replay.urls


def test_equal_questions_are_sent_once_in_an_order_that_tells_nothing() -> None:
    replay = Replay("amap_door")
    geocoder, heard = fallback(online("amap", replay))
    texts = [ADDRESS, "河埔镇中山路93号", ADDRESS.replace("501", "502"), "河埔镇中山路91号"]
    answers = geocoder.geocode_many(texts)
    sent = [fields["address"][0] for fields in replay.asked]
    assert sent == sorted(sent)
    assert len(sent) == 3
    assert answers[0].best == answers[2].best
    assert [answer.parsed.text for answer in answers] == texts
    assert heard.uses[-1].asked == 3


def test_what_may_not_be_sent_is_counted() -> None:
    replay = Replay("amap_door")
    geocoder, heard = fallback(online("amap", replay))
    geocoder.geocode_many(["张三五金店", ADDRESS])
    assert heard.uses[-1].withheld == 1
    assert len(replay.urls) == 1


@pytest.mark.parametrize(
    ("record", "asked"), [("amap_bad_key", 1), ("amap_quota", 1), (500, 3), (503, 3)]
)
def test_a_failing_service_costs_no_offline_answer(record: str | int, asked: int) -> None:
    replay = Replay(record)
    geocoder, heard = fallback(online("amap", replay))
    texts = [f"河埔镇中山路{number}号" for number in range(71, 91, 2)]
    expected = Offline().geocode_many(texts)
    assert geocoder.geocode_many(texts) == expected
    assert len(replay.urls) == asked
    assert geocoder.geocode_many(texts) == expected
    assert len(replay.urls) == asked
    assert isinstance(heard.uses[-1].trouble, OnlineServiceError)
    assert geocoder.trouble is heard.uses[-1].trouble


def test_one_failure_is_passed_over() -> None:
    replay = Replay(500, "amap_door")
    geocoder, heard = fallback(online("amap", replay))
    geocoder.geocode_many([f"河埔镇中山路{number}号" for number in (71, 73, 77)])
    assert len(replay.urls) == 3
    assert heard.uses[-1].answered == 2


def test_a_refused_host_ends_the_run_and_is_heard() -> None:
    geocoder, heard = fallback(online("amap", Replay(OnlineRefusedError("在线服务已拒绝"))))
    with pytest.raises(OnlineRefusedError):
        geocoder.geocode(ADDRESS)
    assert heard.uses[-1].asked == 1


def test_progress_ends_at_the_total_and_never_falls() -> None:
    seen: list[tuple[int, int]] = []
    geocoder, _ = fallback(online("amap", Replay("amap_door")))
    texts = [f"河埔镇中山路{number}号" for number in (71, 73, 77)] + ["中山路301号"]
    geocoder.geocode_many(texts, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (4, 4)


# Two sources


def candidate(lon: float, confidence: float, precision: Precision = Precision.DOOR) -> Candidate:
    return Candidate(Point(lon, 24.8), precision, confidence, "", message("名称与地名库一致"))


def test_two_sources_that_agree_are_surer_than_either() -> None:
    (both,) = merge([candidate(118.6, 0.5)], [candidate(118.6005, 0.7)])
    assert both.confidence == pytest.approx(0.85)
    assert both.point.lon == 118.6
    assert "两个来源一致" in str(both.reason)


def test_two_doors_apart_exclude_one_another() -> None:
    first, second = merge([candidate(118.6, 0.5)], [candidate(118.7, 0.8)])
    assert (first.point.lon, second.point.lon) == (118.7, 118.6)
    assert first.confidence == pytest.approx(0.8 * 0.5 / 0.6)
    assert second.confidence == pytest.approx(0.5 * 0.2 / 0.6)


def test_a_village_round_a_door_is_no_rival() -> None:
    village = candidate(118.61, 0.92, Precision.VILLAGE)
    assert merge([village], [candidate(118.6, 0.8)]) == (candidate(118.6, 0.8), village)


@given(
    st.lists(st.floats(0, 1), max_size=3),
    st.lists(st.floats(0, 1), max_size=3),
    st.sampled_from([118.6, 118.7]),
)
def test_merged_confidences_stay_probabilities(
    left: list[float], right: list[float], lon: float
) -> None:
    merged = merge([candidate(118.6, p) for p in left[:1]], [candidate(lon, p) for p in right[:1]])
    assert sum(each.confidence for each in merged) <= 1.0 + 1e-9
    assert max((each.confidence for each in merged), default=0.0) <= max(
        [*left[:1], *right[:1], 0.97]
    )
