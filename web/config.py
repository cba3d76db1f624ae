"""Settings, read once at the edge and passed on as values."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data.crypto import GIVEN_KEY, Keys, given_keys
from data.files import write_atomically
from data.signing import SIGNING_KEY_NAME
from data.terminal import TERMINAL
from geo.ports import ProgressListener
from web.errors import WebError

__all__ = ["LANGUAGES", "PLACES_FILE", "Settings", "Watch", "read_settings", "secret_key"]

LANGUAGES = ("zh", "en")
_KEY_LENGTH = 48
PLACES_FILE = "places.json"
Watch = Callable[[str], ProgressListener]
"""Told the name of each part of long work, in Chinese source text; returns what is told of it."""
_MOST_WORKERS = 4  # each holds the place names of the court


@dataclass(frozen=True, slots=True)
class Settings:
    """Where one court's data lies, and in which language the terminal speaks.

    ``workers`` is how many processes may share work on many rows, ``operator`` how the audit
    names who is at the terminal. ``queue_url`` names a queue other than the file in the folder,
    and ``watch`` who is told how far long work is; nobody means the terminal.
    ``database_url`` is the address of a PostgreSQL database that holds the tables in the place of a
    file in ``data_dir``; it may hold a password, as may ``queue_url``. ``keys`` stand in the place
    of the key file there.
    """

    data_dir: Path
    language: str = "zh"
    workers: int = 1
    operator: str = TERMINAL
    database_url: str | None = field(default=None, repr=False)
    queue_url: str = field(default="", repr=False)
    keys: Keys | None = field(default=None, repr=False)
    watch: Watch | None = field(default=None, compare=False)

    @property
    def network_dir(self) -> Path:
        """Folder of the cached road network and its named places."""
        return self.data_dir / "network"

    @property
    def basemap_path(self) -> Path:
        """File of the base map's vector tiles."""
        return self.network_dir / "basemap.pmtiles"

    @property
    def speeds_path(self) -> Path:
        """File of what differs from the shipped table of speeds; often there is none."""
        return self.data_dir / "speeds.toml"

    @property
    def own_rules(self) -> Path | None:
        """File of the court's own parameters of the rules; None where there is none."""
        path = self.data_dir / "rules.toml"
        return path if path.exists() else None

    @property
    def templates_dir(self) -> Path:
        """Folder to which ``fieldwrit init`` writes the template workbooks."""
        return self.data_dir / "templates"

    @property
    def secret_path(self) -> Path:
        """File of the key that signs sessions."""
        return self.data_dir / "session-key"

    @property
    def address_model_path(self) -> Path:
        """File of the address model that the court trained; often there is none."""
        return self.data_dir / "address-model.npz"

    @property
    def online_path(self) -> Path:
        """File with which an administrator allows online geocoding; see its documentation."""
        return self.data_dir / "online.toml"

    @property
    def tile_server_path(self) -> Path:
        """File that names a tile server for the maps; often there is none."""
        return self.data_dir / "tile-server.toml"

    @property
    def signing_key_path(self) -> Path:
        """File of the key that signs checkpoints of the audit chain and certificates."""
        return self.data_dir / SIGNING_KEY_NAME

    @property
    def queue_path(self) -> Path:
        """File of the queue of long work."""
        return self.data_dir / "jobs.db"

    @property
    def uploads_dir(self) -> Path:
        """Folder of files that wait to be imported."""
        return self.data_dir / "uploads"

    @property
    def packs_dir(self) -> Path:
        """Folder of field packs that were made to be fetched."""
        return self.data_dir / "packs"

    @property
    def certificates_dir(self) -> Path:
        """Folder of the signed certificates of what was erased."""
        return self.data_dir / "certificates"

    @property
    def single_sign_on_path(self) -> Path:
        """File that names the court's own sign-in service; often there is none."""
        return self.data_dir / "sso.toml"

    @property
    def online_memory_path(self) -> Path:
        """File that keeps the answers of online services for a while."""
        return self.data_dir / "online.sqlite3"


def read_settings(
    data_dir: str | None = None,
    language: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Join options and environment: the option wins, then the variable, then the default.

    The address of a database and the key have no option: whoever lists processes would read them.

    Raises
    ------
    KeyFileError
        If the variable of the key holds none.
    """
    folder = data_dir or environ.get("FIELDWRIT_DATA_DIR") or "fieldwrit-data"
    spoken = language or environ.get("FIELDWRIT_LANG") or "zh"
    asked = environ.get("FIELDWRIT_WORKERS", "")
    most = int(asked) if asked.isdecimal() else _MOST_WORKERS
    workers = max(1, min(os.cpu_count() or 1, most))
    return Settings(
        Path(folder).absolute(),
        spoken if spoken in LANGUAGES else "zh",
        workers,
        f"{TERMINAL}:{_system_user()}",
        environ.get("FIELDWRIT_DATABASE_URL") or None,
        environ.get("FIELDWRIT_QUEUE_URL", ""),
        given_keys(environ[GIVEN_KEY]) if environ.get(GIVEN_KEY) else None,
    )


def _system_user() -> str:
    """Return the operating system's user, as the system knows it and no variable can say."""
    try:
        from pwd import getpwuid

        return getpwuid(os.geteuid()).pw_name
    except KeyError:  # a user without a name, as in a container
        return str(os.geteuid())
    except ImportError:  # Windows
        return os.getlogin()


def secret_key(settings: Settings) -> str:
    """Return the key that signs sessions; made on first use, and anew where it was cut short."""
    path = settings.secret_path
    try:
        kept = path.read_text(encoding="ascii")
    except FileNotFoundError:
        kept = ""
    except (OSError, ValueError) as error:
        raise WebError(
            "会话密钥 %(file)s 无法读取，请删除它后重试（用户须重新登录）", file=path.name
        ) from error
    if len(kept) >= _KEY_LENGTH:
        return kept
    key = secrets.token_urlsafe(_KEY_LENGTH)
    with write_atomically(path) as file:  # readable by its owner only
        file.write(key.encode("ascii"))
    return key
