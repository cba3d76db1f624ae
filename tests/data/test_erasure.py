from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.audit_checkpoints import Checkpoint
from data.erasure import erasure_certificate, read_certificate
from data.errors import AuditError
from data.signing import SigningKey, read_signing_key

_AT = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
_END = Checkpoint(9, "ab" * 32, _AT, "k", "00")


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return read_signing_key(tmp_path / "signing-key")


@pytest.fixture
def path(tmp_path: Path, key: SigningKey) -> Path:
    deleted = {"claims": ("a2", "a1"), "leads": ()}
    found = tmp_path / "certificate.json"
    found.write_text(erasure_certificate(deleted, _END, key, at=_AT, by="cli:court"))
    return found


def test_a_certificate_says_what_went_and_where_it_is_on_record(
    path: Path, key: SigningKey
) -> None:
    said = read_certificate(path, key.public)
    assert said["deleted"] == {"claims": 2, "leads": 0}
    assert said["ids"] == {"claims": ["a1", "a2"], "leads": []}
    assert said["audit"] == {"seq": 9, "hash": _END.hash}
    assert (said["made_at"], said["by"]) == ("2026-11-25T01:00:00+00:00", "cli:court")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"deleted": {"claims": 3}}, "签名不符"),
        ({"made_at": "2020-01-01T00:00:00+00:00"}, "签名不符"),
        ({"signature": "00" * 64}, "签名不符"),
        ({"signature": "x"}, "不是销毁证明"),
        ({"format": "other"}, "不是销毁证明"),
        ({"key": 7}, "不是销毁证明"),
    ],
)
def test_a_changed_certificate_is_told(path: Path, change: dict[str, Any], told: str) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(AuditError, match=told):
        read_certificate(path)


def test_another_key_or_no_certificate_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="公钥"):
        read_certificate(path, read_signing_key(tmp_path / "other").public)
    for held in ("", "[]", "null"):
        path.write_text(held)
        with pytest.raises(AuditError, match="不是销毁证明"):
            read_certificate(path)
