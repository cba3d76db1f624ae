"""Commands over data protection: ``protection show``, ``add``, ``end``, ``disclose``, ..."""

from __future__ import annotations

from pathlib import Path

import click

from web.commands.options import FILE, OUTPUT, json_option, person_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked
from web.person import Person

__all__ = ["protection"]

_KINDS = ("assessment", "vendor", "map_review", "leak", "leak_step")
_PURPOSES = ("prosecutor", "compensation", "openness")


@click.group(help=marked("数据合规：登记、对外提供和到期删除。"))
def protection() -> None:
    """Hold the commands of ``fieldwrit protection``."""


@protection.command("show", help=marked("显示规则对数据的要求和登记。"))
@json_option
@click.pass_obj
def protection_show(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit protection show``."""
    from web.steps import protection as steps

    result = steps.show_register(settings)
    if as_json:
        show(result, as_json=True, settings=settings)
        return
    for one in result["findings"]:
        click.echo(f"{one['rule']} {one['verdict']}  {one['text']}（{one['citation']}）")
    for one in result["lines"]:
        click.echo(f"{one['id']}  {one['kind']}  {one['code']}  {one['document']}  {one['on']}")


@protection.command("add", help=marked("按 RECORD（JSON 文件）登记一条 KIND，或泄露处置的下一步。"))
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("record", type=FILE)
@person_option(marked("登记人的用户名（审计员或管理员）"))
@json_option
@click.pass_obj
def protection_add(
    settings: Settings, kind: str, record: Path, person: Person, as_json: bool
) -> None:
    """Run ``fieldwrit protection add``."""
    from web.steps import protection as steps

    show(
        steps.add_line(settings, kind, record, person=person),
        as_json=as_json,
        settings=settings,
    )


@protection.command("end", help=marked("停用登记 LINE（编号）；登记保留。"))
@click.argument("line")
@person_option(marked("登记人的用户名（审计员或管理员）"))
@json_option
@click.pass_obj
def protection_end(settings: Settings, line: str, person: Person, as_json: bool) -> None:
    """Run ``fieldwrit protection end``."""
    from web.steps import protection as steps

    show(steps.end_line(settings, line, person=person), as_json=as_json, settings=settings)


@protection.command(
    "disclose",
    help=marked("为检察监督、司法赔偿或执行公开导出案件 CASE 的记录（JSON），不含姓名和地址。"),
)
@click.argument("purpose", type=click.Choice(_PURPOSES))
@click.argument("case")
@click.option("--output", type=OUTPUT, required=True, help=marked("输出文件"))
@person_option(marked("登记人的用户名（审计员或管理员）"))
@json_option
@click.pass_obj
def protection_disclose(
    settings: Settings, purpose: str, case: str, output: Path, person: Person, as_json: bool
) -> None:
    """Run ``fieldwrit protection disclose``."""
    from web.steps import protection as steps

    result = steps.disclose(settings, purpose, case, output, person=person)
    show(result, as_json=as_json, settings=settings)


@protection.command(
    "openness",
    help=marked("为执行公开导出全院统计（JSON）：案件、限制消费、失信名单的数量，不含个人信息。"),
)
@click.option("--output", type=OUTPUT, required=True, help=marked("输出文件"))
@person_option(marked("经办人的用户名（审计员或管理员）"))
@json_option
@click.pass_obj
def protection_openness(settings: Settings, output: Path, person: Person, as_json: bool) -> None:
    """Run ``fieldwrit protection openness``."""
    from web.steps import protection as steps

    show(steps.write_openness(settings, output, person=person), as_json=as_json, settings=settings)


@protection.command(
    "public-map",
    help=marked("导出可公开的乡镇统计地图（GeoJSON）；须已登记审图号 REVIEW。"),
)
@click.argument("review")
@click.option("--output", type=OUTPUT, required=True, help=marked("输出文件"))
@person_option(marked("登记人的用户名（审计员或管理员）"))
@json_option
@click.pass_obj
def protection_public_map(
    settings: Settings, review: str, output: Path, person: Person, as_json: bool
) -> None:
    """Run ``fieldwrit protection public-map``."""
    from web.steps import protection as steps

    result = steps.write_public_map(settings, review, output, person=person)
    show(result, as_json=as_json, settings=settings)


@protection.command(
    "purge",
    help=marked(
        "删除已到期的个人信息：地址、线索、预警、已结案件、计划、停用的记录、签到和消息、未能导入的行。"
    ),
)
@click.option("--dry-run", is_flag=True, help=marked("只列出，不删除"))
@click.option("--certificate", type=OUTPUT, help=marked("把签署的销毁证明写到这个文件"))
@person_option(marked("经办人的用户名（审计员或管理员）"))
@json_option
@click.pass_obj
def protection_purge(
    settings: Settings,
    dry_run: bool,
    certificate: Path | None,
    person: Person,
    as_json: bool,
) -> None:
    """Run ``fieldwrit protection purge``."""
    from web.steps import protection as steps

    result = steps.purge_expired(settings, dry_run=dry_run, certificate=certificate, person=person)
    show(result, as_json=as_json, settings=settings)


@protection.command("certificate", help=marked("核对销毁证明 FILE，不需要数据目录。"))
@click.argument("file", type=FILE)
@click.option("--key", help=marked("法院公布的公钥（64 位十六进制数字）"))
@json_option
@click.pass_obj
def protection_certificate(settings: Settings, file: Path, key: str | None, as_json: bool) -> None:
    """Run ``fieldwrit protection certificate``."""
    from web.steps import protection as steps

    show(steps.check_certificate(file, key), as_json=as_json, settings=settings)


@protection.command(
    "subject",
    help=marked("应本人申请，导出库中关于此人的全部内容；RECORD（JSON 文件）写明姓名和证件号码。"),
)
@click.argument("record", type=FILE)
@click.option("--output", type=OUTPUT, required=True, help=marked("输出文件"))
@person_option(marked("经办人的用户名（审计员或管理员）"))
@json_option
@click.pass_obj
def protection_subject(
    settings: Settings, record: Path, output: Path, person: Person, as_json: bool
) -> None:
    """Run ``fieldwrit protection subject``."""
    from web.steps import protection as steps

    result = steps.report_to_subject(settings, record, output, person=person)
    show(result, as_json=as_json, settings=settings)
