"""Pictures that come from elsewhere: of which kind they are, and that they are some."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

__all__ = ["MOST_PIXELS", "NoPictureError", "checked", "picture_kind", "pixels"]

MOST_PIXELS = 50_000_000
"""What the camera of a telephone takes at most; 200 MB once a browser has unpacked it."""

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


def pixels(picture: bytes) -> int | None:
    """Return how many pixels a JPEG or PNG unpacks to, by its head; None for anything else.

    Nothing is unpacked: two megabytes may hold ten thousand million pixels.
    """
    try:
        with Image.open(BytesIO(picture), formats=("JPEG", "PNG")) as opened:
            return opened.width * opened.height
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return MOST_PIXELS + 1
    except (OSError, SyntaxError, ValueError):
        return None
