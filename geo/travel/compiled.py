"""How loops are compiled: at the first call, kept on disk, with other threads running."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["compiled"]

_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def compiled(loop: _Loop) -> _Loop:
    """Compile a function for arrays; it keeps its type for callers."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "no_cfunc_wrapper": True}
    return cast(_Loop, njit(error_model="numpy", **options)(loop))
