"""The certificate of an erasure: what was deleted when, signed, without a person in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.audit_checkpoints import Checkpoint
from data.errors import AuditError, KeyFileError
from data.signing import PublicKey, SigningKey

__all__ = ["erasure_certificate", "read_certificate"]

_FORMAT = "fieldwrit-erasure/1"
_PURPOSE = "erasure certificate"


def erasure_certificate(
    deleted: Mapping[Any, Collection[str]],
    chain_end: Checkpoint | None,
    key: SigningKey,
    *,
    at: datetime,
    by: str,
) -> str:
    """Return a certificate as JSON.

    Parameters
    ----------
    deleted
        Pseudonymous ids by kind, such as :func:`data.retention.purge` returns.
    chain_end
        The signed end of the audit chain after the erasure, which names the act.
    """
    content = {
        "format": _FORMAT,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "by": by,
        "key": key.public.text,
        "audit": None if chain_end is None else {"seq": chain_end.seq, "hash": chain_end.hash},
        "deleted": {str(kind): len(ids) for kind, ids in deleted.items()},
        "ids": {str(kind): sorted(ids) for kind, ids in deleted.items()},
    }
    signature = key.sign(_PURPOSE, _canonical(content)).hex()
    return json.dumps({**content, "signature": signature}, ensure_ascii=False, indent=1)


def read_certificate(path: Path, key: PublicKey | None = None) -> dict[str, Any]:
    """Return what a certificate says, once its signature holds.

    Parameters
    ----------
    key
        The public key as the court gave it away; that of the file proves nothing by itself.

    Raises
    ------
    AuditError
        If the file is none, was changed, or another key signed it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        signature = bytes.fromhex(content.pop("signature"))
        found, form = PublicKey.parse(content["key"]), content["format"]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, KeyFileError) as error:
        raise AuditError("%(file)s 不是销毁证明；请核对文件", file=path.name) from error
    if form != _FORMAT:
        raise AuditError("%(file)s 不是销毁证明；请核对文件", file=path.name)
    if key is not None and key != found:
        raise AuditError("%(file)s 不是用所给的公钥签署的", file=path.name)
    if not found.accepts(signature, _PURPOSE, _canonical(content)):
        raise AuditError("%(file)s 的内容与其签名不符，已被改动或截断", file=path.name)
    said: dict[str, Any] = content
    return said


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
