"""Pictures that come from elsewhere: of which kind they are, and that they are some."""

from __future__ import annotations

__all__ = ["NoPictureError", "checked", "picture_kind"]

_KINDS = ((b"\x89PNG\r\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


class NoPictureError(Exception):
    """A server gave no picture; says nothing more, as its address may hold a key."""


def checked(answer: bytes) -> bytes:
    """Return an answer that is a picture.

    Raises
    ------
    NoPictureError
        If it is none.
    """
    if picture_kind(answer) is None:
        raise NoPictureError
    return answer


def picture_kind(picture: bytes) -> str | None:
    """Return the media type of a picture by its first bytes; None for anything else."""
    return next((kind for mark, kind in _KINDS if picture.startswith(mark)), None)
