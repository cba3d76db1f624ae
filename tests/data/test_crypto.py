from __future__ import annotations

import hmac
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from data.crypto import FieldCipher, create_key_file, framed, new_id, read_key_file
from data.errors import KeyFileError, StoreError
from data.imports import import_file
from data.store import Store
from tests.data.samples import ADDRESS, CASE_ROW, GOOD_ROWS, NAME, write_csv

CIPHER = FieldCipher(bytes(range(32)))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_encrypted_is_decrypted_and_never_twice_the_same(text: str) -> None:
    first, second = (CIPHER.encrypt(text, field="f") for _ in range(2))
    assert first != second
    assert CIPHER.decrypt(first, field="f") == CIPHER.decrypt(second, field="f") == text


@given(st.text(min_size=1, max_size=20), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_found(text: str, position: int, change: int) -> None:
    data = bytearray(CIPHER.encrypt(text.encode("utf-8", "ignore").decode(), field="f"))
    data[position % len(data)] ^= change
    with pytest.raises(StoreError, match="加密内容"):
        CIPHER.decrypt(bytes(data), field="f")


def test_another_field_another_key_and_too_few_bytes_are_refused() -> None:
    data = CIPHER.encrypt("x", field="debtor.name")
    for cipher, field, given_data in (
        (CIPHER, "debtor.id_number", data),
        (FieldCipher(bytes(32)), "debtor.name", data),
        (CIPHER, "debtor.name", data[:5]),
        (CIPHER, "debtor.name", b""),
    ):
        with pytest.raises(StoreError):
            cipher.decrypt(given_data, field=field)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_hashes_agree_exactly_when_the_parts_do(first: list[str], second: list[str]) -> None:
    assert (CIPHER.keyed_hash(*first) == CIPHER.keyed_hash(*second)) == (first == second)


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), max_size=6))
def test_many_texts_are_encrypted_as_one_is(texts: list[str | None]) -> None:
    sealed = CIPHER.encrypt_all(texts, field="f")
    opened = [None if one is None else CIPHER.decrypt(one, field="f") for one in sealed]
    assert opened == texts
    nonces = [one[:12] for one in sealed if one is not None]
    assert len(set(nonces)) == len(nonces)


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1, max_size=5))
def test_hashes_of_columns_are_those_of_their_rows(rows: list[tuple[str, str, str]]) -> None:
    columns = list(zip(*rows, strict=True))
    texts, first = columns[0], rows[0][0]
    assert CIPHER.keyed_hashes(first, texts) == [CIPHER.keyed_hash(first, one) for one in texts]
    numbers = [CIPHER.keyed_number(first, *row) for row in rows]
    assert CIPHER.keyed_numbers(first, columns) == numbers
    assert CIPHER.stable_ids("c", columns) == [CIPHER.stable_id("c", *row) for row in rows]
    parts = [list(map(framed, column)) for column in columns]
    assert CIPHER.hashes_of_framed(parts) == [CIPHER.keyed_hash(*row) for row in rows]


def test_digits_of_a_hash_are_those_that_stores_hold() -> None:
    framed = "4:name\x1f3:张建国".encode()
    key = HKDF(SHA256(), 32, None, b"fieldwrit hash").derive(bytes(range(32)))
    digits = hmac.digest(key, framed, "sha256").hex()[:32]
    assert CIPHER.keyed_hash("name", "张建国") == digits
    assert CIPHER.keyed_number("name", "张建国") % 2**64 == int(digits[:16], 16)


def test_the_keys_for_search_and_chain_differ() -> None:
    assert CIPHER.chain_hash("a")[:32] != CIPHER.keyed_hash("a")
    assert CIPHER.stable_id("c", "a") != CIPHER.stable_id("d", "a")
    assert "secret" not in repr(CIPHER)
    assert new_id("b") != new_id("b")


def test_the_key_file_is_for_its_owner_only_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    secret = create_key_file(path)
    assert read_key_file(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeyFileError, match="不会覆盖"):
        create_key_file(path)
    assert read_key_file(path) == secret
    with pytest.raises(KeyFileError, match="无法写入"):
        create_key_file(tmp_path / "none" / "key")


def test_no_personal_text_is_on_the_disk_in_clear(store: Store, tmp_path: Path) -> None:
    row = CASE_ROW | {
        "证件号码": "00000019900101000X",
        "特殊人员": "重病",
        "地址1依据": "户籍查询回执（2026）第31号",
    }
    bad = row | {"案号": "x", "被执行人": "待改示例"}
    tables = tmp_path / "tables"
    tables.mkdir()
    import_file(store, "cases", write_csv(tables / "a.csv", [row, bad]), quarantine=True)
    for kind in ("outcomes", "leads", "liaisons"):
        import_file(store, kind, write_csv(tables / f"{kind}.csv", [GOOD_ROWS[kind]]))
    assert store.counts().quarantined_rows == 1
    secrets = (
        *(NAME, ADDRESS, "待改示例", "00000019900101000X", "户籍查询回执"),
        *(GOOD_ROWS["outcomes"]["备注"], GOOD_ROWS["leads"]["来源"]),
        *(GOOD_ROWS["liaisons"]["姓名"], GOOD_ROWS["liaisons"]["电话"]),
    )

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in (tmp_path / "court").iterdir())

    for data in (on_disk(), store.close() or on_disk()):
        for secret in secrets:
            assert secret.encode() not in data
            assert secret.encode("utf-16-le") not in data


def test_files_of_a_store_are_for_their_owner_only(store: Store, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "court").stat().st_mode) & 0o077 == 0
