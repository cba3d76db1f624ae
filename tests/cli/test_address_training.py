"""``fieldwrit addresses train``, and the commands that use a court's own model."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from data.store import Store
from geo.address_corpus import LabelledSpan, LabelledText, Layout, write_corpus
from geo.address_generation import generate
from geo.errors import AddressModelError
from geo.tagging.model import load_model, shipped_model
from tests.conftest import FIELDWRIT
from tests.data.streams_samples import read_csv, write_csv
from tests.fakes import StandingClock
from web.cli import main
from web.clock import system_clock
from web.config import Settings
from web.steps import setup
from web.wiring import Court

OWN = "土楼埕88"  # no general model takes this for a building


def _run(court: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(court), *map(str, words)])


def _corpus(path: Path, count: int = 140) -> Path:
    """Write generated rows, and rows in a habit that only this court has."""
    own = [
        LabelledText(
            f"东坂{name}土楼埕{number}",
            (LabelledSpan("community", 0, 3), LabelledSpan("houseno", 3, 6 + len(str(number)))),
        )
        for number, name in enumerate("甲乙丙丁戊己庚辛壬癸" * 6, start=10)
    ]
    write_corpus(path, [*generate(count, seed=3), *own], Layout.BIES)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A court that trained on its own rows, and what the command showed."""
    folder = tmp_path_factory.mktemp("trained")
    setup.initialise(Settings(folder / "court"))
    corpus = _corpus(folder / "rows.conll")
    result = _run(folder / "court", "addresses", "train", "--corpus", corpus, "--json")
    assert result.exit_code == 0, result.stderr
    return folder / "court", json.loads(result.stdout)


def test_it_tells_how_good_both_models_are_on_rows_kept_apart(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    _, shown = trained
    assert shown["judged_rows"] == 20
    assert shown["trained_rows"] + shown["overlapping_rows"] == 180
    assert shown["overlapping_rows"] > 0  # rows that differ in digits only
    assert 0.0 < shown["f1_shipped"] < shown["f1_trained"] <= 1.0
    assert shown["notes"] == []


def test_it_goes_into_the_audit_as_counts(trained: tuple[Path, dict[str, Any]]) -> None:
    court, shown = trained
    with closing(Store.open(court, clock=system_clock)) as store:
        (entry,) = [e for e in store.audit.entries() if e.act == "addresses.train"]
        store.audit.verify()
    assert entry.subject == "model:own"
    counts = {key: shown[key] for key in shown if key not in ("output", "notes")}
    assert entry.detail == {"corpora": 1, **counts}


def test_the_courts_own_model_is_used(trained: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    court, shown = trained
    own = court / "address-model.npz"
    assert shown["output"] == str(own)
    assert own.stat().st_mode & 0o077 == 0
    words = ("addresses", "parse", OWN, "--json")
    assert '"building"' in _run(court, *words).stdout
    assert '"building"' not in _run(tmp_path / "none", *words).stdout
    assert '"building"' in _run(tmp_path / "none", *words, "--model", own).stdout
    made = Court(Settings(court), clock=StandingClock())
    assert made.address_model.digest == load_model(own).digest
    assert [part.level.value for part in made.parser.parse(OWN).parts] == ["building"]


def test_the_same_rows_and_seed_give_the_same_model(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    court, _ = trained
    words = ("--corpus", _corpus(tmp_path / "a.conll"), "--output", tmp_path / "a.npz")
    result = _run(tmp_path / "none", "addresses", "train", *words)
    assert result.exit_code == 0, result.stderr
    assert not (tmp_path / "none").exists()  # no court is needed for a model elsewhere
    again = load_model(tmp_path / "a.npz")
    assert again.digest == load_model(court / "address-model.npz").digest
    assert again.base is not None
    assert again.base.digest == shipped_model().digest != again.digest


def test_generated_texts_train_a_model_and_a_worse_one_is_told(tmp_path: Path) -> None:
    words = ("addresses", "train", "--generated", "60", "--output", tmp_path / "a.npz", "--json")
    result = _run(tmp_path / "none", *words)
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    assert (shown["trained_rows"] + shown["overlapping_rows"], shown["judged_rows"]) == (60, 6)
    assert shown["f1_trained"] < shown["f1_shipped"]
    assert "a.npz" in shown["notes"][0]
    assert load_model(tmp_path / "a.npz").base is None


@pytest.mark.parametrize(
    "words", [(), ("--generated", "60", "--corpus", "rows"), ("--generated", "9")]
)
def test_wrong_use(words: tuple[str, ...], tmp_path: Path) -> None:
    corpus = _corpus(tmp_path / "rows", 1)
    asked = [str(corpus) if word == "rows" else word for word in words]
    assert _run(tmp_path, "addresses", "train", *asked).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("路 B-road\n\n", "太少"), ("路 B-road\n街", "第 2 行"), ("", "没有标注地址")],
)
def test_refused_corpora_name_the_cure(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "rows").write_text(text, encoding="utf-8")
    words = ("--corpus", tmp_path / "rows", "--output", tmp_path / "a.npz")
    result = _run(tmp_path, "addresses", "train", *words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert not (tmp_path / "a.npz").exists()


def test_a_missing_court_or_folder_is_told_before_the_work(tmp_path: Path) -> None:
    result = _run(tmp_path / "none", "addresses", "train", "--generated", "400000")
    assert (result.exit_code, "fieldwrit init" in result.stderr) == (1, True)
    result = _run(
        tmp_path, "addresses", "train", "--corpus", _corpus(tmp_path / "rows"),
        "--output", tmp_path / "none" / "a.npz",
    )  # fmt: skip
    assert (result.exit_code, "a.npz" in result.stderr) == (1, True)


def _stopped(words: tuple[str | Path, ...], folder: Path, begun: str, size: int = 0) -> int:
    """Run the command until a file that it works on is there, interrupt it; return its code."""
    child = subprocess.Popen([FIELDWRIT, *words], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        if any(path.stat().st_size >= size for path in folder.glob(begun)):
            break
        time.sleep(0.01)
    time.sleep(0.3)  # into the work, past its first moment
    child.send_signal(signal.SIGINT)
    return child.wait(timeout=180)  # kernels that are being compiled finish first


def test_a_stopped_training_leaves_the_model_before(tmp_path: Path) -> None:
    court = tmp_path / "court"
    setup.initialise(Settings(court))
    own = court / "address-model.npz"
    own.write_bytes(b"before")
    words = ("--data-dir", court, "addresses", "train", "--generated", "4000")
    assert _stopped(words, court, ".address-model*") == 1
    assert own.read_bytes() == b"before"
    assert not [*court.glob(".address-model*")]
    with closing(Store.open(court, clock=system_clock)) as store:
        assert not [e for e in store.audit.entries() if e.act == "addresses.train"]


def test_a_broken_model_of_the_court_is_never_passed_over(tmp_path: Path) -> None:
    (tmp_path / "address-model.npz").write_bytes(b"PK\x03\x04 cut short")
    result = _run(tmp_path, "addresses", "parse", "中山路1号")
    assert result.exit_code == 1
    assert "address-model.npz" in result.stderr
    assert "addresses train" in result.stderr
    with pytest.raises(AddressModelError):
        _ = Court(Settings(tmp_path), clock=StandingClock()).parser


def test_a_new_model_starts_a_stopped_table_anew(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    court, _ = trained
    source = write_csv(
        tmp_path / "a.csv", [["地址"], *[[f"土楼埕{n % 90 + 10}"] for n in range(30_000)]]
    )
    files = ("--input", source, "--output", tmp_path / "b.csv")
    words = ("--data-dir", tmp_path / "none", "addresses", "parse", *files)
    assert _stopped(words, tmp_path, ".b.*/answers", 100_000) == 1
    result = _run(tmp_path / "none", *words[2:], "--model", court / "address-model.npz", "--json")
    assert result.exit_code == 0, result.stderr
    assert "resumed_rows" not in json.loads(result.stdout)
    rows = read_csv(tmp_path / "b.csv")
    building = rows[0].index("楼栋")
    assert rows[-1][building] == rows[-1][0]
