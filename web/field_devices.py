"""Which officer's device asks, and what a revoked one is answered."""

from __future__ import annotations

from flask import abort, request

from data.field_devices import FieldDevice
from web.security import account
from web.services import services

__all__ = ["DEVICE_HEADER", "asking_device", "strange_device"]

DEVICE_HEADER = "X-Field-Device"


def asking_device() -> FieldDevice | None:
    """Return the device that asks, None where the request names none.

    The request ends with 403 where the device is not the account's, and with 410 where it was
    revoked: it wipes what it keeps then.
    """
    device_id = request.headers.get(DEVICE_HEADER)
    if not device_id:
        return None
    found = services().store.devices.see(device_id, account().id)
    if found is None:
        abort(403)
    if found.revoked_at is not None:
        abort(410)
    return found


def strange_device() -> FieldDevice | None:
    """Return the device that asks where it is another account's, else None."""
    found = services().store.devices.get(request.headers.get(DEVICE_HEADER, ""))
    return None if found is None or found.account_id == account().id else found
