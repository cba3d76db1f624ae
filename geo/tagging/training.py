"""Training of the tagger on labelled texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from geo.address_corpus import LABEL_LEVELS, LabelledText
from geo.address_text import code_points
from geo.errors import AddressModelError
from geo.model import AddressLevel, Ints
from geo.ports import ProgressListener
from geo.tagging import kernels
from geo.tagging.lexicon import NO_LEXICON, local_lexicon
from geo.tagging.model import AddressModel, features

__all__ = ["train"]

_CHUNK = 250  # texts that share a list of local names
_LOCAL_SHARE = 0.5  # chunks whose local names are known
_KNOWN_SHARE = 0.7  # of the names of such a chunk
_NAMED = (
    AddressLevel.TOWNSHIP,
    AddressLevel.VILLAGE,
    AddressLevel.GROUP,
    AddressLevel.ROAD,
    AddressLevel.POI,
)
_ENDINGS = ("街道", "镇", "乡", "村", "社区", "路", "街")
_APART = 40  # one text in so many is kept apart to calibrate probabilities
_FEWEST = 400  # texts below which none is kept apart
_CALMS = (1.0, 0.8, 0.65, 0.5, 0.4, 0.3, 0.2)
_EVEN = 0.35  # factor on the scores where spans are chosen; found with ``margin`` 3


def train(
    rows: Sequence[LabelledText],
    *,
    seed: int = 0,
    epochs: int = 5,
    rate: float = 0.2,
    decay: float = 1e-3,
    drop: float = 0.5,
    margin: float = 3.0,
    rarest: int = 2,
    local: bool = False,
    base: AddressModel | None = None,
    doubt: float = 0.45,
    smallest: float = 0.15,
    progress: ProgressListener | None = None,
) -> AddressModel:
    """Return a model fitted to labelled texts; the same rows and seed give the same model.

    Parameters
    ----------
    rows
        Labelled texts.
    epochs
        Times that all texts are gone over; the weights of the later ones are averaged.
    rate, decay, drop, margin
        Step size, pull towards nought, share of features left out at each step, and advantage
        given to wrong labels (softmax-margin, Gimpel and Smith 2010).
    rarest
        A feature seen fewer times is not used.
    local
        Let half of the texts be read with a list of the names that they hold, so that the model
        learns to trust the names of a district where it is told them.
    base
        A model whose answers are features of the new one.
    doubt
        Probability up to which a span is left out (:mod:`geo.tagging.choosing`); 0 never leaves
        one out and is faster.
    smallest
        Weights nearer to nought are not kept.

    Raises
    ------
    AddressModelError
        If there is no labelled text.
    """
    every = [row for row in rows if row.text]
    if not any(row.spans for row in every):
        raise AddressModelError("没有带标注的地址，无法训练，请核对语料文件")
    rng = np.random.default_rng(seed)
    apart = rng.permutation(len(every)) % _APART if len(every) >= _FEWEST else np.ones(len(every))
    held_out = [row for row, turn in zip(every, apart, strict=True) if turn == 0]
    rows = [row for row, turn in zip(every, apart, strict=True) if turn != 0]
    names = tuple(sorted({_name(span.label) for row in rows for span in row.spans}))
    starts, gold = _gold(rows, names)
    hashes = _hashes(rows, starts, rng, local=local, base=base)
    keys, features = _known(hashes, rarest)
    del hashes
    states = 4 * len(names) + 1
    first, labels = _pairs(features, gold, states, len(keys))
    weights = np.zeros((len(labels), 2))
    follows = np.zeros((len(names) + 2, len(names) + 1, 2))
    mean_weights, mean_follows = np.zeros(len(labels)), np.zeros(follows.shape[:2])
    skipped = epochs // 4
    for epoch in range(epochs):
        order = rng.permutation(len(rows))
        kernels.train(
            order, starts, features, first, labels, weights, follows, gold,
            rate, decay / max(1, len(rows)) * 1_000, drop, margin, rng,
        )  # fmt: skip
        if epoch >= skipped:
            mean_weights += weights[:, 0] / (epochs - skipped)
            mean_follows += follows[:, :, 0] / (epochs - skipped)
        if progress is not None:
            progress(epoch + 1, epochs)
    kept = np.abs(mean_weights) >= smallest
    model = _pruned(names, keys, first, labels, mean_weights, mean_follows, kept, base)
    calm = _calm(model, held_out) if held_out else model.calm
    return replace(model, calm=calm, doubt=doubt, even=_EVEN)


def _calm(model: AddressModel, rows: Sequence[LabelledText]) -> float:
    """Return the factor on the scores that makes stated probabilities fit texts kept apart."""
    names = tuple(dict.fromkeys(_name(span.label) for row in rows for span in row.spans))
    order = model.levels + tuple(name for name in names if name not in model.levels)
    starts, gold = _gold(rows, order)
    codes = code_points("".join(row.text for row in rows))
    best, lowest = 1.0, np.inf
    for calm in _CALMS:
        labels, sure = replace(model, calm=calm).labels_of(codes, starts)
        chance = np.clip(np.where(labels == gold, sure, 1.0 - sure), 1e-4, 1.0)
        loss = float(-np.log(chance).mean())
        if loss < lowest:
            best, lowest = calm, loss
    return best


def _name(label: str) -> str:
    level = LABEL_LEVELS.get(label)
    return level.value if level is not None else label


def _gold(
    rows: Sequence[LabelledText], names: tuple[str, ...]
) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Return where each text starts, and the label of each character."""
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row.text) for row in rows], out=starts[1:])
    gold = np.zeros(int(starts[-1]), np.int32)
    of = {name: index for index, name in enumerate(names)}
    for row, at in zip(rows, starts.tolist(), strict=False):
        for span in row.spans:
            label = 4 * of[_name(span.label)] + 1
            if span.end - span.start == 1:
                gold[at + span.start] = label + 3
            else:
                gold[at + span.start : at + span.end] = label + 1
                gold[at + span.start] = label
                gold[at + span.end - 1] = label + 2
    return starts, gold


def _hashes(
    rows: Sequence[LabelledText],
    starts: Ints,
    rng: np.random.Generator,
    *,
    local: bool,
    base: AddressModel | None,
) -> npt.NDArray[np.uint64]:
    """Return the features of all characters."""
    parts = []
    for begin in range(0, len(rows), _CHUNK):
        chunk = rows[begin : begin + _CHUNK]
        known = NO_LEXICON
        if local and rng.random() < _LOCAL_SHARE:
            known = local_lexicon(_local_names(chunk, rng))
        own = starts[begin : begin + len(chunk) + 1] - starts[begin]
        codes = code_points("".join(row.text for row in chunk))
        parts.append(features(codes, own, known, base))
    return np.concatenate(parts)


def _local_names(
    chunk: Sequence[LabelledText], rng: np.random.Generator
) -> Iterator[tuple[str, AddressLevel]]:
    """Yield most of the names that some texts hold, also without their endings."""
    for row in chunk:
        for span in row.spans:
            level = span.level
            if level not in _NAMED or span.end - span.start < 2 or rng.random() > _KNOWN_SHARE:
                continue
            name = row.text[span.start : span.end]
            yield name, level
            ending = next((each for each in _ENDINGS if name.endswith(each)), "")
            if ending and len(name) - len(ending) >= 2 and level is not AddressLevel.ROAD:
                yield name.removesuffix(ending), level


def _known(
    hashes: npt.NDArray[np.uint64], rarest: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Return the features that are used, sorted, and for each character their positions or -1."""
    keys, place, count = np.unique(hashes.ravel(), return_inverse=True, return_counts=True)
    used = (count >= rarest) & (keys != 0)
    position = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
    return keys[used], position[place].reshape(hashes.shape)


def _pairs(
    features: npt.NDArray[np.int32], gold: npt.NDArray[np.int32], states: int, count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return the labels that each feature was seen with, as row starts and labels."""
    pairs = np.unique((features.astype(np.int64) * states + gold[:, None])[features >= 0])
    first = np.searchsorted(pairs // states, np.arange(count + 1))
    return first, (pairs % states).astype(np.uint8)


def _pruned(
    names: tuple[str, ...],
    keys: npt.NDArray[np.uint64],
    first: npt.NDArray[np.int64],
    labels: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float64],
    follows: npt.NDArray[np.float64],
    kept: npt.NDArray[np.bool_],
    base: AddressModel | None,
) -> AddressModel:
    owner = np.repeat(np.arange(len(keys)), np.diff(first))[kept]
    some, place = np.unique(owner, return_inverse=True)
    starts = np.searchsorted(place, np.arange(len(some) + 1)).astype(np.int32)
    return AddressModel(
        names,
        keys[some],
        starts,
        labels[kept],
        weights[kept].astype(np.float16).astype(np.float32),
        follows.astype(np.float32),
        base=base,
    )
