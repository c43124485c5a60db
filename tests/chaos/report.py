"""What the tests have measured, in a file beside the other figures."""

from __future__ import annotations

from tests.server import ROOT

FIGURES = ROOT / "var" / "chaos.txt"


def keep(name: str, text: str) -> None:
    """Append measured figures under a name."""
    FIGURES.parent.mkdir(exist_ok=True)
    with FIGURES.open("a", encoding="utf-8") as file:
        file.write(f"{name}\n  {text.replace(chr(10), chr(10) + '  ')}\n")
