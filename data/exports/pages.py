"""A plan as one HTML file that prints: no script, nothing fetched, links to navigation alone."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from data.exports.describe import clock_text, finding_line
from data.exports.model import PlanSheet
from data.exports.words import OUTCOME_WORDS

__all__ = ["render"]


def render(sheet: PlanSheet) -> bytes:
    """Return UTF-8 HTML; each text is escaped, and the page's own policy forbids scripts."""
    environment = Environment(
        loader=PackageLoader("data.exports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("plan.html").render(
        sheet=sheet,
        word=sheet.word,
        clock_text=clock_text,
        finding_line=finding_line,
        outcomes=[text.render(sheet.translate) for text in OUTCOME_WORDS.values()],
    )
    return page.encode()
