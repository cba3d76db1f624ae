"""Training the address parser: on a court's labelled rows, or anew on generated texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from data.files import write_atomically
from data.store import KEY_NAME
from geo.address_corpus import LabelledText, read_corpus, without_overlap
from geo.address_generation import generate
from geo.address_scores import predicted_spans, score
from geo.addresses import AddressParser
from geo.errors import AddressModelError
from geo.messages import message
from geo.tagging.model import AddressModel, save_model, shipped_model
from geo.tagging.training import train
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import StoppedError
from web.i18n import marked, translator
from web.progress import stage
from web.stores import open_store

__all__ = ["FEWEST", "train_on_corpora", "train_on_generated"]

FEWEST = 50
"""Texts below which no model is trained."""

_HELD_OUT = 10  # one text in so many is kept apart to judge the new model by
_OTHER_TEXTS = 1_000_003  # from the seed of what is learned to that of what is judged by
_GENERATED: dict[str, Any] = {
    "epochs": 8,
    "margin": 2.0,
    "drop": 0.4,
    "doubt": 0.0,  # every part is told, also a doubtful one
    "smallest": 0.3,
    "local": True,
}


def train_on_corpora(
    settings: Settings,
    corpora: Sequence[Path],
    output: Path,
    *,
    seed: int = 1,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Train a model on labelled rows, on top of the shipped one, and judge both on rows apart.

    Rows that share their text, but for its digits, with one that is judged by are not learned.

    Parameters
    ----------
    corpora
        Files of labelled texts; see ``docs/address-labels.md``.
    output
        Where the model is written.
    seed
        The same rows and seed give the same model.
    clock
        Tells the time of the audit entry.

    Raises
    ------
    AddressCorpusError
        If a file cannot be read.
    AddressModelError
        If there are too few rows to learn from and to judge by.
    StoreError
        If the model is to be the court's own, and there is no court yet.
    StoppedError
        If the user stops it; no model is written.
    """
    rows = [row for path in corpora for row in read_corpus(path)]
    if len(rows) < FEWEST:
        raise AddressModelError(
            "语料共 %(rows)d 条，太少，无法训练；请至少标注 %(least)d 条",
            rows=len(rows),
            least=FEWEST,
        )
    apart = np.random.default_rng(seed).permutation(len(rows)) % _HELD_OUT == 0
    judged = [row for row, out in zip(rows, apart, strict=True) if out]
    learned = [row for row, out in zip(rows, apart, strict=True) if not out]
    with _record(settings, output, {"corpora": len(corpora)}, clock) as record:
        fit = partial(train, base=shipped_model(), seed=seed)
        return _trained(settings, learned, judged, output, fit, record)


def train_on_generated(
    settings: Settings,
    count: int,
    output: Path,
    *,
    seed: int = 1,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Train a model on generated texts alone, as the shipped one was.

    Parameters
    ----------
    count
        Texts that are learned; a ninth as many, of another seed, are judged by.
    output, seed, clock
        As for :func:`train_on_corpora`.

    Raises
    ------
    StoreError, StoppedError
        As :func:`train_on_corpora` does.
    """
    with _record(settings, output, {"generated": count}, clock) as record:
        with stage(settings, marked("生成地址文字")) as listener:
            learned = list(generate(count, seed=seed, progress=listener))
        judged = list(generate(count // (_HELD_OUT - 1), seed=seed + _OTHER_TEXTS))
        fit = partial(train, seed=seed, **_GENERATED)
        return _trained(settings, learned, judged, output, fit, record)


def _trained(
    settings: Settings,
    learned: Sequence[LabelledText],
    judged: Sequence[LabelledText],
    output: Path,
    fit: Callable[..., AddressModel],
    record: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    kept, overlapping = without_overlap(learned, judged)
    try:
        with write_atomically(output) as file:  # a folder that cannot be written is told first
            with stage(settings, marked("训练地址模型")) as listener:
                model = fit(kept, progress=listener)
            save_model(model, file)
            counts = {
                "trained_rows": len(kept),
                "judged_rows": len(judged),
                "overlapping_rows": overlapping,
                "f1_shipped": round(_f1(shipped_model(), judged), 4),
                "f1_trained": round(_f1(model, judged), 4),
            }
            record(counts)
    except KeyboardInterrupt as error:
        raise StoppedError("已停止训练，没有写出模型；原有的模型保持不变") from error
    notes = []
    if counts["f1_trained"] < counts["f1_shipped"]:
        worse = message("新模型不如随附的模型；删除 %(file)s 即用回随附的模型", file=output.name)
        notes.append(worse.render(translator(settings.language)))
    return {**counts, "output": str(output), "notes": notes}


@contextmanager
def _record(
    settings: Settings, output: Path, about: Mapping[str, Any], clock: Clock
) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Yield what writes counts into the court's audit chain.

    A model that is not to be the court's own may also be trained where there is no court.
    """
    own = output.resolve() == settings.address_model_path.resolve()
    has_court = settings.keys is not None or (settings.data_dir / KEY_NAME).exists()
    if not own and not has_court:
        yield lambda _counts: None
        return
    store = open_store(settings, clock)
    try:
        subject = "model:own" if own else "model:-"

        def record(counts: Mapping[str, Any]) -> None:
            store.audit.append("cli", "addresses.train", subject, {**about, **counts})

        yield record
    finally:
        store.close()


def _f1(model: AddressModel, rows: Sequence[LabelledText]) -> float:
    parsed = AddressParser(model).parse_many(row.text for row in rows)
    found = [predicted_spans(each.parts) for each in parsed]
    return score(rows, found).micro().f1
