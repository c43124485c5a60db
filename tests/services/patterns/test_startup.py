"""What heavy libraries cost is paid by the runs that use them."""

from __future__ import annotations

import subprocess
import sys


def test_the_registry_loads_neither_scipy_nor_scikit_learn():
    script = (
        "import sys; from services.registry import registry; registry();"
        "print(sorted({'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
