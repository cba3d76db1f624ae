"""Settings, read once at the edge and passed on as values."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LANGUAGES", "PLACES_FILE", "Settings", "read_settings", "secret_key"]

LANGUAGES = ("zh", "en")
PLACES_FILE = "places.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where one court's data lies, and in which language the terminal speaks."""

    data_dir: Path
    language: str = "zh"

    @property
    def network_dir(self) -> Path:
        """Folder of the cached road network and its named places."""
        return self.data_dir / "network"

    @property
    def basemap_path(self) -> Path:
        """File of the base map's vector tiles."""
        return self.data_dir / "basemap.pmtiles"

    @property
    def templates_dir(self) -> Path:
        """Folder to which ``fieldwrit init`` writes the template workbooks."""
        return self.data_dir / "templates"

    @property
    def secret_path(self) -> Path:
        """File of the key that signs sessions."""
        return self.data_dir / "session-key"


def read_settings(
    data_dir: str | None = None,
    language: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Join options and environment: the option wins, then the variable, then the default."""
    folder = data_dir or environ.get("FIELDWRIT_DATA_DIR") or "fieldwrit-data"
    spoken = language or environ.get("FIELDWRIT_LANG") or "zh"
    return Settings(Path(folder), spoken if spoken in LANGUAGES else "zh")


def secret_key(settings: Settings) -> str:
    """Return the key that signs sessions; made on first use, readable by its owner only."""
    path = settings.secret_path
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key := secrets.token_urlsafe(48))
        return key
