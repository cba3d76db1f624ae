"""``python -m data.demo FOLDER [--small] [--seed N] [--as-of DAY]``: write the district."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from data.demo import generate
from geo.localtime import LOCAL_ZONE


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--small", is_flag=True, help="十分之一规模")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="演示数据的当日，默认今天")
def main(folder: Path, small: bool, seed: int, as_of: datetime | None) -> None:
    """生成演示辖区的全部文件。"""
    day = (as_of or datetime.now(LOCAL_ZONE)).date()
    files = generate(folder, seed=seed, small=small, as_of=day)
    for name in files.__slots__:
        click.echo(f"{name}\t{getattr(files, name)}")


if __name__ == "__main__":
    main()
