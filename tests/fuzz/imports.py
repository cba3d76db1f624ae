"""Valid files of every kind, damaged at random and imported: ``python -m tests.fuzz.imports``.

Prints ``name value unit`` lines; files that brought a crash, a hang or too much memory are kept.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from data.store import Store
from tests.data.imports.table_files import FORMATS, STATIONS
from tests.fakes import StandingClock
from tests.fuzz.worker import MOST_MIB, ImportWorker

__all__ = ["main", "mutate"]

_WORDS = (
    *(b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"-1", b"1e400"),
    *(b"NaN", b"4294967295", b"9" * 40, b"PK\x03\x04", b"PK\x05\x06", b"<!DOCTYPE a>", b"&a;"),
    *(b"&#xD800;", b"]]>", b"<", b">", b'"', b"{" * 50, b"[" * 50, b"\n", b"\r", b",", b";"),
    *(b"XFD1048576", b'number-rows-repeated="99999999"', b"../", b"null", b"\xed\xa0\x80"),
    *(b"\xfe\xff", b"\xef\xbb\xbf", b"=1+1", "（".encode(), "年".encode("gb18030"), b"9999-99-99"),
)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Return bytes after some flips, cuts, repeats, moves and words of the formats."""
    held = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not held:
            break
        at = rng.randrange(len(held))
        to = min(len(held), at + rng.choice((1, 2, 4, 16, 256, 4096)))
        match rng.randrange(7):
            case 0:
                held[at] ^= 1 << rng.randrange(8)
            case 1:
                held[at] = rng.randrange(256)
            case 2:
                del held[at:to]
            case 3:
                held[at:at] = held[at:to] * rng.choice((1, 2, 50))
            case 4:
                held[at:at] = rng.choice(_WORDS)
            case 5:
                word = rng.choice(_WORDS)
                held[at : at + len(word)] = word
            case _:
                other = rng.randrange(len(held))
                held[at:to] = held[other : other + to - at]
    return bytes(held) if rng.random() > 0.1 else bytes(held[: rng.randrange(len(held) + 1)])


def _mutated(name: str, data: bytes, rng: random.Random) -> bytes:
    """Damage a file, or a member of an archive, which is then packed soundly again."""
    if data[:2] != b"PK" or rng.random() < 0.3:
        return mutate(data, rng)
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        names = old.namelist()
        chosen = rng.choice([one for one in names if _tells(one)] or names)
        for one in names:
            content = old.read(one)
            new.writestr(one, mutate(content, rng) if one == chosen else content)
    return packed.getvalue()


def _tells(name: str) -> bool:
    return (
        re.search(
            r"sheet1|sharedStrings|workbook\.xml|styles|content\.xml|\.(shp|dbf|shx|prj)$", name
        )
        is not None
    )


def _samples(folder: Path) -> dict[str, dict[str, bytes]]:
    """Return the files of each format by name."""
    found = {}
    for number, (form, (name, write)) in enumerate(FORMATS.items()):
        rows = [row for row in STATIONS if "gbk" not in form or "𠮷" not in row["派出所名称"]]
        place = folder / str(number)
        place.mkdir()
        write(place / name, rows)
        found[form] = {
            part.name: part.read_bytes()
            for part in sorted(place.iterdir())
            if part.stem == Path(name).stem
        }
    return found


def run(
    *, seconds: float, seed: int, kept: Path, clock: Callable[[], float], cases: int | None = None
) -> dict[str, int]:
    """Try damaged files until the time is over, or so many; return how they ended."""
    rng, ends = random.Random(seed), Counter[str]()
    begun = clock()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        Store.open(folder / "court", clock=StandingClock(), create=True).close()
        (folder / "samples").mkdir()
        samples = _samples(folder / "samples")
        with ImportWorker(folder / "court") as worker:
            number = 0
            while clock() - begun < seconds and (cases is None or number < cases):
                number += 1
                form = rng.choice(sorted(samples))
                parts = dict(samples[form])
                chosen = rng.choice(sorted(parts))
                parts[chosen] = _mutated(chosen, parts[chosen], rng)
                place = folder / "case"
                place.mkdir(exist_ok=True)
                for name, content in parts.items():
                    (place / name).write_bytes(content)
                kind = rng.choice(("stations", "stations", "stations", "areas", "cases"))
                trial = worker.attempt(
                    kind, place / FORMATS[form][0], quarantine=rng.random() < 0.3
                )
                ends[trial.end] += 1
                over = trial.mib > MOST_MIB
                ends["over_memory"] += over
                if over or trial.end in ("crash", "hang"):
                    bad = kept / f"{seed}-{number}-{trial.end}-{kind}"
                    bad.mkdir(parents=True)
                    for part in place.iterdir():
                        part.replace(bad / part.name)
                    (bad / "told.txt").write_text(f"{trial}\n{trial.message}", "utf-8")
                for part in place.iterdir():
                    part.unlink()
    return {
        "cases": number,
        "crashes": ends["crash"],
        "hangs": ends["hang"],
        "over_memory": ends["over_memory"],
        "refused": ends["refused"],
    }


def main(words: list[str] | None = None) -> int:
    """Run the command; returns 1 where a file brought down what reads it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=Path("build/fuzz"))
    asked = parser.parse_args(words)
    ends = run(
        seconds=asked.seconds,
        seed=asked.seed,
        kept=asked.kept,
        clock=time.monotonic,
        cases=asked.cases,
    )
    for name, value in ends.items():
        sys.stdout.write(f"fuzz_{name} {value} 1\n")
    bad = ends["crashes"] + ends["hangs"] + ends["over_memory"]
    if bad:
        sys.stdout.write(f"{asked.kept.resolve()}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
