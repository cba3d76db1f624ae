"""What is past its time, deleted with a signed certificate of it that is kept in the folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.erasure import erasure_certificate, read_certificate
from data.errors import AuditError
from data.files import staged_path
from data.retention import Kept, purge
from data.signing import PublicKey, SigningKey
from data.store import Store
from routes.rules import RuleProfile
from web.audit_watch import sign_chain

__all__ = ["KeptCertificate", "certificate_path", "erase_expired", "kept_certificates"]

_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """A certificate in the folder.

    Parameters
    ----------
    deleted
        How many by kind; empty where the certificate does not hold.
    holds
        Whether the court's key signed what stands in it.
    """

    name: str
    made_at: datetime | None
    by: str
    deleted: Mapping[str, int]
    holds: bool


def erase_expired(
    store: Store, profile: RuleProfile, key: SigningKey, folder: Path, *, by: str
) -> tuple[Mapping[Kept, tuple[str, ...]], str]:
    """Delete what is past its time; return ids by kind, and the certificate's text.

    The certificate is kept in the folder, unless nothing was deleted.
    """
    done = purge(store, profile, by=by)
    now = store.clock()
    text = erasure_certificate(done, sign_chain(store, key), key, at=now, by=by)
    if not any(done.values()):
        return done, text
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{now:%Y%m%dT%H%M%S}-{json.loads(text)['signature'][:8]}{_SUFFIX}"
    with staged_path(folder / name) as staged:
        staged.write_text(text, encoding="utf-8")
    return done, text


def kept_certificates(folder: Path, key: PublicKey | None) -> tuple[KeptCertificate, ...]:
    """Return the certificates of a folder, the newest first."""
    paths = sorted(folder.glob(f"*{_SUFFIX}"), reverse=True) if folder.exists() else []
    return tuple(_certificate(path, key) for path in paths)


def certificate_path(folder: Path, name: str) -> Path | None:
    """Return the certificate of this name, None where there is none."""
    if not folder.exists():
        return None
    return next((path for path in folder.glob(f"*{_SUFFIX}") if path.name == name), None)


def _certificate(path: Path, key: PublicKey | None) -> KeptCertificate:
    try:
        said = read_certificate(path, key)
    except AuditError:
        return KeptCertificate(path.name, None, "", {}, holds=False)
    return KeptCertificate(
        path.name,
        datetime.fromisoformat(said["made_at"]),
        said["by"],
        {kind: count for kind, count in said["deleted"].items() if count},
        holds=True,
    )
