"""Names are found by a part, by their sound and by initials; nothing readable is kept."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from data.crypto import FieldCipher
from data.name_search import KnownParts, LaterNames, hashed_parts, index_names, parts_of
from data.store import DATABASE_NAME, Store
from routes.model import SecretText
from tests.data import samples
from tests.data.courts import ON_SQLITE, CourtFolder
from tests.fakes import StandingClock

_NAMES = {
    1: "张建国",
    2: "张国强",
    3: "曾小兰",
    4: "吕建国",
    5: "欧阳金丝雀",
    6: "晋江市青溪五金制品有限公司",
    7: "Ｊohn·麦克 Smith",
}


@given(st.lists(st.lists(st.text("张建国重曾", min_size=1, max_size=8), max_size=4), max_size=4))
def test_parts_that_are_known_are_those_that_are_made_anew(lists: list[list[str]]) -> None:
    cipher, known = FieldCipher(bytes(32)), KnownParts()
    for names in lists:
        assert hashed_parts(cipher, names, known) == hashed_parts(cipher, names)


@pytest.fixture
def filled(store: Store) -> Store:
    store.put(
        cases_=[samples.case(k) for k in _NAMES],
        debtors=[samples.debtor(k, name=SecretText(name)) for k, name in _NAMES.items()],
    )
    return store


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("张建国", {1}),
        ("建国", {1, 4}),
        ("张", set()),
        ("张国", {2}),
        ("张国强大", set()),
        ("zhangjianguo", {1}),
        ("Zhang Jian Guo", {1}),
        ("jianguo", {1, 4}),
        ("zhangguoqiang", {2}),
        ("zengxiaolan", {3}),
        ("cengxiaolan", {3}),
        ("lvjianguo", {4}),
        ("lǚ jiàn guó", set()),
        ("ouyang", {5}),
        ("jinsique", {5}),
        ("zjg", {1}),
        ("jg", {1, 4}),
        ("zgq", {2}),
        ("z", set()),
        ("青溪五金", {6}),
        ("五金制品", {6}),
        ("qingxi", {6}),
        ("不在库中", set()),
        ("", set()),
        ("smith", set()),
        ("麦克", {7}),
    ],
)
def test_a_name_is_found(filled: Store, typed: str, found: set[int]) -> None:
    assert set(filled.find_cases(typed)) == {f"c{k}" for k in found}


def test_a_changed_name_is_found_by_its_new_parts_only(filled: Store) -> None:
    filled.put(debtors=[samples.debtor(1, name=SecretText("林秀英"))])
    assert filled.find_cases("建国") == ("c4",)
    assert filled.find_cases("linxiuying") == ("c1",)


@ON_SQLITE
def test_nothing_readable_is_kept(filled: Store, tmp_path: Path) -> None:
    held = b"".join(path.read_bytes() for path in (tmp_path / "court").glob(f"{DATABASE_NAME}*"))
    for part in ("张建", "zhangjianguo", "ouyang", "qingxi"):
        assert part.encode() not in held


def test_names_of_an_earlier_version_are_found_after_opening(
    filled: Store, court: CourtFolder, clock: StandingClock
) -> None:
    with filled.write() as work:
        work.connection.execute(text("DELETE FROM name_part"))
    assert filled.find_cases("jianguo") == ()
    filled.close()
    again = court.open(clock)
    assert again.find_cases("jianguo") == ("c1", "c4")
    again.close()


_HAN = st.text(st.sampled_from("张王李赵建国强小兰欧阳曾单秀英"), min_size=2, max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_HAN, st.data())
def test_every_piece_of_a_name_is_one_of_its_parts(name: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(name) - 2))
    assert ("pair", name[begin : begin + 2]) in parts_of(name)
    assert len(parts_of(name)) <= 5 * 4 * len(name)


def test_the_hashes_of_parts_are_those_of_no_other_search() -> None:
    cipher = FieldCipher(bytes(32))
    assert cipher.keyed_hash("name_part", "pair", "张三") != cipher.keyed_hash("name", "张三")


def test_many_names_are_kept_as_few_are(store: Store) -> None:
    some = "张王李赵建国强小兰"
    names = ["".join(each) for each in product(some, repeat=4)]
    cipher = FieldCipher(bytes(32))
    parts = hashed_parts(cipher, names)
    by_hash = {str(at): parts[name] for at, name in enumerate(names)}
    with store.write() as work:
        index_names(work, dict(list(by_hash.items())[::7]))  # these are held already
        LaterNames(by_hash).keep(work)
        index_names(work, {})
        kept = {tuple(row) for row in work.connection.execute(text("SELECT * FROM name_part"))}
    assert kept == {
        (number, digest)
        for digest, own in by_hash.items()
        for number in np.frombuffer(own, np.int64).tolist()
    }


def test_parts_are_those_of_the_name_in_its_plain_form() -> None:
    assert parts_of("张 建国") == parts_of("张建国")
    assert parts_of("ＡＢ") == parts_of("ab")


def _kept_parts(store: Store) -> int:
    with store.write() as work:
        return int(work.connection.scalar(text("SELECT count(*) FROM name_part")) or 0)


def test_parts_are_kept_once_a_name_and_as_long_as_a_debtor_has_it(filled: Store) -> None:
    kept = _kept_parts(filled)
    namesake = samples.debtor(8, name=SecretText("张建国"))
    filled.put(cases_=[samples.case(8)], debtors=[namesake])
    assert filled.find_cases("jianguo") == ("c1", "c4", "c8")
    assert _kept_parts(filled) == kept
    filled.put(debtors=[samples.debtor(1, name=SecretText("林秀英"))])
    assert filled.find_cases("jianguo") == ("c4", "c8")
    filled.put(debtors=[samples.debtor(8, name=SecretText("林秀英"))])
    assert filled.find_cases("jianguo") == ("c4",)
    assert filled.find_cases("linxiuying") == ("c1", "c8")
    assert _kept_parts(filled) == kept - len(parts_of("张建国")) + len(parts_of("林秀英"))
