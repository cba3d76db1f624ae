"""Every text that a reader may see has an English form with the same fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from web.build import compile_catalogues
from web.catalogue import read_catalogue, source_texts
from web.labels import LABELS


@pytest.fixture(scope="module")
def english() -> Catalog:
    return read_catalogue()


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return source_texts()


def test_every_source_text_has_english(english: Catalog, texts: dict[str, str]) -> None:
    held = {message.id for message in english if message.id and message.string}
    assert {text: place for text, place in texts.items() if text not in held} == {}


def test_the_catalogue_holds_nothing_else(english: Catalog, texts: dict[str, str]) -> None:
    assert [message.id for message in english if message.id and message.id not in texts] == []


def test_fields_are_the_same_in_both_languages(english: Catalog) -> None:
    fields = re.compile(r"%\(\w+\)[^a-zA-Z%]*[a-zA-Z]|\{\w+\}|%%")
    wrong = [
        message.id
        for message in english
        if message.id
        and sorted(set(fields.findall(str(message.id))))
        != sorted(set(fields.findall(str(message.string))))
    ]
    assert wrong == []


def test_no_text_holds_a_sign_that_is_taken_for_a_field(english: Catalog) -> None:
    signs = re.compile(r"%%|%\(\w+\)|(%)")
    assert [m.id for m in english if m.id and any(signs.findall(f"{m.id}{m.string}"))] == []


def test_english_quotes_are_narrow(english: Catalog) -> None:
    # The typeface of the pages is Chinese and draws curly quotes as wide as a character.
    assert [m.id for m in english if m.id and re.search("[“”‘]", str(m.string))] == []


def test_english_texts_hold_chinese_only_in_examples(english: Catalog) -> None:
    chinese = re.compile("[一-龥]")
    mixed = [str(m.string) for m in english if m.id and chinese.search(str(m.string))]
    assert all(re.search(r'".*[一-龥].*"|是 \(yes\)', text) for text in mixed)


def test_texts_of_labels_templates_and_errors_are_found(texts: dict[str, str]) -> None:
    assert {str(text) for words in LABELS.values() for text in words.values()} <= texts.keys()
    places = {place.split(":")[0].rsplit("/", 1)[0] for place in texts.values()}
    assert {"web/templates", "web/views", "routes/rules", "geo", "data"} <= places


def test_catalogues_are_compiled_once(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "案件"\nmsgstr "Case"\n',
        encoding="utf-8",
    )
    assert compile_catalogues(tmp_path) == 1
    assert compile_catalogues(tmp_path) == 0
    assert (folder / "messages.mo").exists()
