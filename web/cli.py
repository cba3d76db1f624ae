"""The command line: thin commands over the pipeline.

Exit codes: 0 done, 1 refused input, 2 wrong use.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Any

import click

from geo.errors import FieldwritError
from geo.files import put_back
from web.commands import (
    addresses,
    administration,
    areas,
    closures,
    coordinates,
    explaining,
    export,
    intake,
    keeping,
    locating,
    measures,
    namesake,
    places,
    plan,
    protection,
    reach,
    replanning,
    restrictions,
    rules,
    running,
    travel,
)
from web.commands.allowed import guard
from web.config import LANGUAGES, read_settings
from web.i18n import Translate, marked, translator

__all__ = ["main", "run"]

_MAX_SHOWN_PROBLEMS = 20


class _Group(click.Group):
    """Turns refusals into one clear message and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FieldwritError as error:
            say = translator(ctx.obj.language if ctx.obj else "zh")
            click.echo(
                say(marked("错误：%(text)s")) % {"text": error.message.render(say)}, err=True
            )
            for problem in getattr(error, "problems", ())[:_MAX_SHOWN_PROBLEMS]:
                click.echo(f"  {problem.render(say)}", err=True)
            left = len(getattr(error, "problems", ())) - _MAX_SHOWN_PROBLEMS
            if left > 0:
                click.echo("  " + say(marked("另有 %(count)d 处")) % {"count": left}, err=True)
            ctx.exit(1)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=marked("Fieldwrit：法院执行外勤的定位、规划与地图。"),
)
@click.option(
    "--data-dir", type=click.Path(file_okay=False), help=marked("数据目录，默认 ./fieldwrit-data")
)
@click.option("--lang", type=click.Choice(LANGUAGES), help=marked("界面语言"))
@click.version_option(package_name="fieldwrit")
@click.pass_context
def main(ctx: click.Context, data_dir: str | None, lang: str | None) -> None:
    """Read the settings that every command shares; mend what a killed one left half done.

    Whatever a command writes is its owner's only: it holds a court's data, or what was made of
    them.
    """
    ctx.call_on_close(partial(os.umask, os.umask(0o077)))
    ctx.obj = read_settings(data_dir, lang)
    put_back(ctx.obj.network_dir)


for _command in (
    running.init,
    running.serve,
    running.work,
    running.demo,
    intake.network,
    intake.import_,
    addresses.geocode,
    addresses.addresses,
    areas.areas,
    coordinates.coordinates,
    places.confirm,
    travel.travel,
    reach.reach,
    closures.closures,
    plan.plan,
    locating.locating,
    measures.measures,
    rules.rules,
    namesake.namesake,
    restrictions.restrictions,
    protection.protection,
    export.export,
    administration.account,
    administration.audit,
    keeping.backup,
    keeping.doctor,
    keeping.key,
):
    main.add_command(_command)
for _command in (
    replanning.plan_replan,
    replanning.plan_replan_file,
    replanning.plan_undo,
    replanning.plan_what_if,
    explaining.plan_why,
):
    plan.plan.add_command(_command)
guard(main)


def run() -> None:
    """Start the command in the language of the reader, help texts included."""
    words = sys.argv[1:]
    asked = words[words.index("--lang") + 1 :][:1] if "--lang" in words else []
    spoken = {"FIELDWRIT_LANG": os.environ.get("FIELDWRIT_LANG", "")}  # a bad key is told later
    language = read_settings(None, asked[0] if asked else None, environ=spoken).language
    _speak(main, translator(language))
    main()


def _speak(command: click.Command, say: Translate) -> None:
    """Turn the help texts of a command and of those below it into the reader's language."""
    command.help = say(command.help) if command.help else None
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = say(option.help)
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _speak(below, say)
