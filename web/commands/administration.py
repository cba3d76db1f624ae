"""Commands of administrators: ``account``, ``audit``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from data.model import AccountChange, Role
from web.commands.options import FILE, OUTPUT, json_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["account", "audit"]


_password_option = click.option(
    "--password-stdin", is_flag=True, help=marked("从标准输入读密码，不提问")
)


def _new_password(settings: Settings, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = click.prompt(
        translator(settings.language)(marked("密码")), hide_input=True, confirmation_prompt=True
    )
    return asked


@click.group(help=marked("账户。"))
def account() -> None:
    """Hold the commands of ``fieldwrit account``."""


@account.command("add", help=marked("添加账户 USERNAME；密码不出现在命令行。"))
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", "display_name", required=True, help=marked("显示的名称"))
@click.option("--station", "station_id", help=marked("派出所编号（派出所联络民警）"))
@click.option("--grid", "grid_code", help=marked("网格代码（网格联络员）"))
@click.option("--team", "team_id", help=marked("小组编号（执行人员，可不指定）"))
@_password_option
@json_option
@click.pass_obj
def account_add(
    settings: Settings,
    username: str,
    role: str,
    display_name: str,
    station_id: str | None,
    grid_code: str | None,
    team_id: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit account add``."""
    from web.steps import administration

    result = administration.add_account(
        settings,
        username,
        _new_password(settings, password_stdin),
        Role(role),
        display_name,
        station_id=station_id,
        grid_code=grid_code,
        team_id=team_id,
    )
    show(result, as_json=as_json, settings=settings)


@account.command("list", help=marked("列出账户。"))
@json_option
@click.pass_obj
def account_list(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit account list``."""
    from web.steps import administration

    show(administration.list_accounts(settings), as_json=as_json, settings=settings)


@account.command(
    "change",
    help=marked("停用、恢复或解锁账户 USERNAME，关闭其两步验证，允许或取消单点登录，或重设密码。"),
)
@click.argument("username")
@click.argument("change", type=click.Choice([change.value for change in AccountChange]))
@_password_option
@json_option
@click.pass_obj
def account_change(
    settings: Settings, username: str, change: str, password_stdin: bool, as_json: bool
) -> None:
    """Run ``fieldwrit account change``."""
    from web.steps import administration

    password = _new_password(settings, password_stdin) if change == AccountChange.PASSWORD else ""
    result = administration.change_account(
        settings, username, AccountChange(change), password=password
    )
    show(result, as_json=as_json, settings=settings)


@account.command("place", help=marked("设定账户 USERNAME 归属的小组和法院；没有写的不变。"))
@click.argument("username")
@click.option("--team", "team_id", help=marked("小组编号（执行人员）"))
@click.option("--every-team", is_flag=True, help=marked("不限小组"))
@click.option("--court", help=marked("法院代码，与案号中的一致，如 闽0504"))
@json_option
@click.pass_obj
def account_place(
    settings: Settings,
    username: str,
    team_id: str | None,
    every_team: bool,
    court: str | None,
    as_json: bool,
) -> None:
    """Run ``fieldwrit account place``."""
    from web.steps import administration

    result = administration.place_account(
        settings, username, team_id=team_id, every_team=every_team, court=court
    )
    show(result, as_json=as_json, settings=settings)


@account.command("court", help=marked("登记本库的法院代码 CODE；属其他法院的账户不能登录。"))
@click.argument("code")
@json_option
@click.pass_obj
def account_court(settings: Settings, code: str, as_json: bool) -> None:
    """Run ``fieldwrit account court``."""
    from web.steps import administration

    show(administration.set_court(settings, code), as_json=as_json, settings=settings)


@account.command("devices", help=marked("列出外勤设备。"))
@json_option
@click.pass_obj
def account_devices(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit account devices``."""
    from web.steps import administration

    show(administration.list_devices(settings), as_json=as_json, settings=settings)


@account.command(
    "revoke-device",
    help=marked("停用外勤设备 DEVICE：它再次联网时清除本机的一切，包括未发送的记录；不能恢复。"),
)
@click.argument("device")
@json_option
@click.pass_obj
def account_revoke_device(settings: Settings, device: str, as_json: bool) -> None:
    """Run ``fieldwrit account revoke-device``."""
    from web.steps import administration

    show(administration.revoke_device(settings, device), as_json=as_json, settings=settings)


@account.command("rights", help=marked("列出各角色和终端的权限。"))
@json_option
@click.pass_obj
def account_rights(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit account rights``."""
    from web.steps import administration

    show(administration.list_rights(), as_json=as_json, settings=settings)


@click.group(help=marked("审计。"))
def audit() -> None:
    """Hold the commands of ``fieldwrit audit``."""


@audit.command("verify", help=marked("核对整条审计链和已签署的检查点。"))
@click.option("--against", type=FILE, help=marked("以前导出、另存他处的审计文件"))
@json_option
@click.pass_obj
def audit_verify(settings: Settings, against: Path | None, as_json: bool) -> None:
    """Run ``fieldwrit audit verify``."""
    from web.steps import administration

    result = administration.verify_audit(settings, against=against)
    show(result, as_json=as_json, settings=settings)


@audit.command("sign", help=marked("核对整条审计链，并以数据目录的签名密钥签署其末条。"))
@json_option
@click.pass_obj
def audit_sign(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit audit sign``."""
    from web.steps import administration

    show(administration.sign_audit(settings), as_json=as_json, settings=settings)


@audit.command("export", help=marked("把审计链和检查点写到 FILE，供他人核对或另存。"))
@click.argument("file", type=OUTPUT)
@json_option
@click.pass_obj
def audit_export(settings: Settings, file: Path, as_json: bool) -> None:
    """Run ``fieldwrit audit export``."""
    from web.steps import administration

    show(administration.export_audit(settings, file), as_json=as_json, settings=settings)


@audit.command("check", help=marked("核对导出的审计文件 FILE，不需要数据目录。"))
@click.argument("file", type=FILE)
@click.option("--key", help=marked("法院公布的公钥（64 位十六进制数字）"))
@json_option
@click.pass_obj
def audit_check(settings: Settings, file: Path, key: str | None, as_json: bool) -> None:
    """Run ``fieldwrit audit check``."""
    from web.steps import administration

    show(administration.check_audit_file(file, key), as_json=as_json, settings=settings)
