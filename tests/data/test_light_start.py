"""An import runs beside others in little memory: the store loads nothing of model and planner."""

from __future__ import annotations

import subprocess
import sys


def test_the_store_and_imports_load_no_compiled_model() -> None:
    code = "import sys, data.imports, data.store; print({'numba', 'scipy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
