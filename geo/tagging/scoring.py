"""Compiled loops that apply a trained tagger: scores of labels, best labels, probabilities.

Inside, a level is a column of ``width`` (the levels and "no level", column 0, rounded up), and a
character has four rows of them: begin, inside, end, single. "No level" is a single of column 0.
So the inner loops run over columns that lie side by side, which the compiler turns into vector
instructions. Outside, label 0 is no level and ``4 * level + 1`` to ``4 * level + 4`` are begin,
inside, end and single of a level.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

__all__ = ["WEIGHT_STEPS", "decode", "emit", "marginals", "pack"]

WEIGHT_STEPS = 1024
"""Steps of a weight in one natural unit."""

_UPPER = np.uint64(0xFFFFFFFF00000000)
_LOWER = np.uint64(0x00000000FFFFFFFF)
_HALF = np.uint64(32)
_NONE = np.uint64(0)
_BUCKET = 4  # places of a table that are compared at once; half a line of the memory
_BUCKET_BITS = np.uint64(2)
_KIND_BITS = np.uint32(7)
_KIND = np.uint32(127)
_ROW = np.uint32(127)  # the feature has a row of its own
_ONE = np.uint32(126)  # the feature has one weight, kept in the table
_BLOCK = 8  # characters whose features are called for from the memory together
_DENSE = 14  # a feature with so many labels gets a row
_IMPOSSIBLE = -(1 << 24)
_FAR = np.float32(-1e30)
_LEAST = np.float32(-80.0)  # power of two below which a label counts as just that unlikely
_SLIGHT = np.float32(1e-20)  # share of the mass that is left out
_jit = nb.njit(cache=True, nogil=True, error_model="numpy")
_jit_fast = nb.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract", "reassoc"}
)


@_jit
def pack(keys, first, labels, steps, slots, width):  # type: ignore[no-untyped-def]
    """Return features and weights packed for :func:`emit`.

    Parameters
    ----------
    keys
        Hashes of the features.
    first, labels, steps
        Where the weights of a feature start, and label and weight of each, in units of
        ``1 / WEIGHT_STEPS``, int32 within the bounds of int16.
    slots
        Places of the table, a power of two, at least four and more than there are keys.
    width
        Columns of a character's row; at most 64.

    Returns
    -------
    table
        Shape (slots,), a key in its bucket of four places or after it, where that is full:
        upper half of the key; then a weight and label, a row, or the place of
        the first weight; then what of these it is, or the number of weights.
    pairs
        Steps and column in one number, of features of few labels.
    rows
        Steps of features of many labels, int16, shape (features, 4 * width).
    """
    table = np.zeros(slots, np.uint64)
    mask = np.uint64(slots - 1)
    buckets = np.uint64(slots // _BUCKET - 1)
    many = 0
    for row in range(len(keys)):
        many += first[row + 1] - first[row] >= _DENSE
    pairs = np.empty(len(labels), np.int32)
    rows = np.zeros((many + 1, 4 * width), np.int16)
    many = 0
    for row in range(len(keys)):
        low = first[row]
        size = first[row + 1] - low
        for p in range(low, first[row + 1]):
            label = np.int32(labels[p])
            column = 3 * width if label == 0 else (label - 1) % 4 * width + (label + 3) // 4
            pairs[p] = steps[p] * 256 + column
            if size >= _DENSE:
                rows[many, column] = steps[p]
        if size >= _DENSE:
            held = np.uint64(many) << np.uint64(_KIND_BITS) | np.uint64(_ROW)
            many += 1
        elif size == 1:
            held = (np.uint64(pairs[low]) << np.uint64(_KIND_BITS) | np.uint64(_ONE)) & _LOWER
        else:
            held = np.uint64(low) << np.uint64(_KIND_BITS) | np.uint64(size)
        at = (keys[row] & buckets) << _BUCKET_BITS
        while table[at] != 0:
            at = (at + np.uint64(1)) & mask
        table[at] = (keys[row] & _UPPER) | held
    return table, pairs, rows


@_jit
def _onward(table, at, key):  # type: ignore[no-untyped-def]
    """Return what a table holds for a key that was not in its bucket, which is full; or 0."""
    mask = np.uint64(len(table) - 1)
    at = (at + np.uint64(_BUCKET)) & mask
    while table[at] != 0 and (table[at] ^ key) >> _HALF != 0:
        at = (at + np.uint64(1)) & mask
    return table[at]


def _prefetch(_context: Any, array: Any, _index: Any) -> Any:
    """Return the type and the code of :data:`_call_for`."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", (pointer,), kind)
        place = builder.bitcast(builder.gep(data, [values[1]]), pointer)
        builder.call(prefetch, [place, number(0), number(3), number(1)])  # read, keep, data
        return context.get_dummy_value()

    return types.void(array, types.uint64), generate


_call_for: Any = intrinsic(_prefetch)  # has the memory bring an element nearer, without waiting


@_jit
def emit(hashes, table, pairs, rows, levels):  # type: ignore[no-untyped-def]
    """Return the scores of all labels of every character, shape (characters, 4 * width).

    Parameters
    ----------
    hashes
        Features, shape (characters, features); 0 is none.
    table, pairs, rows
        Features that the model knows, from :func:`pack`.
    levels
        Number of levels.
    """
    size = rows.shape[1]
    width = size // 4
    out = np.empty((len(hashes), size), np.float32)
    start = np.full(size, np.int32(_IMPOSSIBLE))
    for place in range(4):
        for k in range(1, levels + 1):
            start[place * width + k] = 0
    start[3 * width] = 0
    sums = np.zeros(256, np.int32)  # a column of any byte may be added to
    buckets = np.uint64(len(table) // _BUCKET - 1)
    most = _BLOCK * hashes.shape[1] + 1
    wanted = np.empty(most, np.uint64)
    one = np.empty(most, np.int32)
    dense = np.empty(most, np.uint32)
    sparse = np.empty(most, np.uint32)
    upto = np.zeros((_BLOCK + 1, 4), np.uint64)  # of these four, the ends a character
    for block in range(0, len(hashes), _BLOCK):
        size_of_block = min(_BLOCK, len(hashes) - block)
        count = np.uint64(0)
        for b in range(size_of_block):
            for f in range(hashes.shape[1]):
                key = hashes[block + b, f]
                wanted[count] = key
                _call_for(table, (key & buckets) << _BUCKET_BITS)
                count += np.uint64(key != 0)
            upto[b + 1, 0] = count
        single = np.uint64(0)
        many = np.uint64(0)
        some = np.uint64(0)
        for b in range(size_of_block):
            for f in range(upto[b, 0], upto[b + 1, 0]):  # no branches, which are guessed wrong
                key = wanted[np.uint64(f)]
                at = (key & buckets) << _BUCKET_BITS
                held = _NONE
                for i in range(_BUCKET):
                    slot = table[at + np.uint64(i)]
                    held |= slot if (slot ^ key) >> _HALF == 0 else _NONE
                if held | np.uint64(table[at + np.uint64(_BUCKET - 1)] == 0) == 0:  # seldom
                    held = _onward(table, at, key)
                low = np.uint32(held)
                kind = low & _KIND
                one[single] = np.int32(low) >> 7
                single += np.uint64(kind == _ONE)
                dense[many] = low >> _KIND_BITS
                many += np.uint64(kind == _ROW)
                sparse[some] = low
                some += np.uint64(np.uint32(kind - np.uint32(1)) < _ONE - np.uint32(1))
            upto[b + 1, 1] = single
            upto[b + 1, 2] = many
            upto[b + 1, 3] = some
        for f in range(some):
            _call_for(pairs, np.uint64(sparse[f] >> _KIND_BITS))
        for b in range(size_of_block):
            for s in range(size):
                sums[s] = start[s]
            for f in range(upto[b, 2], upto[b + 1, 2]):
                row = dense[np.uint64(f)]
                for s in range(size):
                    sums[s] += rows[row, s]
            for f in range(upto[b, 1], upto[b + 1, 1]):
                pair = one[np.uint64(f)]
                sums[np.uint32(pair & 255)] += pair >> 8
            for f in range(upto[b, 3], upto[b + 1, 3]):
                first = np.uint64(sparse[np.uint64(f)] >> _KIND_BITS)
                for p in range(first, first + np.uint64(sparse[np.uint64(f)] & _KIND)):
                    pair = pairs[np.uint64(p)]
                    sums[np.uint32(pair & 255)] += pair >> 8
            for s in range(size):
                out[block + b, s] = np.float32(sums[s]) * np.float32(1.0 / WEIGHT_STEPS)
    return out


@_jit
def decode(starts, scores, follows, gaps):  # type: ignore[no-untyped-def]
    """Return the best label of every character, by the Viterbi algorithm.

    Parameters
    ----------
    starts
        Where each text starts; one more entry at the end.
    scores
        From :func:`emit`.
    follows
        Score of a span of one level (row) after a span of another (column), shape
        (width + 1, width); the last row is the start of the text.
    gaps
        The most that a level (column) can win back on another (row) by what follows; a level that
        is further behind is passed over without loss. Shape (width, width).
    """
    width = follows.shape[1]
    labels = np.zeros(len(scores), np.int32)
    longest = 1
    for row in range(len(starts) - 1):
        longest = max(longest, starts[row + 1] - starts[row])
    end = np.empty(width, np.float32)
    inner = np.empty(width, np.float32)
    enter = np.empty(width, np.float32)
    came = np.empty((longest, width), np.int32)
    closes = np.empty((longest, width), np.int32)
    stays = np.empty((longest, width), np.int32)
    for row in range(len(starts) - 1):
        a = starts[row]
        n = starts[row + 1] - a
        if n == 0:
            continue
        for k in range(width):
            inner[k] = _FAR
        for t in range(n):
            best = width
            if t > 0:
                best = 0
                for j in range(1, width):
                    if end[j] > end[best]:
                        best = j
            lead = end[best] if t > 0 else np.float32(0.0)
            for k in range(width):
                enter[k] = lead + follows[best, k]
                came[t, k] = best
            if t > 0:
                for j in range(width):
                    mass = end[j]
                    if j == best or mass + gaps[best, j] <= lead:
                        continue
                    for k in range(width):
                        score = mass + follows[j, k]
                        better = score > enter[k]
                        enter[k] = score if better else enter[k]
                        came[t, k] = j if better else came[t, k]
            for k in range(width):
                begun = enter[k] + scores[a + t, k]
                kept = inner[k] + scores[a + t, width + k]
                closed = inner[k] + scores[a + t, 2 * width + k]
                single = enter[k] + scores[a + t, 3 * width + k]
                stays[t, k] = kept > begun
                inner[k] = kept if kept > begun else begun
                closes[t, k] = closed > single
                end[k] = closed if closed > single else single
        k = 0
        for j in range(1, width):
            if end[j] > end[k]:
                k = j
        within = False
        for t in range(n - 1, -1, -1):
            if within and stays[t, k]:
                place = 1
            elif within:
                place = 0
                within = False
            else:
                within = closes[t, k] != 0
                place = 2 if within else 3
            labels[a + t] = 4 * k - 3 + place if k > 0 else 0
            if not within:
                k = came[t, k]
    return labels


@_jit_fast
def marginals(starts, scores, labels, factor, back_factor, calm):  # type: ignore[no-untyped-def]
    """Return how likely the label of each character is, by the forward-backward algorithm.

    Parameters
    ----------
    starts, scores
        As of :func:`decode`.
    labels
        From :func:`decode`.
    factor, back_factor
        Exponentials of what follows what, times ``calm``, shape (width + 1, width), and the same
        with rows and columns exchanged, shape (width, width).
    calm
        Factor below 1 on all scores, since training for few wrong labels makes them too sure.
    """
    width = factor.shape[1]
    size = 4 * width
    sure = np.zeros(len(scores), np.float32)
    longest = 1
    for row in range(len(starts) - 1):
        longest = max(longest, starts[row + 1] - starts[row])
    likely = np.empty((longest, size), np.float32)
    enter = np.empty((longest, width), np.float32)
    inner = np.empty((longest + 1, width), np.float32)
    end = np.empty(width, np.float32)
    later_end = np.empty(width, np.float32)
    later_inner = np.empty(width, np.float32)
    opened = np.empty(width, np.float32)
    scales = np.empty(longest, np.float32)
    power = np.empty(size, np.int32)
    whole = power.view(np.float32)  # two to a whole number has that number as its exponent
    unit = np.float32(calm * 1.4426950408889634)
    for row in range(len(starts) - 1):
        a = starts[row]
        n = starts[row + 1] - a
        if n == 0:
            continue
        for k in range(width):
            inner[0, k] = 0.0
        for t in range(n):
            top = scores[a + t, 0]
            for s in range(size):
                score = scores[a + t, s]
                top = score if score > top else top
            for s in range(size):
                x = (scores[a + t, s] - top) * unit
                x = x if x > _LEAST else _LEAST
                floor = np.floor(x)
                power[s] = (np.int32(floor) + np.int32(127)) << np.int32(23)
                x -= floor
                y = np.float32(0.00961813) + x * np.float32(0.00133336)  # Taylor series of 2 ** x
                y = np.float32(0.05550411) + x * y
                y = np.float32(0.24022651) + x * y
                y = np.float32(0.69314718) + x * y
                likely[t, s] = np.float32(1.0) + x * y
            for s in range(size):
                likely[t, s] *= whole[s]
            for k in range(width):
                enter[t, k] = factor[width, k] if t == 0 else np.float32(0.0)
            if t > 0:
                for j in range(width):
                    mass = end[j]
                    if mass > _SLIGHT:
                        for k in range(width):
                            enter[t, k] += mass * factor[j, k]
            total = np.float32(0.0)
            for k in range(width):
                running = inner[t, k]
                inside = enter[t, k] * likely[t, k] + running * likely[t, width + k]
                inside = inside if k > 0 else np.float32(0.0)
                closed = running * likely[t, 2 * width + k] + enter[t, k] * likely[t, 3 * width + k]
                inner[t + 1, k] = inside
                end[k] = closed
                total += inside + closed
            scale = np.float32(1.0) / total
            scales[t] = scale
            for k in range(width):
                inner[t + 1, k] *= scale
                end[k] *= scale
        total = np.float32(0.0)
        for k in range(width):
            total += end[k]
        for k in range(width):
            later_end[k] = np.float32(1.0) / total
            later_inner[k] = 0.0
        for t in range(n - 1, -1, -1):
            s = labels[a + t]
            k = (s + 3) // 4
            place = (s - 1) % 4 if s > 0 else 3
            ahead = later_inner[k] if place < 2 else later_end[k]
            behind = inner[t, k] if place == 1 or place == 2 else enter[t, k]
            sure[a + t] = behind * likely[t, place * width + k] * scales[t] * ahead
            if t == 0:
                break
            most = np.float32(0.0)
            for k in range(width):
                begun = likely[t, k] * later_inner[k] * scales[t]
                single = likely[t, 3 * width + k] * later_end[k] * scales[t]
                later_inner[k] = scales[t] * (
                    likely[t, width + k] * later_inner[k] + likely[t, 2 * width + k] * later_end[k]
                )
                opened[k] = begun + single
                most = opened[k] if opened[k] > most else most
            for j in range(width):
                later_end[j] = 0.0
            for k in range(width):
                mass = opened[k]
                if mass > most * _SLIGHT:
                    for j in range(width):
                        later_end[j] += mass * back_factor[k, j]
    return sure
