"""The one place where numba's compiler is called for planning and locating."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import IndexDataCacheFile

__all__ = ["compiled", "entry"]

_F = TypeVar("_F", bound=Callable[..., object])

# Nothing is allocated here, so no references are counted: that saves a sixth of the compile time.
_PLAIN: dict[str, Any] = {
    "cache": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "_nrt": False,
}


class _Index(IndexDataCacheFile):
    """A list of kept machine code; one that cannot be read holds nothing.

    numba reads it before it asks whether the source has changed, and a list that an earlier
    version wrote may name a class that is gone.
    """

    def _load_index(self) -> dict[object, object]:
        try:
            held: dict[object, object] = super()._load_index()  # type: ignore[no-untyped-call]
        except (AttributeError, ImportError, EOFError, TypeError, pickle.UnpicklingError):
            return {}
        return held


def _kept(dispatcher: Any) -> Any:
    dispatcher._cache._cache_file.__class__ = _Index
    return dispatcher


def compiled(function: _F) -> _F:
    """Compile for callers that are compiled themselves, and keep the machine code.

    It lies next to the source file. A compiled function and those that it calls must stand
    in one module, else a change of the callee leaves stale machine code behind.
    """
    options = {"no_cpython_wrapper": True, **_PLAIN}
    return cast(_F, _kept(numba.njit(**options)(function)))


def entry(function: _F) -> _F:
    """Compile for callers in Python; other threads run meanwhile."""
    options = {"nogil": True, **_PLAIN}
    return cast(_F, _kept(numba.njit(**options)(function)))
