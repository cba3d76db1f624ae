"""Spans that are most worth stating, in place of the one most likely whole labelling.

A text's best labelling is often an unlikely one: of many ways to cut a place's name none is
certain, while the road before it is. What a reader wants is many right parts and few wrong ones.
So each span that could be is given its probability under the model, and of all ways to lay spans
side by side the one is taken with the greatest sum of probability less ``doubt``: the decision
that maximises the expected number of right parts, where a part that is wrong costs ``doubt /
(1 - doubt)`` of a right one (for an F score of F the best ``doubt`` is F / 2, Lewis 1995).
"""

from __future__ import annotations

import numba as nb
import numpy as np

__all__ = ["choose"]

_LONGEST = 64  # characters of a span
_SLIGHT = 1e-4  # probability below which a span is not looked at
_jit = nb.njit(cache=True, nogil=True, error_model="numpy")


@_jit
def choose(starts, scores, factor, calm, doubt):  # type: ignore[no-untyped-def]
    """Return the label of every character, so that the spans are most worth stating.

    Parameters
    ----------
    starts
        Where each text starts; one more entry at the end.
    scores
        From :func:`geo.tagging.scoring.emit`, shape (characters, 4 * width).
    factor
        Exponentials of what follows what, times ``calm``, shape (width + 1, width).
    calm
        Factor on the scores that makes probabilities fit.
    doubt
        Probability up to which a span is better left out, from 0 to 1.
    """
    width = factor.shape[1]
    labels = np.zeros(len(scores), np.int32)
    longest = 1
    for row in range(len(starts) - 1):
        longest = max(longest, starts[row + 1] - starts[row])
    likely = np.empty((longest, 4 * width))
    enter = np.empty((longest, width))
    later_end = np.empty((longest, width))
    later_inner = np.empty((longest, width))
    chance = np.empty((longest, min(longest, _LONGEST)))  # of a span by its end and length
    level = np.empty(chance.shape, np.int64)
    worth = np.empty(longest + 1)
    length = np.empty(longest + 1, np.int64)
    for row in range(len(starts) - 1):
        a = starts[row]
        n = starts[row + 1] - a
        if n == 0:
            continue
        scales = _weigh(scores[a : a + n], factor, calm, likely, enter, later_end, later_inner)
        chance[:n] = 0.0
        for t in range(n):
            for k in range(1, width):
                opened = enter[t, k] * scales[t]
                if opened == 0.0:
                    continue
                sure = opened * likely[t, 3 * width + k] * later_end[t, k]
                if sure > chance[t, 0]:
                    chance[t, 0] = sure
                    level[t, 0] = k
                opened *= likely[t, k]
                for stop in range(t + 1, min(n, t + _LONGEST)):
                    if opened * later_inner[stop - 1, k] < _SLIGHT:
                        break
                    opened *= scales[stop]
                    sure = opened * likely[stop, 2 * width + k] * later_end[stop, k]
                    if sure > chance[stop, stop - t]:
                        chance[stop, stop - t] = sure
                        level[stop, stop - t] = k
                    opened *= likely[stop, width + k]
        worth[0] = 0.0
        for stop in range(n):
            worth[stop + 1] = worth[stop]
            length[stop + 1] = 0
            for more in range(min(stop + 1, _LONGEST)):
                gain = chance[stop, more] - doubt
                if gain > 0.0 and worth[stop - more] + gain > worth[stop + 1]:
                    worth[stop + 1] = worth[stop - more] + gain
                    length[stop + 1] = more + 1
        stop = n
        while stop > 0:
            size = length[stop]
            if size == 0:
                stop -= 1
                continue
            label = 4 * (level[stop - 1, size - 1] - 1) + 1
            if size == 1:
                labels[a + stop - 1] = label + 3
            else:
                labels[a + stop - size] = label
                for t in range(stop - size + 1, stop - 1):
                    labels[a + t] = label + 1
                labels[a + stop - 1] = label + 2
            stop -= size
    return labels


@_jit
def _weigh(scores, factor, calm, likely, enter, later_end, later_inner):  # type: ignore[no-untyped-def]
    """Fill in what stands before and after each character, by the forward-backward algorithm.

    Returns
    -------
    scales
        Factors a character that keep the sums near one; a span's probability is the product of
        ``enter``, the ``likely`` and ``scales`` of its characters, and ``later_end`` of its last.
    """
    n = len(scores)
    width = factor.shape[1]
    inner = np.zeros((n + 1, width))
    end = np.zeros(width)
    scales = np.empty(n)
    for t in range(n):
        top = scores[t].max()
        for s in range(4 * width):
            likely[t, s] = np.exp((scores[t, s] - top) * calm)
        total = 0.0
        for k in range(width):
            mass = factor[width, k] if t == 0 else 0.0
            if t > 0:
                for j in range(width):
                    mass += end[j] * factor[j, k]
            enter[t, k] = mass
        for k in range(width):
            running = inner[t, k]
            inner[t + 1, k] = (
                enter[t, k] * likely[t, k] + running * likely[t, width + k] if k else 0.0
            )
            end[k] = running * likely[t, 2 * width + k] + enter[t, k] * likely[t, 3 * width + k]
            total += inner[t + 1, k] + end[k]
        scales[t] = 1.0 / total
        for k in range(width):
            inner[t + 1, k] *= scales[t]
            end[k] *= scales[t]
    total = 0.0
    for k in range(width):
        total += end[k]
    for k in range(width):
        later_end[n - 1, k] = 1.0 / total
        later_inner[n - 1, k] = 0.0
    opened = np.zeros(width)
    for t in range(n - 1, 0, -1):
        for k in range(width):
            opened[k] = scales[t] * (
                likely[t, k] * later_inner[t, k] + likely[t, 3 * width + k] * later_end[t, k]
            )
            later_inner[t - 1, k] = scales[t] * (
                likely[t, width + k] * later_inner[t, k]
                + likely[t, 2 * width + k] * later_end[t, k]
            )
        for j in range(width):
            mass = 0.0
            for k in range(width):
                mass += factor[j, k] * opened[k]
            later_end[t - 1, j] = mass
    return scales
