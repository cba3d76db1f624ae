"""Pages mark a rule whose text was revised, and name who entered a signature."""

from __future__ import annotations

from flask import Flask

from data.model import Role
from tests.web.court import NOW
from web.revisions import account_name, revised
from web.services import Services


def test_a_rule_on_an_older_text_is_marked_and_others_are_not(app: Flask, court: Services) -> None:
    assert court.clock().year == NOW.year == 2026
    with app.test_request_context():
        (told,) = revised("D5")
        assert "治安管理处罚法已有新文本（2025年6月27日修订，2026-01-01 起施行）" in told
        assert "仍按2012年10月26日修正" in told
        assert revised("A1") == revised("no rule") == ()


def test_an_account_is_named_with_its_user_name(app: Flask, court: Services) -> None:
    one = next(each for each in court.store.accounts.all() if each.role is Role.COMMANDER)
    with app.test_request_context():
        assert account_name(one.id) == f"{one.display_name}（{one.username}）"
        assert account_name("gone") == "gone"
