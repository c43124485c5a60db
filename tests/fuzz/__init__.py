"""Parsers that strangers reach, and what may come of any bytes: a value or a refusal.

Each target is a module with ``check(data)``, which raises for anything else, and
``SEEDS``, from which a fuzzer starts. ``make fuzz`` gives them to atheris,
``test_targets.py`` to Hypothesis.
"""

from __future__ import annotations

#: The modules of the targets.
TARGETS = (
    "esri_json", "dates", "units", "where", "multipart", "forms", "references",
)  # fmt: skip
