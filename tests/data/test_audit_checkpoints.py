"""Checkpoints show who had the key and wrote the chain anew, and between which entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text

from data.audit_checkpoints import Checkpoint, check_export, write_export
from data.errors import AuditError, KeyFileError
from data.signing import SIGNING_KEY_NAME, PublicKey, SigningKey, read_signing_key
from data.store import Store
from tests.fakes import StandingClock


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return read_signing_key(tmp_path / SIGNING_KEY_NAME)


@pytest.fixture
def chain(store: Store, key: SigningKey) -> Store:
    """Twelve entries, signed after the fourth and the eighth."""
    for part in range(3):
        for k in range(4):
            store.audit.append("u1", "person.read", f"case:{part}{k}")
        if part < 2:
            _sign(store, key)
    return store


def _sign(store: Store, key: SigningKey) -> Checkpoint:
    done = store.audit.verify_whole()
    return store.audit_checkpoints.sign(key, seq=done.entries, digest=done.hash)


def _rechain(
    store: Store, outside: Connection, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    """Write the chain anew as who has the key file can, with its seal."""
    rows = [
        dict(row._mapping)
        for row in outside.execute(text("SELECT * FROM audit_entry ORDER BY seq"))
    ]
    change(rows)
    if outside.dialect.name == "postgresql":
        outside.execute(text("SET session_replication_role = replica"))  # heeds no trigger
    else:
        for trigger in ("audit_entry_no_update", "audit_entry_no_delete"):
            outside.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
    outside.execute(text("DELETE FROM audit_entry"))
    cipher, last = store.cipher, "0" * 64
    for seq, row in enumerate(rows, 1):
        said = (str(seq), row["at"], row["actor"], row["act"], row["subject"], row["detail"])
        row |= {"seq": seq, "prev_hash": last, "hash": cipher.chain_hash(*said, last)}
        last = row["hash"]
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        outside.execute(text(f"INSERT INTO audit_entry ({names}) VALUES ({values})"), row)
    outside.execute(
        text("UPDATE setting SET value = :seal WHERE name = 'audit_head'"),
        {"seal": cipher.chain_hash("head", str(len(rows)), last)},
    )
    outside.execute(text("DELETE FROM setting WHERE name = 'audit_verified'"))
    outside.commit()


def test_a_chain_that_nobody_touched_holds(chain: Store, key: SigningKey) -> None:
    assert chain.audit_checkpoints.verify(key.public) == 2
    assert [one.seq for one in chain.audit_checkpoints.all()] == [4, 8]
    again = chain.audit_checkpoints.all()[-1]
    assert chain.audit_checkpoints.sign(key, seq=8, digest=again.hash) == again


def _changed(rows: list[dict[str, Any]]) -> None:
    rows[5]["subject"] = "case:none"


def _dropped(rows: list[dict[str, Any]]) -> None:
    del rows[5]


def _swapped(rows: list[dict[str, Any]]) -> None:
    rows[5], rows[6] = rows[6], rows[5]


def _truncated(rows: list[dict[str, Any]]) -> None:
    del rows[6:]


@pytest.mark.parametrize("change", [_changed, _dropped, _swapped, _truncated])
def test_a_chain_written_anew_with_the_key_is_found_and_placed(
    chain: Store,
    outside: Connection,
    key: SigningKey,
    change: Callable[[list[dict[str, Any]]], None],
) -> None:
    _rechain(chain, outside, change)
    assert chain.audit.verify() > 0  # the seal is right: its key was used
    with pytest.raises(AuditError, match="第 5 至 8 条"):
        chain.audit_checkpoints.verify(key.public)


def test_dropped_checkpoints_are_missed_by_those_kept_elsewhere(
    chain: Store, outside: Connection, key: SigningKey
) -> None:
    kept = chain.audit_checkpoints.all()
    _rechain(chain, outside, _changed)
    outside.execute(text("DELETE FROM audit_checkpoint"))
    outside.commit()
    assert chain.audit_checkpoints.verify(key.public) == 0
    with pytest.raises(AuditError, match="第 5 至 8 条"):
        chain.audit_checkpoints.verify(key.public, kept)


def test_a_checkpoint_of_another_key_or_another_entry_is_refused(
    chain: Store, key: SigningKey, tmp_path: Path
) -> None:
    other = read_signing_key(tmp_path / "other")
    with pytest.raises(AuditError, match="第 4 条的检查点签名不符"):
        chain.audit_checkpoints.verify(other.public)
    (first, _) = chain.audit_checkpoints.all()
    moved = replace(first, seq=5)
    with pytest.raises(AuditError, match="第 5 条的检查点签名不符"):
        chain.audit_checkpoints.verify(key.public, [moved])


def _exported(chain: Store, key: SigningKey, path: Path) -> Path:
    with path.open("wb") as file:
        write_export(file, key, chain.audit.chain(), chain.audit_checkpoints.all())
    return path


def test_a_file_of_the_chain_is_checked_by_itself(
    chain: Store, key: SigningKey, tmp_path: Path
) -> None:
    path = _exported(chain, key, tmp_path / "audit.jsonl")
    found, checkpoints = check_export(path, key.public)
    assert (found.entries, found.checkpoints, found.key) == (12, 2, key.public.text)
    assert checkpoints == list(chain.audit_checkpoints.all())
    with pytest.raises(AuditError, match="公钥"):
        check_export(path, read_signing_key(tmp_path / "other").public)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda rows: rows.pop(3), "缺少第 3 条"),
        (lambda rows: rows[3].update(prev_hash="0" * 64), "第 3 条与前一条不相连"),
        (lambda rows: rows[8].update(hash="1" * 64), "第 9 条与前一条不相连"),
        (lambda rows: rows[-2].update(hash="1" * 64), "第 8 条的检查点签名不符"),
        (lambda rows: rows[4].update(subject="case:none"), "与其签名不符"),
        (lambda rows: rows.pop(), "与其签名不符"),
        (lambda rows: rows.append({**rows[12], "seq": 13, "prev_hash": rows[12]["hash"]}), "完整"),
        (lambda rows: rows.append(rows[-1]), "不是完整的审计文件"),
        (lambda rows: rows.insert(1, rows[0]), "不是完整的审计文件"),
        (lambda rows: rows[-2].update(signature="zz"), "不是完整的审计文件"),
        (lambda rows: rows[-2].update(kind="other"), "不是完整的审计文件"),
        (lambda rows: rows.pop(0), "不是完整的审计文件"),
        (lambda rows: rows[0].update(key="zz"), "不是完整的审计文件"),
        (lambda rows: rows[2].pop("seq"), "不是完整的审计文件"),
    ],
)
def test_a_spoilt_file_is_told(
    chain: Store,
    key: SigningKey,
    tmp_path: Path,
    spoil: Callable[[list[dict[str, Any]]], object],
    told: str,
) -> None:
    path = _exported(chain, key, tmp_path / "audit.jsonl")
    rows = _lines(path)
    spoil(rows)
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with pytest.raises(AuditError, match=told):
        check_export(path)


def test_no_json_is_no_file_of_the_chain(tmp_path: Path) -> None:
    for held in ("", "[]\n", "not json\n"):
        (tmp_path / "x").write_text(held)
        with pytest.raises(AuditError, match="不是完整的审计文件"):
            check_export(tmp_path / "x")
    with pytest.raises(AuditError, match="不是完整的审计文件"):
        check_export(tmp_path / "none")


def test_the_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / SIGNING_KEY_NAME
    first = read_signing_key(path)
    assert path.stat().st_mode & 0o077 == 0
    assert read_signing_key(path).public == first.public
    assert PublicKey.parse(f" {first.public.text.upper()} ") == first.public
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="600"):
        read_signing_key(path)
    path.chmod(0o600)
    path.write_text("none")
    with pytest.raises(KeyFileError, match="损坏"):
        read_signing_key(path)
    with pytest.raises(KeyFileError, match="64 位"):
        PublicKey.parse("abc")


def test_signatures_are_those_of_the_standard() -> None:
    """RFC 8032, 7.1, test 1: the public key that belongs to its secret."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(secret))
    assert key.public.text == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.public.accepts(key.sign("a", "b"), "a", "b")
    assert not key.public.accepts(key.sign("a", "b"), "ab")


def test_entries_are_read_in_their_order(chain: Store, clock: StandingClock) -> None:
    entries = list(chain.audit.chain())
    assert [entry.seq for entry in entries] == list(range(1, 13))
    assert entries[::-1] == list(chain.audit.entries(12))
