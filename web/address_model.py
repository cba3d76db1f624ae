"""The address model of a court: its own where it trained one, else the shipped one."""

from __future__ import annotations

from pathlib import Path

from geo.tagging.model import AddressModel, load_model, shipped_model
from web.config import Settings

__all__ = ["address_model"]


def address_model(settings: Settings, path: Path | None = None) -> AddressModel:
    """Return the model in a file, else the court's own, else the shipped one.

    Raises
    ------
    AddressModelError
        If the file is damaged or none of ours; a court's own is never passed over silently.
    """
    own = settings.address_model_path
    if path is None and not own.exists():
        return shipped_model()
    return load_model(path or own)
