"""A trained tagger as arrays: kept in one file, applied to many texts at once."""

from __future__ import annotations

import hashlib
import json
import math
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from geo.errors import AddressModelError
from geo.model import Floats, Ints
from geo.tagging import choosing, kernels, scoring
from geo.tagging.lexicon import NO_LEXICON, Lexicon, country_lexicon

__all__ = ["AddressModel", "Spans", "features", "load_model", "save_model", "shipped_model"]

_VERSION = 1
_COLUMNS = 8  # of which a vector instruction takes one multiple
_NEVER = -1e30
_MOST_STEPS = 32_767
_BROKEN = (  # what reading a damaged file raises; RuntimeError where its directory is damaged
    *(OSError, ValueError, KeyError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Spans of many texts, in order; arrays of shape (spans,).

    Parameters
    ----------
    text
        Position of the text.
    start, end
        Where the span lies among the characters of all texts.
    level
        Position of the level in the model's ``levels``.
    confidence
        Least marginal probability of its characters.
    """

    text: Ints
    start: Ints
    end: Ints
    level: Ints
    confidence: Floats

    def taken(self, index: Ints) -> Spans:
        """Return the spans at these positions."""
        return Spans(
            self.text[index],
            self.start[index],
            self.end[index],
            self.level[index],
            self.confidence[index],
        )


@dataclass(frozen=True, slots=True, eq=False)
class AddressModel:
    """Weights of a linear-chain tagger over the features of :mod:`geo.tagging.kernels`.

    Parameters
    ----------
    levels
        Names of what a span can be: values of :class:`geo.model.AddressLevel`, and others that
        are no part of an address.
    keys
        Hashes of the known features, sorted, shape (n,).
    first
        Where the weights of each feature start, shape (n + 1,).
    labels, weights
        Label and weight, shape (m,).
    follows
        Score of one level after another, shape (levels + 2, levels + 1).
    calm
        Factor on the scores where probabilities are taken.
    base
        Model whose labels are features of this one, or None.
    doubt
        Probability up to which a span is left out; see :mod:`geo.tagging.choosing`. At 0 the most
        likely labelling of the whole text is taken, which is faster.
    even
        Factor on the scores where the probabilities of spans are compared with ``doubt``.
    """

    levels: tuple[str, ...]
    keys: npt.NDArray[np.uint64]
    first: npt.NDArray[np.int32]
    labels: npt.NDArray[np.uint8]
    weights: npt.NDArray[np.float32]
    follows: npt.NDArray[np.float32]
    calm: float = 1.0
    base: AddressModel | None = None
    doubt: float = 0.0
    even: float = 1.0
    _packed: tuple[npt.NDArray[Any], ...] = field(init=False, repr=False)
    _follows: tuple[npt.NDArray[np.float32], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        columns = len(self.levels) + 1
        width = -(-columns // _COLUMNS) * _COLUMNS
        slots = 1 << max(2, math.ceil(math.log2(len(self.keys) * 1.6 + 1)))
        steps = np.rint(self.weights * scoring.WEIGHT_STEPS).clip(-_MOST_STEPS, _MOST_STEPS)
        packed = scoring.pack(
            self.keys, self.first, self.labels, steps.astype(np.int32), slots, width
        )
        object.__setattr__(self, "_packed", packed)
        follows = np.full((width + 1, width), _NEVER, np.float32)
        follows[:columns, :columns] = self.follows[:-1]
        follows[width, :columns] = self.follows[-1]
        gaps = np.full((width, width), _NEVER, np.float32)
        for best in range(columns):
            gaps[best, :columns] = (self.follows[:-1] - self.follows[best]).max(axis=1)
        factor = np.exp(np.float64(follows) * self.calm).astype(np.float32)
        object.__setattr__(
            self, "_follows", (follows, gaps, factor, np.ascontiguousarray(factor[:width].T))
        )

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides its answers, as hexadecimal digits."""
        digest = hashlib.sha256(
            json.dumps([self.levels, self.calm, self.doubt, self.even]).encode()
        )
        for array in (self.keys, self.first, self.labels, self.weights, self.follows):
            digest.update(np.ascontiguousarray(array).data)
        if self.base is not None:
            digest.update(self.base.digest.encode())
        return digest.hexdigest()

    def labels_of(
        self, codes: npt.NDArray[np.uint32], starts: Ints, local: Lexicon = NO_LEXICON
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Return label and its probability for each character of texts laid end to end.

        Parameters
        ----------
        codes
            Code points of all texts.
        starts
            Where each text starts, and the end of the last, shape (texts + 1,).
        """
        return self.label(starts, features(codes, starts, local, self.base))

    def label(
        self, starts: Ints, hashes: npt.NDArray[np.uint64]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Return label and its probability for each character, from its hashed features."""
        scores = self.scores(hashes)
        follows, gaps, factor, back_factor = self._follows
        if self.doubt > 0.0:
            even = np.exp(np.float64(follows) * self.even)
            labels = choosing.choose(starts, scores, even, self.even, self.doubt)
        else:
            labels = scoring.decode(starts, scores, follows, gaps)
        sure = scoring.marginals(starts, scores, labels, factor, back_factor, np.float32(self.calm))
        return labels, sure

    def scores(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
        """Return the score of every label for each character; see :mod:`geo.tagging.scoring`."""
        table, pairs, rows = self._packed
        scores: npt.NDArray[np.float32] = scoring.emit(hashes, table, pairs, rows, len(self.levels))
        return scores

    def spans(
        self, codes: npt.NDArray[np.uint32], starts: Ints, local: Lexicon = NO_LEXICON
    ) -> Spans:
        """Return the spans of texts laid end to end; parameters as of :meth:`labels_of`."""
        labels, sure = self.labels_of(codes, starts, local)
        place = labels & 3  # begin, inside, end of a span; 0 a single or none
        single = (place == 0) & (labels > 0)
        begins = ((place == 1) | single).nonzero()[0]
        ends = ((place == 3) | single).nonzero()[0] + 1
        text = starts.searchsorted(begins, side="right") - 1
        sure[labels == 0] = 1.0
        confidence = np.minimum.reduceat(sure, begins) if len(begins) else sure[:0]
        return Spans(
            text,
            begins,
            ends,
            ((labels[begins] - 1) // 4).astype(np.int64),
            np.minimum(confidence, 1.0).astype(np.float64),
        )


def features(
    codes: npt.NDArray[np.uint32], starts: Ints, local: Lexicon, base: AddressModel | None
) -> npt.NDArray[np.uint64]:
    """Return the hashed features of each character of texts laid end to end.

    Parameters
    ----------
    codes, starts, local
        As of :meth:`AddressModel.labels_of`.
    base
        Model whose labels are features too, or None.
    """
    prior = np.zeros(0, np.int32)
    if base is not None:
        prior, _ = base.labels_of(codes, starts, local)
    country = country_lexicon()
    names = kernels.read_names(codes, starts, country.table, country.held, local.table, local.held)
    tags, word, length = names
    found: npt.NDArray[np.uint64] = kernels.extract(
        codes, starts, tags, word, length, len(local.table) > 1, prior
    )
    return found


def save_model(model: AddressModel, file: IO[bytes]) -> None:
    """Write a model, with the one it builds on, into an open file."""
    arrays: dict[str, Any] = {}
    depth = 0
    part: AddressModel | None = model
    while part is not None:
        arrays |= {
            f"keys{depth}": part.keys,
            f"first{depth}": part.first,
            f"labels{depth}": part.labels,
            f"weights{depth}": part.weights.astype(np.float16),
            f"follows{depth}": part.follows,
            f"calm{depth}": np.array(part.calm),
            f"choice{depth}": np.array([part.doubt, part.even]),
            f"levels{depth}": np.array(json.dumps(part.levels)),
        }
        depth += 1
        part = part.base
    np.savez_compressed(file, version=np.array(_VERSION), depth=np.array(depth), **arrays)


def load_model(file: Path | IO[bytes], *, name: str = "") -> AddressModel:
    """Read a model.

    Raises
    ------
    AddressModelError
        If the file is cut short, none of ours, or of another version.
    """
    name = name or (file.name if isinstance(file, Path) else "")
    try:
        with np.load(file, allow_pickle=False) as arrays:
            if int(arrays["version"]) != _VERSION:
                raise AddressModelError(
                    "地址模型 %(file)s 属于另一版本，请用 fieldwrit addresses train 重新训练",
                    file=name,
                )
            model: AddressModel | None = None
            for depth in reversed(range(int(arrays["depth"]))):
                model = AddressModel(
                    tuple(json.loads(str(arrays[f"levels{depth}"]))),
                    arrays[f"keys{depth}"],
                    arrays[f"first{depth}"],
                    arrays[f"labels{depth}"],
                    arrays[f"weights{depth}"].astype(np.float32),
                    arrays[f"follows{depth}"],
                    float(arrays[f"calm{depth}"]),
                    model,
                    *map(float, arrays[f"choice{depth}"]),
                )
    except _BROKEN as error:
        if isinstance(error, AddressModelError):
            raise
        raise AddressModelError(
            "地址模型 %(file)s 无法读取或不完整，请用 fieldwrit addresses train 重新训练",
            file=name,
        ) from error
    if model is None:
        raise AddressModelError("地址模型 %(file)s 是空的，请重新训练", file=name)
    return model


@cache
def shipped_model() -> AddressModel:
    """Return the model that comes with the package, trained on generated texts only."""
    with resources.files("geo.tagging").joinpath("model.npz").open("rb") as file:
        return load_model(file, name="model.npz")
