"""Commands over address texts: ``geocode``, ``addresses``."""

from __future__ import annotations

from pathlib import Path

import click

from geo.model import Datum
from web.commands.options import json_option, result_datum_option, table_options, wrong_use
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["addresses", "geocode"]


@click.command(help=marked("离线定位一条地址 TEXT，或一个表格中的全部地址。"))
@table_options
@click.option(
    "--candidates",
    type=click.IntRange(0, 10),
    default=0,
    show_default=True,
    help=marked("拿不准的行列出几个候选"),
)
@result_datum_option("--datum", marked("结果表格的坐标系"))
@json_option
@click.pass_obj
def geocode(
    settings: Settings,
    text: str | None,
    source: Path | None,
    output: Path | None,
    column: str | None,
    sheet: str | None,
    candidates: int,
    datum: str,
    as_json: bool,
) -> None:
    """Run ``fieldwrit geocode``."""
    if (text is None) == (source is None) or (source is None) != (output is None):
        raise wrong_use(settings, marked("请给出一条地址，或同时给出 --input 与 --output"))
    if text is not None:
        from web.steps import geocoding

        result = geocoding.geocode_text(settings, text)
        if not result["candidates"] and not as_json:
            click.echo(translator(settings.language)(marked("未找到")))
    else:
        from web.steps import address_table

        assert source is not None
        assert output is not None
        result = address_table.geocode_table(
            settings,
            source,
            output,
            column=column,
            sheet=sheet,
            candidates=candidates,
            datum=Datum(datum),
        )
    show(result, as_json=as_json, settings=settings)


@click.group(help=marked("地址文字。"))
def addresses() -> None:
    """Hold the commands of ``fieldwrit addresses``."""


@addresses.command("parse", help=marked("把一条地址 TEXT，或一个表格中的地址拆成各级。"))
@table_options
@json_option
@click.pass_obj
def addresses_parse(
    settings: Settings,
    text: str | None,
    source: Path | None,
    output: Path | None,
    column: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Run ``fieldwrit addresses parse``."""
    from web.steps import address_parsing

    if (text is None) == (source is None) or (source is None) != (output is None):
        raise wrong_use(settings, marked("请给出一条地址，或同时给出 --input 与 --output"))
    if text is not None:
        result = address_parsing.parse_text(settings, text)
        if as_json:
            show(result, as_json=True, settings=settings)
        else:
            for line in address_parsing.parse_lines(result, translator(settings.language)):
                click.echo(line)
        return
    assert source is not None
    assert output is not None
    result = address_parsing.parse_table(settings, source, output, column=column, sheet=sheet)
    show(result, as_json=as_json, settings=settings)
