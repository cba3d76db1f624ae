from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from data.errors import StoreError, WorkerError
from data.jobs import MOST_ATTEMPTS, Job, JobKind, JobState
from data.store import DATABASE_NAME, Store
from geo.messages import message
from tests.data.courts import CourtFolder
from tests.fakes import StandingClock


def _job(store: Store) -> Job:
    return store.jobs.add(JobKind.PLAN, {"days": ["2026-11-26"]}, by="u1")


def _state(store: Store, job: Job) -> JobState:
    found = store.jobs.get(job.id)
    assert found is not None
    return found.state


def _taken(store: Store, job: Job) -> Job:
    found = store.jobs.take(job.id)
    assert found is not None
    return found


def test_a_job_waits_runs_and_ends(store: Store) -> None:
    job = _job(store)
    assert (job.state, job.wanted) == (JobState.QUEUED, {"days": ["2026-11-26"]})
    taken = store.jobs.take(job.id)
    assert taken is not None
    assert (taken.state, taken.attempts) == (JobState.RUNNING, 1)
    store.jobs.finish(taken, {"action": "A1"})
    ended = store.jobs.get(job.id)
    assert ended is not None
    assert (ended.state, ended.result) == (JobState.DONE, {"action": "A1"})
    assert ended.state.ended
    assert store.jobs.get("j-none") is None


def test_a_job_is_taken_once(store: Store) -> None:
    job = _job(store)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: store.jobs.take(job.id), range(16)))
    assert sum(one is not None for one in taken) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_why_it_failed_is_told_in_each_language_and_encrypted(store: Store, tmp_path: Path) -> None:
    job = _job(store)
    taken = _taken(store, job)
    said = message("文件 %(file)s：%(why)s", file="案件表-canary.xlsx", why=message("已损坏"))
    store.jobs.fail(taken, said)
    failed = store.jobs.get(job.id)
    assert failed is not None
    assert failed.error == said
    held = b"".join(path.read_bytes() for path in (tmp_path / "court").glob(f"{DATABASE_NAME}*"))
    assert b"canary" not in held


def test_a_waiting_job_stops_at_once_and_a_running_one_at_its_next_step(store: Store) -> None:
    waiting, running = _job(store), _job(store)
    taken = _taken(store, running)
    assert not store.jobs.ask_to_stop(waiting.id, by="u1")
    assert store.jobs.ask_to_stop(running.id, by="u1")
    assert _state(store, waiting) is JobState.STOPPED
    assert store.jobs.take(waiting.id) is None
    store.jobs.end_stopped(taken)
    assert not store.jobs.ask_to_stop(running.id, by="u1")
    assert _state(store, running) is JobState.STOPPED


def test_a_job_that_did_not_end_well_is_tried_again(store: Store) -> None:
    job = _job(store)
    with pytest.raises(StoreError, match="重试"):
        store.jobs.retry(job.id, by="u1")
    store.jobs.fail(_taken(store, job), message("已损坏"))
    again = store.jobs.retry(job.id, by="u1")
    assert (again.state, again.attempts, again.error) == (JobState.QUEUED, 0, None)
    with pytest.raises(StoreError, match="没有这个任务"):
        store.jobs.retry("j-none", by="u1")


def test_what_was_cut_off_is_taken_up_and_given_up_at_last(store: Store) -> None:
    job, other = _job(store), _job(store)
    for _ in range(MOST_ATTEMPTS):
        assert store.jobs.take(job.id)
        waiting = store.jobs.recover(by="worker")
    assert _state(store, job) is JobState.FAILED
    assert waiting == (other.id,)
    failed = store.jobs.get(job.id)
    assert failed is not None
    assert "中断" in str(failed.error)


def test_what_was_to_stop_when_it_was_cut_off_is_stopped(store: Store) -> None:
    job = _job(store)
    store.jobs.take(job.id)
    assert store.jobs.recover(by="worker", stop_asked=job.id.__eq__) == ()
    assert _state(store, job) is JobState.STOPPED


def test_what_is_under_way_is_shown_first(store: Store) -> None:
    done, waiting = _job(store), _job(store)
    store.jobs.finish(_taken(store, done), {})
    assert [one.id for one in store.jobs.latest()] == [waiting.id, done.id]


def test_a_worker_that_was_followed_ends_nothing(store: Store) -> None:
    job = _job(store)
    first = _taken(store, job)
    store.jobs.recover(by="worker")
    second = _taken(store, job)
    store.jobs.fail(first, message("已损坏"))
    assert _state(store, job) is JobState.RUNNING
    store.jobs.finish(second, {})
    store.jobs.end_stopped(first)
    assert _state(store, job) is JobState.DONE


def test_a_store_has_one_worker_and_says_who_it_is(
    store: Store, court: CourtFolder, clock: StandingClock
) -> None:
    with closing(court.open(clock)) as other:
        with store.jobs.worker_lock("court-1:4711") as still:
            assert still()
            with (
                pytest.raises(WorkerError, match="court-1:4711"),
                other.jobs.worker_lock("court-2:4712"),
            ):
                raise AssertionError
        with other.jobs.worker_lock("court-2:4712") as still:
            assert still()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_worker_whose_connection_ends_is_one_no_longer(
    store: Store, court: CourtFolder, clock: StandingClock
) -> None:
    with closing(court.open(clock)) as other, store.jobs.worker_lock("court-1:4711") as still:
        with court.outside() as outside:
            end = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'fieldwrit worker %%'"
            )
            assert outside.exec_driver_sql(end).scalar()
        assert not still()
        with other.jobs.worker_lock("court-2:4712") as second:
            assert second()
            assert not still()
