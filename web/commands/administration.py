"""Commands of administrators: ``account``, ``audit``."""

from __future__ import annotations

import sys

import click

from data.model import Role
from web.commands.options import json_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["account", "audit"]


@click.group(help=marked("账户。"))
def account() -> None:
    """Hold the commands of ``fieldwrit account``."""


@account.command("add", help=marked("添加账户 USERNAME；密码不出现在命令行。"))
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", "display_name", required=True, help=marked("显示的名称"))
@click.option("--station", "station_id", help=marked("派出所编号（派出所联络民警）"))
@click.option("--grid", "grid_code", help=marked("网格代码（网格联络员）"))
@click.option("--password-stdin", is_flag=True, help=marked("从标准输入读密码，不提问"))
@json_option
@click.pass_obj
def account_add(
    settings: Settings,
    username: str,
    role: str,
    display_name: str,
    station_id: str | None,
    grid_code: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit account add``."""
    from web.steps import administration

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt(
            translator(settings.language)(marked("密码")), hide_input=True, confirmation_prompt=True
        )
    result = administration.add_account(
        settings,
        username,
        password,
        Role(role),
        display_name,
        station_id=station_id,
        grid_code=grid_code,
    )
    show(result, as_json=as_json, settings=settings)


@account.command("list", help=marked("列出账户。"))
@json_option
@click.pass_obj
def account_list(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit account list``."""
    from web.steps import administration

    show(administration.list_accounts(settings), as_json=as_json, settings=settings)


@click.group(help=marked("审计。"))
def audit() -> None:
    """Hold the commands of ``fieldwrit audit``."""


@audit.command("verify", help=marked("核对整条审计链。"))
@json_option
@click.pass_obj
def audit_verify(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit audit verify``."""
    from web.steps import administration

    show(administration.verify_audit(settings), as_json=as_json, settings=settings)
