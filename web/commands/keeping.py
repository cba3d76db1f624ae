"""Commands that keep a court's data from loss: ``backup``, ``doctor``, ``key``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from web.commands.options import FILE, OUTPUT, json_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["backup", "doctor", "key"]


@click.group(help=marked("备份：制作、核验、恢复。"))
def backup() -> None:
    """Hold the commands of ``fieldwrit backup``."""


_passphrase_option = click.option(
    "--passphrase-stdin", is_flag=True, help=marked("从标准输入读口令，不提问")
)


def _opening(command: Callable[..., Any]) -> Callable[..., Any]:
    identity = click.option(
        "--identity", type=FILE, help=marked("私钥文件（备份是给收件人公钥的时候）")
    )
    return identity(_passphrase_option(command))


def _passphrase(settings: Settings, from_stdin: bool, *, twice: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = click.prompt(
        translator(settings.language)(marked("备份口令")),
        hide_input=True,
        confirmation_prompt=twice,
    )
    return asked


def _opener(settings: Settings, identity: Path | None, from_stdin: bool) -> Any:
    from data.sealing import Opener

    if identity is not None:
        return Opener.for_file(identity)
    return Opener(_passphrase(settings, from_stdin, twice=False))


@backup.command("make", help=marked("把数据目录备份到 FILE，加密并当场复核；其他人可以照常使用。"))
@click.argument("file", type=OUTPUT)
@click.option("--recipients", type=FILE, help=marked("收件人公钥文件，每行一个；不给则用口令"))
@click.option("--network", is_flag=True, help=marked("连道路缓存一起备份"))
@_passphrase_option
@json_option
@click.pass_obj
def backup_make(
    settings: Settings,
    file: Path,
    recipients: Path | None,
    network: bool,
    passphrase_stdin: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit backup make``."""
    from data.sealing import Sealer
    from web.steps import backups

    sealer = (
        Sealer(_passphrase(settings, passphrase_stdin, twice=True))
        if recipients is None
        else Sealer.for_file(recipients)
    )
    result = backups.make(settings, file, sealer, with_network=network)
    show(result, as_json=as_json, settings=settings)


@backup.command("verify", help=marked("核验备份 FILE：解密、库的完整性、审计链、条数。"))
@click.argument("file", type=FILE)
@_opening
@json_option
@click.pass_obj
def backup_verify(
    settings: Settings, file: Path, identity: Path | None, passphrase_stdin: bool, as_json: bool
) -> None:
    """Run ``fieldwrit backup verify``."""
    from web.steps import backups

    result = backups.verify(settings, file, _opener(settings, identity, passphrase_stdin))
    show(result, as_json=as_json, settings=settings)


@backup.command("restore", help=marked("把备份 FILE 恢复到新的数据目录；已有内容的不会覆盖。"))
@click.argument("file", type=FILE)
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help=marked("新的数据目录")
)
@_opening
@json_option
@click.pass_obj
def backup_restore(
    settings: Settings,
    file: Path,
    data_dir: Path | None,
    identity: Path | None,
    passphrase_stdin: bool,
    as_json: bool,
) -> None:
    """Run ``fieldwrit backup restore``."""
    from web.steps import backups

    here = settings if data_dir is None else replace(settings, data_dir=data_dir)
    result = backups.restore(here, file, _opener(settings, identity, passphrase_stdin))
    show(result, as_json=as_json, settings=settings)


@backup.command("key", help=marked("生成私钥文件 FILE（留在别处保管），显示制作备份用的公钥。"))
@click.argument("file", type=OUTPUT)
@json_option
@click.pass_obj
def backup_key(settings: Settings, file: Path, as_json: bool) -> None:
    """Run ``fieldwrit backup key``."""
    from web.steps import backups

    show(backups.make_key(file), as_json=as_json, settings=settings)


@click.group(help=marked("密钥。"))
def key() -> None:
    """Hold the commands of ``fieldwrit key``."""


@key.command("make", help=marked("把环境变量 FIELDWRIT_KEY 的新值写入文件 FILE。"))
@click.argument("file", type=OUTPUT)
@json_option
@click.pass_obj
def key_make(settings: Settings, file: Path, as_json: bool) -> None:
    """Run ``fieldwrit key make``."""
    from web.steps import keys

    show(keys.make_key_value(settings, file), as_json=as_json, settings=settings)


@key.command("rotate", help=marked("更换加密字段的密钥；中断后再运行就接着做。"))
@json_option
@click.pass_obj
def key_rotate(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit key rotate``."""
    from web.steps import keys

    show(keys.rotate_key(settings), as_json=as_json, settings=settings)


@click.command(help=marked("检查密钥、库、索引、临时文件、道路与备份；有问题时退出码为 1。"))
@click.option("--mend", is_flag=True, help=marked("修好可以安全修好的"))
@click.option("--all", "every_field", is_flag=True, help=marked("解密全部加密字段，而不是抽查"))
@json_option
@click.pass_context
def doctor(ctx: click.Context, mend: bool, every_field: bool, as_json: bool) -> None:
    """Run ``fieldwrit doctor``."""
    from web.steps import doctor as steps

    settings: Settings = ctx.obj
    say = translator(settings.language)
    health = steps.examine_court(settings, mend=mend, every_field=every_field)
    words = {
        "note": say(marked("提示")),
        "fault": say(marked("问题")),
        "mended": say(marked("已修好")),
    }
    result = steps.shown(health)
    if as_json:
        result["found"] = [
            {"code": one.code, "state": one.state.value, "text": one.text.render(say)}
            for one in health.troubles
        ]
        result["counts"] = health.counts
    else:
        for one in health.troubles:
            click.echo(f"{words[one.state]} {one.code}  {one.text.render(say)}")
    show(result, as_json=as_json, settings=settings)
    if not health.is_sound:
        ctx.exit(1)
