"""Address parsing against labelled corpora, beside cpca and jionlp.

``python -m benchmarks.addresses [--corpus FILE ...] [--rows N] [--seed N] [--untrained]`` prints
``name value unit``. Without ``--corpus`` the two development splits of the reference data are
used, and the lower figure of the two is printed where a name does not say which. Speed is
measured in seconds of this process's processor time, ours and the peers' by turns on the same
texts, so that it holds on a busy machine too.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import address_peers
from benchmarks.address_peers import Peer, read_alike
from benchmarks.reference import reference_folder
from benchmarks.report import figure
from geo.address_corpus import (
    LabelledText,
    Layout,
    detect_layout,
    read_corpus,
    unknown_labels,
    without_overlap,
)
from geo.address_scores import TO_ROAD_NUMBER, TO_TOWNSHIP, Scores, predicted_spans, score
from geo.addresses import AddressParser
from geo.errors import AddressCorpusError
from geo.model import AddressLevel
from geo.tagging.model import shipped_model
from geo.tagging.training import train

_DEVELOPMENT = {"ccks": "ccks2021_dev.conll", "ncap": "ncap_dev.txt"}
_TRAINING = {"ccks": "ccks2021_train.conll", "ncap": "ncap_train.txt"}
_ROUNDS = 10
_PEER_SHARE = {"cpca": 1.0, "jionlp": 0.02}


@dataclass(frozen=True, slots=True)
class _Corpus:
    """A corpus file that is scored."""

    name: str
    layout: Layout
    rows: tuple[LabelledText, ...]


def main() -> None:
    """Print the figures of the parser, the trained parser and the peers."""
    options = _options()
    folder = reference_folder() / "addresses"
    try:
        corpora = tuple(_corpora(folder, options.corpus))
    except AddressCorpusError as error:
        sys.exit(f"{error}\nreference data: FIELDWRIT_REFERENCE_DATA names its folder")
    peers = tuple(_peers())
    shipped = AddressParser(shipped_model())
    ours = [_scores(corpus, shipped) for corpus in corpora]
    _report_ours(corpora, ours)
    _report_peers(corpora, ours, shipped, peers)
    if not options.untrained:
        _report_trained(folder, corpora, options.seed)
    _report_speed(corpora, peers, options.rows, options.seed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--corpus", type=Path, action="extend", nargs="+", help="corpus files, layout BI or BIES"
    )
    parser.add_argument("--rows", type=int, default=100_000, help="rows parsed for the speed")
    parser.add_argument("--seed", type=int, default=1, help="seed of training and of digits")
    parser.add_argument("--untrained", action="store_true", help="leave the training out")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _corpora(folder: Path, named: list[Path] | None) -> Iterator[_Corpus]:
    """Yield the corpora to score; labels that are not known are told and not scored."""
    files: dict[str, Path] = {}
    if named:
        for path in named:
            stem = re.sub(r"\W+", "_", path.stem.lower())
            files[stem if stem not in files else f"{stem}_{len(files) + 1}"] = path
    else:
        files = {name: folder / file for name, file in _DEVELOPMENT.items()}
    for name, path in files.items():
        corpus = _Corpus(name, detect_layout(path), read_corpus(path, any_label=True))
        if unknown := unknown_labels(corpus.rows):
            _say(f"{path.name}: labels that are not known, not scored: {', '.join(unknown)}")
        yield corpus


def _peers() -> Iterator[Peer]:
    for name in address_peers.PEERS:
        try:
            yield address_peers.load(name)
        except ImportError as error:
            _say(f"{name} is not installed ({error.name}), left out; install the extra bench")


def _scores(corpus: _Corpus, parser: AddressParser) -> Scores:
    parsed = parser.parse_many(row.text for row in corpus.rows)
    return score(corpus.rows, (predicted_spans(each.parts) for each in parsed))


def _report_ours(corpora: Sequence[_Corpus], ours: Sequence[Scores]) -> None:
    for part, levels in (("", None), ("_to_road_number", TO_ROAD_NUMBER)):
        figure(f"parse_micro_f1{part}", min(found.micro(levels).f1 for found in ours), "f1")
    figure("parse_micro_f1_to_township", min(s.micro(TO_TOWNSHIP).f1 for s in ours), "f1")
    zones = TO_TOWNSHIP | {AddressLevel.DEVELOPMENT_ZONE}
    figure("parse_micro_f1_to_township_and_zone", min(s.micro(zones).f1 for s in ours), "f1")
    figure("parse_exact_match_share", min(found.exact_share for found in ours), "share")
    for corpus, found in zip(corpora, ours, strict=True):
        _report_corpus(corpus.name, found)


def _report_corpus(name: str, found: Scores) -> None:
    """Print the figures of one corpus, the levels that it labels one by one."""
    figure(f"parse_micro_f1_{name}", found.micro().f1, "f1")
    figure(f"parse_micro_precision_{name}", found.micro().precision, "share")
    figure(f"parse_micro_recall_{name}", found.micro().recall, "share")
    figure(f"parse_micro_f1_to_road_number_{name}", found.micro(TO_ROAD_NUMBER).f1, "f1")
    figure(f"parse_micro_f1_to_township_{name}", found.micro(TO_TOWNSHIP).f1, "f1")
    figure(f"parse_exact_match_share_{name}", found.exact_share, "share")
    for level, counts in found.levels.items():
        if counts.gold:
            figure(f"parse_f1_{name}_{level.value}", counts.f1, "f1")
    scored = sum(1 for counts in found.levels.values() if counts.gold)
    figure(f"parse_levels_{name}", scored, "levels")


def _report_peers(
    corpora: Sequence[_Corpus],
    ours: Sequence[Scores],
    shipped: AddressParser,
    peers: Sequence[Peer],
) -> None:
    """Print the peers' figures and ours beside them.

    A peer's names are read in the text in the way kindest to it, and it names each level once.
    ``beside`` figures read ours alike; the others of ours are exact spans as everywhere else.
    """
    for peer in peers:
        theirs = [
            score(corpus.rows, (peer.spans(row) for row in corpus.rows)) for corpus in corpora
        ]
        alike = [
            score(
                corpus.rows,
                (
                    read_alike(row, parsed, peer.levels)
                    for row, parsed in zip(
                        corpus.rows,
                        shipped.parse_many(row.text for row in corpus.rows),
                        strict=True,
                    )
                ),
            )
            for corpus in corpora
        ]
        name, levels = peer.name, peer.levels
        figure(f"parse_micro_f1_{name}", min(s.micro(levels).f1 for s in theirs), "f1")
        figure(f"parse_micro_f1_on_{name}_levels", min(s.micro(levels).f1 for s in ours), "f1")
        figure(f"parse_micro_f1_beside_{name}", min(s.micro(levels).f1 for s in alike), "f1")
        behind = exactly_behind = 0
        for corpus, own, beside, other in zip(corpora, ours, alike, theirs, strict=True):
            for level in AddressLevel:
                if level not in levels or not (level in own.levels and own.levels[level].gold):
                    continue
                theirs_f1, beside_f1 = other.micro({level}).f1, beside.micro({level}).f1
                figure(f"parse_f1_{corpus.name}_{level.value}_{name}", theirs_f1, "f1")
                figure(f"parse_f1_{corpus.name}_{level.value}_beside_{name}", beside_f1, "f1")
                behind += beside_f1 <= theirs_f1
                exactly_behind += own.levels[level].f1 <= theirs_f1
        figure(f"parse_levels_not_above_{name}", behind, "levels")
        figure(f"parse_levels_not_above_{name}_by_exact_spans", exactly_behind, "levels")


def _report_trained(folder: Path, corpora: Sequence[_Corpus], seed: int) -> None:
    """Train on the split of each corpus's own convention, without any text that is scored."""
    missing = [file for file in _TRAINING.values() if not (folder / file).is_file()]
    if missing:
        _say(f"{', '.join(missing)} not found, nothing trained; see FIELDWRIT_REFERENCE_DATA")
        return
    splits = tuple(
        _Corpus(name, detect_layout(folder / file), read_corpus(folder / file))
        for name, file in _TRAINING.items()
    )
    scored = [row for corpus in corpora for row in corpus.rows]
    removed = 0
    found: dict[str, Scores] = {}
    for split in splits:
        rows, shared = without_overlap(split.rows, scored)
        removed += shared
        own = [corpus for corpus in corpora if _nearest(corpus, splits) is split]
        if not own:
            continue
        if not rows:
            _say(f"{split.name}: every row is scored too, nothing left to train on")
            return
        started_s = time.perf_counter()
        trained = _trained(rows, seed)
        figure(f"parse_training_rows_{split.name}", len(rows), "rows")
        figure(f"parse_training_s_{split.name}", time.perf_counter() - started_s, "s")
        found |= {corpus.name: _scores(corpus, trained) for corpus in own}
    figure("parse_training_rows_removed", removed, "rows")
    figure("parse_micro_f1_trained", min(scores.micro().f1 for scores in found.values()), "f1")
    figure("parse_exact_match_share_trained", min(s.exact_share for s in found.values()), "share")
    for name, scores in found.items():
        figure(f"parse_micro_f1_trained_{name}", scores.micro().f1, "f1")
        figure(f"parse_exact_match_share_trained_{name}", scores.exact_share, "share")
        for level, counts in scores.levels.items():
            if counts.gold:
                figure(f"parse_f1_trained_{name}_{level.value}", counts.f1, "f1")


def _nearest(corpus: _Corpus, splits: Sequence[_Corpus]) -> _Corpus:
    """Return the training split that has most of a corpus's labels, or else its layout.

    The splits differ in convention: one labels groups and crossings, the other rooms.
    """
    labels = Counter(span.label for row in corpus.rows for span in row.spans)

    def strangeness(split: _Corpus) -> tuple[int, bool]:
        known = {span.label for row in split.rows for span in row.spans}
        strange = sum(count for label, count in labels.items() if label not in known)
        return strange, split.layout is not corpus.layout

    return min(splits, key=strangeness)


def _trained(rows: Sequence[LabelledText], seed: int) -> AddressParser:
    """Return a parser with a model trained on these rows, on top of the shipped one."""

    def progress(done: int, total: int) -> None:
        _say(f"training {done}/{total}")

    return AddressParser(train(rows, base=shipped_model(), seed=seed, progress=progress))


def _report_speed(
    corpora: Sequence[_Corpus], peers: Sequence[Peer], wanted: int, seed: int
) -> None:
    """Parse many rows, by turns with each peer on a sample of the same rows."""
    texts = [row.text for corpus in corpora for row in corpus.rows]
    draw = random.Random(seed)
    parser = AddressParser(shipped_model())
    parser.parse_many(texts[:100])  # loads its dictionaries
    ours_s = 0.0
    peers_s = dict.fromkeys((peer.name for peer in peers), 0.0)
    peers_rows = dict.fromkeys(peers_s, 0)
    done = 0
    for round_ in range(_ROUNDS):
        size = wanted * (round_ + 1) // _ROUNDS - done
        batch = [_other_digits(texts[(done + i) % len(texts)], draw) for i in range(size)]
        done += size
        ours_s += _processor_s(parser.parse_many, batch)
        for peer in peers:
            sample = draw.sample(batch, min(size, max(1, round(size * _PEER_SHARE[peer.name]))))
            peers_s[peer.name] += _processor_s(peer.run, sample)
            peers_rows[peer.name] += len(sample)
        _say(f"speed {done}/{wanted}")
    figure("parse_rows", done, "rows")
    figure("parse_s", ours_s, "s")
    figure("parse_rows_per_s", done / ours_s, "rows/s")
    for name, seconds in peers_s.items():
        peer_rows_per_s = peers_rows[name] / seconds
        figure(f"parse_rows_per_s_{name}", peer_rows_per_s, "rows/s")
        figure(f"parse_speed_over_{name}", done / ours_s / peer_rows_per_s, "ratio")


def _processor_s(run: Callable[[Sequence[str]], object], rows: Sequence[str]) -> float:
    started_s = time.process_time()
    run(rows)
    return time.process_time() - started_s


def _other_digits(text: str, draw: random.Random) -> str:
    """Return the text with other digits, so that no row is the same as an earlier one."""
    return re.sub(r"[0-9]", lambda _: str(draw.randrange(10)), text)


if __name__ == "__main__":
    main()
