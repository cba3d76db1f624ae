"""Commands over address texts: ``geocode``, ``addresses``."""

from __future__ import annotations

from pathlib import Path

import click

from geo.model import Datum
from web.commands.options import (
    FILE,
    OUTPUT,
    json_option,
    result_datum_option,
    seed_option,
    table_options,
    wrong_use,
)
from web.commands.results import show
from web.config import Settings
from web.i18n import marked, translator

__all__ = ["addresses", "geocode"]

_SERVICES = ("tianditu", "amap", "nominatim")
_GENERATED = click.IntRange(50, 500_000)


@click.command(
    help=marked("定位一条地址 TEXT，或一个表格中的全部地址；不联网，除非给出 --online。")
)
@table_options
@click.option(
    "--candidates",
    type=click.IntRange(0, 10),
    default=0,
    show_default=True,
    help=marked("拿不准的行列出几个候选"),
)
@result_datum_option("--datum", marked("结果表格的坐标系"))
@click.option(
    "--online",
    type=click.Choice(_SERVICES),
    help=marked("离线拿不准的再问这个在线服务（须由管理员开启，见 docs/online-geocoding.md）"),
)
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
    online: str | None,
    as_json: bool,
) -> None:
    """Run ``fieldwrit geocode``."""
    if (text is None) == (source is None) or (source is None) != (output is None):
        raise wrong_use(settings, marked("请给出一条地址，或同时给出 --input 与 --output"))
    if text is not None:
        from web.steps import geocoding

        result = geocoding.geocode_text(settings, text, online=online)
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
            online=online,
        )
    show(result, as_json=as_json, settings=settings)


@click.group(help=marked("地址文字。"))
def addresses() -> None:
    """Hold the commands of ``fieldwrit addresses``."""


@addresses.command("parse", help=marked("把一条地址 TEXT，或一个表格中的地址拆成各级。"))
@table_options
@click.option("--model", type=FILE, help=marked("地址模型，默认用本院训练的，没有则用随附的"))
@json_option
@click.pass_obj
def addresses_parse(
    settings: Settings,
    text: str | None,
    source: Path | None,
    output: Path | None,
    column: str | None,
    sheet: str | None,
    model: Path | None,
    as_json: bool,
) -> None:
    """Run ``fieldwrit addresses parse``."""
    from web.steps import address_parsing

    if (text is None) == (source is None) or (source is None) != (output is None):
        raise wrong_use(settings, marked("请给出一条地址，或同时给出 --input 与 --output"))
    if text is not None:
        result = address_parsing.parse_text(settings, text, model=model)
        if as_json:
            show(result, as_json=True, settings=settings)
        else:
            for line in address_parsing.parse_lines(result, translator(settings.language)):
                click.echo(line)
        return
    assert source is not None
    assert output is not None
    result = address_parsing.parse_table(
        settings, source, output, column=column, sheet=sheet, model=model
    )
    show(result, as_json=as_json, settings=settings)


@addresses.command(
    "train", help=marked("训练地址模型：用本院标注的语料（在随附模型之上），或全部用生成的文字。")
)
@click.option(
    "--corpus",
    "corpora",
    type=FILE,
    multiple=True,
    help=marked("标注语料，可给出多个；格式见 docs/address-labels.md"),
)
@click.option("--generated", type=_GENERATED, help=marked("生成多少条文字来训练"))
@click.option(
    "--output", type=OUTPUT, help=marked("模型文件，默认数据目录中的 address-model.npz，随即启用")
)
@seed_option
@json_option
@click.pass_obj
def addresses_train(
    settings: Settings,
    corpora: tuple[Path, ...],
    generated: int | None,
    output: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Run ``fieldwrit addresses train``."""
    if bool(corpora) == (generated is not None):
        raise wrong_use(
            settings, marked("请用 --corpus 给出语料，或用 --generated 给出条数，只取其一")
        )
    from web.steps import address_training

    target = output or settings.address_model_path
    if generated is None:
        result = address_training.train_on_corpora(settings, corpora, target, seed=seed)
    else:
        result = address_training.train_on_generated(settings, generated, target, seed=seed)
    show(result, as_json=as_json, settings=settings)
