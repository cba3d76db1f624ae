"""Commands that set a court up and run it: ``init``, ``serve``, ``work``, ``demo``."""

from __future__ import annotations

from functools import partial

import click

from web.commands.options import json_option, seed_option
from web.commands.results import show
from web.config import Settings
from web.i18n import marked

__all__ = ["demo", "init", "serve", "work"]


@click.command(help=marked("建立数据目录、密钥、数据库和导入模板。"))
@json_option
@click.pass_obj
def init(settings: Settings, as_json: bool) -> None:
    """Run ``fieldwrit init``."""
    from web.steps import setup

    show(setup.initialise(settings), as_json=as_json, settings=settings)


@click.command(help=marked("启动网页服务。"))
@click.option("--host", default="127.0.0.1", show_default=True, help=marked("监听地址"))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help=marked("端口")
)
@click.option(
    "--secure-cookies", is_flag=True, help=marked("会话只经 HTTPS 传送（在反向代理之后使用）")
)
@click.option(
    "--no-worker", is_flag=True, help=marked("不在旁边运行任务进程（另行运行 fieldwrit work 时）")
)
@click.option(
    "--trusted-proxy", help=marked("反向代理的地址；据其 X-Forwarded-For 分辨访问者，其余的不信")
)
@click.option(
    "--live-streams",
    type=click.IntRange(0, 64),
    default=0,
    show_default=True,
    help=marked("同时向几个“现场”页即时推送，每个多占一个线程；其余的页每 12 秒询问一次"),
)
@click.pass_obj
def serve(
    settings: Settings,
    host: str,
    port: int,
    secure_cookies: bool,
    no_worker: bool,
    trusted_proxy: str | None,
    live_streams: int,
) -> None:
    """Run ``fieldwrit serve``."""
    from web.steps import serving

    serving.serve(
        settings,
        host=host,
        port=port,
        announce=click.echo,
        secure_cookies=secure_cookies,
        worker=not no_worker,
        trusted_proxy=trusted_proxy,
        live_streams=live_streams,
    )


@click.command(help=marked("运行任务进程：逐一办理网页上交办的导入、定位、规划和外勤包。"))
@click.option("--with-parent", is_flag=True, hidden=True)
@click.pass_obj
def work(settings: Settings, with_parent: bool) -> None:
    """Run ``fieldwrit work``."""
    from web.steps import working

    working.work(settings, announce=click.echo, with_parent=with_parent)


@click.command(help=marked("生成示范区，走完全程，并启动网页服务。"))
@click.option("--no-serve", is_flag=True, help=marked("只生成，不启动网页服务"))
@click.option("--small", is_flag=True, help=marked("十分之一大小，用于试用和测试"))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help=marked("端口")
)
@seed_option
@json_option
@click.pass_obj
def demo(
    settings: Settings, no_serve: bool, small: bool, port: int, seed: int, as_json: bool
) -> None:
    """Run ``fieldwrit demo``."""
    from web import demonstration

    result = demonstration.run(settings, small=small, seed=seed)
    show(result, as_json=as_json, settings=settings)
    if not no_serve:
        # standard output stays one JSON object where that was asked for
        demonstration.serve(settings, port=port, announce=partial(click.echo, err=as_json))
