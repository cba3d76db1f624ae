from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher

from data.accounts import Accounts
from data.errors import DuplicateError, StoreError
from data.model import Role
from data.store import Store
from tests.data import samples

PASSWORD = "correct horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def accounts(store: Store) -> Accounts:
    return Accounts(store.accounts._database, hasher=QUICK)


def test_an_account_signs_in_with_its_password_only(accounts: Accounts) -> None:
    made = accounts.create("Officer", PASSWORD, Role.OFFICER, "执行员（示例）")
    assert accounts.verify(" ｏｆｆｉｃｅｒ ", PASSWORD) == made
    assert accounts.verify("officer", "wrong horse") is None
    assert accounts.verify("nobody", PASSWORD) is None
    assert accounts.get(made.id) == made
    assert accounts.get("none") is None
    assert accounts.all() == (made,)
    assert "执行员" not in repr(made)


def test_a_stronger_hash_takes_over_at_sign_in(store: Store, accounts: Accounts) -> None:
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    stronger = Accounts(
        store.accounts._database,
        hasher=PasswordHasher(time_cost=2, memory_cost=64, parallelism=1),
    )
    assert stronger.verify("officer", PASSWORD) == made
    assert accounts.verify("officer", PASSWORD) == made


def test_liaisons_are_bound_to_their_station_or_grid(accounts: Accounts) -> None:
    police = accounts.create("p", PASSWORD, Role.POLICE_LIAISON, "示例", "PS01")
    grid = accounts.create("g", PASSWORD, Role.GRID_LIAISON, "示例", grid_code="G1")
    assert (police.station_id, police.grid_code) == ("PS01", None)
    assert (grid.station_id, grid.grid_code) == (None, "G1")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"username": "  "}, "用户名"),
        ({"username": "x" * 61}, "用户名"),
        ({"password": "short"}, "8 个字符"),
        ({"role": Role.POLICE_LIAISON}, "派出所"),
        ({"station_id": "PS01"}, "派出所"),
        ({"role": Role.GRID_LIAISON}, "网格"),
        ({"grid_code": "G1"}, "网格"),
    ],
)
def test_what_no_account_may_be(accounts: Accounts, change: dict[str, Any], told: str) -> None:
    values = {
        "username": "officer",
        "password": PASSWORD,
        "role": Role.OFFICER,
        "display_name": "示例",
    }
    with pytest.raises(StoreError, match=told):
        accounts.create(**(values | change))
    assert accounts.all() == ()


def test_a_user_name_is_taken_once(store: Store, accounts: Accounts) -> None:
    accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    with pytest.raises(DuplicateError, match="已被使用"):
        accounts.create("OFFICER", PASSWORD, Role.AUDITOR, "示例")
    entry = store.audit.entries(1)[0]
    assert (entry.act, entry.detail) == ("account.create", {"role": "officer"})


def test_another_password_ends_the_sessions(accounts: Accounts) -> None:
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    after = accounts.set_password(made.id, "another horse", by=made.id)
    assert after.epoch == made.epoch + 1
    assert accounts.verify("officer", PASSWORD) is None
    assert accounts.verify("officer", "another horse") == after
    with pytest.raises(StoreError, match="8 个字符"):
        accounts.set_password(made.id, "short", by=made.id)
    assert accounts.end_sessions(made.id, by=made.id).epoch == after.epoch + 1


def test_an_account_that_ended_stays_and_signs_in_no_more(store: Store, accounts: Accounts) -> None:
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    ended = accounts.disable(made.id, by="u-admin")
    assert ended.disabled_at is not None
    assert accounts.disable(made.id, by="u-admin") == ended
    assert accounts.verify("officer", PASSWORD) is None
    assert accounts.named("Officer") == ended
    back = accounts.enable(made.id, by="u-admin")
    assert accounts.verify("officer", PASSWORD) == back
    assert back.epoch > made.epoch
    acts = [entry.act for entry in store.audit.entries()]
    assert acts == ["account.enable", "account.disable", "account.create"]


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    first = accounts.create("a", PASSWORD, Role.ADMIN, "示例")
    with pytest.raises(StoreError, match="最后一个"):
        accounts.disable(first.id, by=first.id)
    second = accounts.create("b", PASSWORD, Role.ADMIN, "示例")
    assert accounts.disable(first.id, by=second.id).disabled_at is not None
    with pytest.raises(StoreError, match="最后一个"):
        accounts.disable(second.id, by=second.id)


def test_nobody_is_no_account(accounts: Accounts) -> None:
    for act in (accounts.disable, accounts.enable, accounts.end_sessions):
        with pytest.raises(StoreError, match="没有这个账户"):
            act("u-none", by="u-admin")
    with pytest.raises(StoreError, match="没有这个账户"):
        accounts.set_password("u-none", PASSWORD, by="u-admin")


def test_only_an_account_that_was_opened_is_taken_by_the_service(accounts: Accounts) -> None:
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    other = accounts.create("other", PASSWORD, Role.OFFICER, "示例")
    issuer = "https://sso.example"
    assert accounts.of_identity(issuer, "s-1", "officer") is None
    accounts.open_to_service(made.id, by="u-admin")
    assert accounts.by_service() == {made.id: False}
    assert accounts.of_identity(issuer, "s-1", "nobody") is None
    assert accounts.of_identity(issuer, "s-1", "ＯＦＦＩＣＥＲ") is None  # compared exactly
    assert accounts.of_identity(issuer, "s-1", "officer") == made
    assert accounts.by_service() == {made.id: True}
    assert accounts.of_identity(issuer, "s-1", "other") == made  # the identifier counts
    assert accounts.of_identity(issuer, "s-2", "officer") is None  # a name given anew
    assert accounts.of_identity("https://else.example", "s-1", "officer") is None
    accounts.open_to_service(other.id, by="u-admin")
    assert accounts.of_identity(issuer, "s-3", "other") == other
    accounts.disable(made.id, by="u-admin")
    assert accounts.of_identity(issuer, "s-1", "officer") is None


def test_an_account_that_was_closed_to_the_service_is_nobodys_there(accounts: Accounts) -> None:
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    accounts.open_to_service(made.id, by="u-admin")
    accounts.of_identity("i", "s-1", "officer")
    accounts.close_to_service(made.id, by="u-admin")
    assert accounts.of_identity("i", "s-1", "officer") is None
    accounts.open_to_service(made.id, by="u-admin")
    found = accounts.of_identity("i", "s-2", "officer")
    assert found is not None
    assert found.epoch > made.epoch
    with pytest.raises(StoreError, match="没有这个账户"):
        accounts.open_to_service("u-none", by="u-admin")


def test_a_better_hash_takes_the_place_of_the_verified_one_only(
    store: Store, accounts: Accounts
) -> None:
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")

    class Meanwhile(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            done = super().verify(hash, password)
            if password == PASSWORD:
                accounts.set_password(made.id, "another horse", by="u-admin")
            return done

    stronger = Accounts(
        store.accounts._database,
        hasher=Meanwhile(time_cost=2, memory_cost=64, parallelism=1),
    )
    stronger.verify("officer", PASSWORD)
    assert accounts.verify("officer", PASSWORD) is None
    assert accounts.verify("officer", "another horse") is not None


def test_a_tour_is_remembered_and_may_be_asked_for_again(store: Store, accounts: Accounts) -> None:
    made = accounts.create("newcomer", PASSWORD, Role.OFFICER, "新同事")
    assert made.tour_seen_at is None
    accounts.set_tour_seen(made.id, seen=True)
    held = accounts.get(made.id)
    assert held is not None
    assert held.tour_seen_at == store.clock()
    accounts.set_tour_seen(made.id, seen=False)
    assert accounts.named("newcomer") == made
    with pytest.raises(StoreError):
        accounts.set_tour_seen("nobody", seen=True)


def test_an_officer_may_belong_to_a_team(store: Store, accounts: Accounts) -> None:
    store.put(teams=[samples.team()])
    team = samples.team().id
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例", team_id=team)
    assert made.team_id == team
    epoch = made.epoch
    for wrong in ("none", ""):
        with pytest.raises(StoreError, match="不在库中"):
            accounts.place(made.id, team_id=wrong, court="", by="u1")
    free = accounts.place(made.id, team_id=None, court="", by="u1")
    assert (free.team_id, free.epoch) == (None, epoch + 1)
    again = accounts.place(made.id, team_id=None, court="", by="u1")
    assert again.epoch == epoch + 1  # nothing changed, so nothing ended
    with pytest.raises(StoreError, match="只有执行人员"):
        accounts.create("auditor", PASSWORD, Role.AUDITOR, "示例", team_id=team)


def test_an_account_of_another_court_does_not_get_in(accounts: Accounts) -> None:
    officer = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    admin = accounts.create("admin", PASSWORD, Role.ADMIN, "示例")
    assert accounts.court() is None
    accounts.set_court("闽0504", by=admin.id)
    assert accounts.court() == "闽0504"
    assert [one.court_code for one in accounts.all()] == ["闽0504"] * 2
    later = accounts.create("later", PASSWORD, Role.OFFICER, "示例")
    assert later.court_code == "闽0504"
    gone = accounts.place(officer.id, team_id=None, court="闽0505", by=admin.id)
    assert (gone.elsewhere, gone.usable) == (True, False)
    assert accounts.verify("officer", PASSWORD) is None
    assert accounts.in_session(officer.id, "s1") is None
    with pytest.raises(StoreError, match="最后一个"):
        accounts.place(admin.id, team_id=None, court="闽0505", by=admin.id)
    accounts.set_court("闽0505", by=admin.id)  # the accounts of the court before go with it
    assert {one.court_code for one in accounts.all()} == {"闽0505"}
    assert accounts.verify("officer", PASSWORD) is not None
    with pytest.raises(StoreError, match="法院代码"):
        accounts.set_court("最高", by=admin.id)


def test_a_better_hash_is_on_record(store: Store, accounts: Accounts) -> None:
    made = accounts.create("officer", PASSWORD, Role.OFFICER, "示例")
    slower = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)
    Accounts(store.accounts._database, hasher=slower).verify("officer", PASSWORD)
    entry = store.audit.entries(1)[0]
    assert (entry.actor, entry.act) == (made.id, "account.rehash")
