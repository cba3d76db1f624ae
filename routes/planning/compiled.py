"""The one place where numba's compiler is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled", "entry"]

_F = TypeVar("_F", bound=Callable[..., object])

# Nothing is allocated here, so no references are counted: that saves a sixth of the compile time.
_PLAIN: dict[str, Any] = {
    "cache": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "_nrt": False,
}


def compiled(function: _F) -> _F:
    """Compile for callers that are compiled themselves, and keep the machine code.

    It lies next to the source file. A compiled function and those that it calls must stand
    in one module, else a change of the callee leaves stale machine code behind.
    """
    options = {"no_cpython_wrapper": True, **_PLAIN}
    return cast(_F, numba.njit(**options)(function))


def entry(function: _F) -> _F:
    """Compile for callers in Python; other threads run meanwhile."""
    options = {"nogil": True, **_PLAIN}
    return cast(_F, numba.njit(**options)(function))
