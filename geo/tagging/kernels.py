"""Compiled loops of the address tagger: names and words in a text, features, best labels.

A text is an array of code points. Names and words live in an open-addressing table keyed by
the hash of each of their prefixes, so that one walk from a position finds all that begin there.
A label is a level with the mark of its place in the span: begin, inside, end, single; label 0 is
no level. Only the level of the span before a span matters for what may follow, which keeps the
search small (a linear-chain CRF with tied transitions, Lafferty et al. 2001).
"""

from __future__ import annotations

import numba as nb
import numpy as np

__all__ = [
    "CLASSES",
    "FEATURES",
    "LOCAL_CLASSES",
    "extract",
    "fill",
    "find",
    "hash_prefixes",
    "read_names",
    "train",
]

CLASSES = 8
"""Kinds of a known name: province, city, county, township, each in full and short."""

LOCAL_CLASSES = 5
"""Kinds of a name of the district: township, village, group, road, place."""

FEATURES = 64
"""Features of a character at most; unused ones are 0."""

_WORD_SHIFT = 8
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_START = np.uint64(0xCBF29CE484222325)
_UNKNOWN_COST = 160  # of a character that begins no known word
_LONGEST = 16
_REPEAT_WITHIN = 80  # characters within which a pair is looked for again
_jit = nb.njit(cache=True, nogil=True, error_model="numpy")


@_jit
def _mix(state, code):  # type: ignore[no-untyped-def]
    """Return the hash of what ``state`` stands for, followed by ``code``."""
    state = (state ^ np.uint64(code)) * _PRIME
    return state ^ (state >> np.uint64(29))


@_jit
def hash_prefixes(codes, starts):  # type: ignore[no-untyped-def]
    """Return hashes of all prefixes of all words, shape (characters,)."""
    hashes = np.empty(len(codes), np.uint64)
    for word in range(len(starts) - 1):
        state = _START
        for at in range(starts[word], starts[word + 1]):
            state = _mix(state, codes[at])
            hashes[at] = state
    return hashes


@_jit
def fill(keys, values, slots):  # type: ignore[no-untyped-def]
    """Return a table of ``slots`` (a power of two) places; values of one key are merged by OR."""
    table = np.zeros(slots, np.uint64)
    held = np.zeros(slots, np.uint32)
    mask = np.uint64(slots - 1)
    for row in range(len(keys)):
        key = keys[row]
        at = key & mask
        while table[at] != 0 and table[at] != key:
            at = (at + np.uint64(1)) & mask
        table[at] = key
        held[at] |= values[row]
    return table, held


@_jit
def find(table, key):  # type: ignore[no-untyped-def]
    """Return the place of a key in a table, or -1."""
    mask = np.uint64(len(table) - 1)
    at = key & mask
    while table[at] != 0:
        if table[at] == key:
            return np.int64(at)
        at = (at + np.uint64(1)) & mask
    return np.int64(-1)


@_jit
def _mark(tags, lengths, start, stop, kinds, offset):  # type: ignore[no-untyped-def]
    """Lay a name of some kinds over the characters that it covers, the longest of a kind wins."""
    length = stop - start
    kind = offset
    while kinds:
        if kinds & 1:
            free = True
            for at in range(start, stop):
                if lengths[at, kind] >= length:
                    free = False
            if free:
                for at in range(start, stop):
                    lengths[at, kind] = length
                    tags[at, kind] = 1 if at == start else (3 if at == stop - 1 else 2)
        kinds >>= 1
        kind += 1


@_jit
def read_names(codes, starts, table, held, local_table, local_held):  # type: ignore[no-untyped-def]
    """Return tags of known names a character, and the cheapest cut into words.

    Parameters
    ----------
    codes, starts
        Code points of all texts, and where each text starts; one more entry at the end.
    table, held, local_table, local_held
        Known names and words, and names of the district; tables of one place hold none.

    Returns
    -------
    tags
        Shape (n, kinds): 0 none, 1 begin, 2 inside, 3 end of a known name.
    word
        Shape (n,): start of the word that holds the character, in its text.
    length
        Shape (n,): length of that word.
    """
    tags = np.zeros((len(codes), CLASSES + LOCAL_CLASSES), np.uint8)
    lengths = np.zeros((len(codes), CLASSES + LOCAL_CLASSES), np.uint8)
    cost = np.empty(len(codes) + 1, np.int64)
    back = np.zeros(len(codes) + 1, np.int64)
    word = np.empty(len(codes), np.int64)
    length = np.empty(len(codes), np.int64)
    for row in range(len(starts) - 1):
        first, last = starts[row], starts[row + 1]
        for at in range(first, last + 1):
            cost[at] = np.int64(1) << 40
        cost[first] = 0
        for start in range(first, last):
            if cost[start] + _UNKNOWN_COST < cost[start + 1]:
                cost[start + 1] = cost[start] + _UNKNOWN_COST
                back[start + 1] = start
            for lexicon in range(2):
                if lexicon == 1 and len(local_table) < 2:
                    break
                keys = table if lexicon == 0 else local_table
                values = held if lexicon == 0 else local_held
                state = _START
                for stop in range(start, min(last, start + _LONGEST)):
                    state = _mix(state, codes[stop])
                    at = find(keys, state)
                    if at < 0:
                        break
                    kinds = np.int64(values[at]) & 0xFF
                    if kinds:
                        _mark(tags, lengths, start, stop + 1, kinds, CLASSES * lexicon)
                    price = np.int64(values[at]) >> _WORD_SHIFT
                    if price and cost[start] + price < cost[stop + 1]:
                        cost[stop + 1] = cost[start] + price
                        back[stop + 1] = start
        stop = last
        while stop > first:
            for at in range(back[stop], stop):
                word[at] = back[stop] - first
                length[at] = stop - back[stop]
            stop = back[stop]
    return tags, word, length


@_jit
def _shape(code):  # type: ignore[no-untyped-def]
    """Return a code point with digits and Latin letters made alike."""
    if 48 <= code <= 57:
        return np.int64(48)
    if 65 <= code <= 90 or 97 <= code <= 122:
        return np.int64(65)
    return np.int64(code)


@_jit
def _repeats(c):  # type: ignore[no-untyped-def]
    """Return for each character whether a pair with it stands elsewhere in the text too.

    Bits: the pair that begins here stands later (1), stood before (2); the pair that ends here
    stands later (4), stood before (8). Digits are left out.
    """
    again = np.zeros(len(c), np.int64)
    for t in range(len(c) - 3):
        if c[t] == 48:
            continue
        for o in range(t + 2, min(t + _REPEAT_WITHIN, len(c) - 1)):
            if c[o] == c[t] and c[o + 1] == c[t + 1]:
                again[t] |= 1
                again[t + 1] |= 4
                again[o] |= 2
                again[o + 1] |= 8
    return again


@_jit
def extract(  # type: ignore[no-untyped-def]
    codes, starts, every_tag, every_word, every_length, local_names, prior
):
    """Return the features of every character, shape (characters, FEATURES); 0 is none.

    Parameters
    ----------
    codes, starts
        Code points of all texts, and where each text starts; one more entry at the end.
    every_tag, every_word, every_length
        From :func:`read_names`.
    local_names
        Whether names of the district are known.
    prior
        Labels given by an earlier model, shape (characters,), or empty.
    """
    out = np.zeros((len(codes), FEATURES), np.uint64)
    fact = np.zeros((FEATURES, 4), np.int64)  # each character sets the same ones of them
    head = np.empty(FEATURES, np.uint64)
    for i in range(FEATURES):
        head[i] = _mix(_START, i + 1)
    for row in range(len(starts) - 1):
        first = starts[row]
        n = starts[row + 1] - first
        tags, word, length = (
            every_tag[first : first + n],
            every_word[first : first + n],
            every_length[first : first + n],
        )
        pad = 4
        c = np.empty(n + 2 * pad, np.int64)
        for t in range(pad):
            c[t] = 2
            c[n + pad + t] = 3
        for t in range(n):
            c[pad + t] = _shape(codes[first + t])
        known = np.zeros(n + 2, np.int64)
        local = np.zeros(n + 2, np.int64)
        cut = np.zeros(n + 4, np.int64)
        names = np.zeros(n + 2, np.int64)  # hash of the word that holds the character
        for t in range(n):
            for kind in range(CLASSES):
                known[t + 1] |= np.int64(tags[t, kind]) << (2 * kind)
            for kind in range(LOCAL_CLASSES):
                local[t + 1] |= np.int64(tags[t, CLASSES + kind]) << (2 * kind)
            size = min(length[t], 4)
            if size == 1:
                cut[t + 2] = 1
            elif t == word[t]:
                cut[t + 2] = 10 + size
            elif t == word[t] + length[t] - 1:
                cut[t + 2] = 20 + size
            else:
                cut[t + 2] = 2
            state = _START
            for at in range(word[t], word[t] + length[t]):
                state = _mix(state, c[pad + at])
            names[t + 1] = np.int64(state >> np.uint64(2))
        seen = np.int64(0)  # levels of full names behind
        ahead = np.zeros(n + 1, np.int64)
        for t in range(n - 1, -1, -1):
            ahead[t] = ahead[t + 1]
            for kind in range(CLASSES):
                if tags[t, kind] == 1:
                    ahead[t] |= 1 << kind
        again = _repeats(c[pad : n + pad])
        before = np.int64(0)  # what stands before the run of digits and letters
        run = 0
        for t in range(n):
            p = t + pad
            f = 0
            for size in range(1, 5):  # runs of characters around this one
                low = -4 if size == 1 else -3
                high = 5 if size == 1 else (3 if size == 2 else (2 if size == 3 else 1))
                for o in range(low, high):
                    for i in range(size):
                        fact[f, i] = c[p + o + i]
                    f += 1
            for o in (-3, -2, 2, 3):
                fact[f, 0] = c[p]
                fact[f, 1] = c[p + o]
                f += 1
            k = t + 1
            g = t + 2
            fact[f + 1, 0] = min(t, 3)
            for i in range(f + 2, f + 9):
                fact[i, 0] = known[k]
            fact[f + 3, 1] = known[k - 1]
            fact[f + 4, 1] = known[k + 1]
            fact[f + 5, 1] = c[p + 1]
            fact[f + 6, 1] = c[p - 1]
            fact[f + 7, 1] = seen
            fact[f + 8, 1] = ahead[t]
            fact[f + 9, 0] = seen
            fact[f + 9, 1] = c[p]
            fact[f + 9, 2] = c[p + 1]
            f += 10
            for i in range(f, f + 4):
                fact[i, 0] = local[k]
            fact[f + 1, 1] = local[k - 1]
            fact[f + 2, 1] = local[k + 1]
            fact[f + 3, 1] = c[p + 1]
            told = f
            f += 4
            stop = word[t] + length[t]
            after = names[stop + 1] if stop < n else np.int64(3)
            behind = names[word[t]] if word[t] > 0 else np.int64(2)
            for i in range(f, f + 10):
                fact[i, 0] = cut[g]
            fact[f + 1, 1] = cut[g - 1]
            fact[f + 1, 2] = cut[g + 1]
            fact[f + 2, 1] = c[p]
            fact[f + 3, 1] = cut[g + 1]
            fact[f + 3, 2] = cut[g + 2]
            fact[f + 4, 1] = cut[g - 1]
            fact[f + 4, 2] = cut[g - 2]
            fact[f + 5, 1] = names[k]
            fact[f + 6, 1] = after
            fact[f + 7, 1] = behind
            fact[f + 8, 1] = names[k]
            fact[f + 8, 2] = after
            fact[f + 9, 1] = behind
            fact[f + 9, 2] = names[k]
            f += 10
            inside = c[p] == 48 or c[p] == 65
            if inside and run == 0:
                before = c[p - 1]
            run = run + 1 if inside else 0
            end = p if inside else p + 1
            while end < n + pad and (c[end] == 48 or c[end] == 65):
                end += 1
            next_code = c[min(end, n + 2 * pad - 1)]
            fact[f, 0] = inside
            fact[f, 1] = next_code
            fact[f, 2] = min(run, 2)
            fact[f, 3] = min(end - p, 5)
            fact[f + 1, 0] = inside
            fact[f + 1, 1] = before if inside else c[p]
            fact[f + 1, 2] = next_code
            fact[f + 1, 3] = min(run, 5)
            fact[f + 2, 0] = inside
            fact[f + 2, 1] = before
            fact[f + 2, 2] = next_code
            fact[f + 2, 3] = min(end - p, 5) * 8 + min(run, 5)
            f += 3
            for i in range(f, f + 3):
                fact[i, 0] = again[t]
            fact[f, 1] = known[k]
            fact[f + 1, 1] = known[k]
            fact[f + 1, 2] = seen
            fact[f + 1, 3] = ahead[t]
            fact[f + 2, 1] = c[p]
            fact[f + 2, 2] = min(t, 3)
            repeated = f
            f += 3
            used = f
            if len(prior):
                for i in range(f, f + 6):
                    fact[i, 0] = prior[first + t] + 1
                fact[f + 1, 1] = prior[first + t - 1] + 1 if t > 0 else 0
                fact[f + 2, 1] = prior[first + t + 1] + 1 if t + 1 < n else 0
                fact[f + 3, 1] = c[p]
                fact[f + 4, 1] = c[p + 1]
                fact[f + 5, 1] = c[p - 1]
                used = f + 6
            for i in range(used):
                if told <= i < told + 4 and not local_names:
                    continue
                if repeated <= i < repeated + 3 and again[t] == 0:
                    continue
                state = head[i]
                for part in range(4):
                    state = _mix(state, fact[i, part])
                out[first + t, i] = (
                    state if state >> np.uint64(32) else np.uint64(1) << np.uint64(63)
                )
            for kind in range(CLASSES):
                if tags[t, kind] == 3:
                    seen |= 1 << kind
    return out


@_jit
def train(  # type: ignore[no-untyped-def]
    order, starts, features, first, labels, weights, follows, gold, rate, decay, drop, margin, rng
):
    """Go once over the texts by stochastic gradient steps on the likelihood; returns its loss.

    Steps are scaled per weight (AdaGrad, Duchi et al. 2011); ``weights`` and ``follows`` hold the
    value and the sum of squared gradients, shapes (n, 2) and (levels + 2, levels + 1, 2), and are
    changed in place. Each feature of a character is left out with probability ``drop``.
    """
    levels = follows.shape[1] - 1
    states = 4 * levels + 1
    count = features.shape[1]
    longest = 0
    for row in range(len(starts) - 1):
        longest = max(longest, starts[row + 1] - starts[row])
    likely = np.zeros((longest, states))
    share = np.zeros((longest, states))
    kept = np.ones((longest, count), np.bool_)
    end = np.zeros((longest, levels + 1))
    inner = np.zeros((longest, levels + 1))
    enter = np.zeros((longest, levels + 1))
    later_end = np.zeros(levels + 1)
    later_inner = np.zeros(levels + 1)
    opened = np.zeros(levels + 1)
    scales = np.zeros(longest)
    factor = np.zeros((levels + 2, levels + 1))
    change = np.zeros((levels + 2, levels + 1))
    score = np.zeros(states)
    loss = 0.0
    for row in order:
        a = starts[row]
        n = starts[row + 1] - a
        for j in range(levels + 2):
            for k in range(levels + 1):
                factor[j, k] = np.exp(follows[j, k, 0])
                change[j, k] = 0.0
        for t in range(n):
            score[:] = 0.0
            for f in range(count):
                feature = features[a + t, f]
                kept[t, f] = feature >= 0 and rng.random() >= drop
                if kept[t, f]:
                    for p in range(first[feature], first[feature + 1]):
                        score[labels[p]] += weights[p, 0]
            score += margin
            score[gold[a + t]] -= margin
            top = score.max()
            for s in range(states):
                likely[t, s] = np.exp(score[s] - top)
            loss += top - score[gold[a + t]]
            for k in range(levels + 1):
                enter[t, k] = factor[levels + 1, k] if t == 0 else 0.0
            if t > 0:
                for j in range(levels + 1):
                    for k in range(levels + 1):
                        enter[t, k] += end[t - 1, j] * factor[j, k]
            end[t, 0] = enter[t, 0] * likely[t, 0]
            total = end[t, 0]
            for k in range(1, levels + 1):
                b = 4 * (k - 1) + 1
                running = inner[t - 1, k] if t > 0 else 0.0
                inner[t, k] = enter[t, k] * likely[t, b] + running * likely[t, b + 1]
                end[t, k] = running * likely[t, b + 2] + enter[t, k] * likely[t, b + 3]
                total += inner[t, k] + end[t, k]
            scales[t] = 1.0 / total
            loss += np.log(total)
            for k in range(levels + 1):
                inner[t, k] *= scales[t]
                end[t, k] *= scales[t]
                enter[t, k] *= scales[t]
        total = 0.0
        for k in range(levels + 1):
            total += end[n - 1, k]
        loss += np.log(total)
        for k in range(levels + 1):
            later_end[k] = 1.0 / total
            later_inner[k] = 0.0
        for t in range(n - 1, -1, -1):
            share[t, 0] = enter[t, 0] * likely[t, 0] * later_end[0]
            opened[0] = likely[t, 0] * later_end[0] * scales[t]
            for k in range(1, levels + 1):
                b = 4 * (k - 1) + 1
                running = inner[t - 1, k] * scales[t] if t > 0 else 0.0
                share[t, b] = enter[t, k] * likely[t, b] * later_inner[k]
                share[t, b + 1] = running * likely[t, b + 1] * later_inner[k]
                share[t, b + 2] = running * likely[t, b + 2] * later_end[k]
                share[t, b + 3] = enter[t, k] * likely[t, b + 3] * later_end[k]
                opened[k] = (
                    likely[t, b] * later_inner[k] + likely[t, b + 3] * later_end[k]
                ) * scales[t]
                later_inner[k] = (
                    likely[t, b + 1] * later_inner[k] + likely[t, b + 2] * later_end[k]
                ) * scales[t]
            if t == 0:
                change[levels + 1, 0] -= share[0, 0]
                for k in range(1, levels + 1):
                    change[levels + 1, k] -= share[0, 4 * k - 3] + share[0, 4 * k]
            else:
                for j in range(levels + 1):
                    total = 0.0
                    for k in range(levels + 1):
                        flow = factor[j, k] * opened[k]
                        total += flow
                        change[j, k] -= end[t - 1, j] * flow
                    later_end[j] = total
            s = gold[a + t]
            share[t, s] -= 1.0
            k = (s - 1) // 4 + 1 if s > 0 else 0
            if s == 0 or (s - 1) % 4 in (0, 3):
                if t == 0:
                    j = levels + 1
                else:
                    j = (gold[a + t - 1] - 1) // 4 + 1 if gold[a + t - 1] > 0 else 0
                change[j, k] += 1.0
                loss -= follows[j, k, 0]
        for t in range(n):
            for f in range(count):
                if not kept[t, f]:
                    continue
                feature = features[a + t, f]
                for p in range(first[feature], first[feature + 1]):
                    slope = share[t, labels[p]] + decay * weights[p, 0]
                    if abs(slope) > 1e-4:
                        weights[p, 1] += slope * slope
                        weights[p, 0] -= rate * slope / (np.sqrt(weights[p, 1]) + 0.1)
        for j in range(levels + 2):
            for k in range(levels + 1):
                slope = decay * follows[j, k, 0] - change[j, k]
                follows[j, k, 1] += slope * slope
                follows[j, k, 0] -= rate * slope / (np.sqrt(follows[j, k, 1]) + 0.1)
    return loss
