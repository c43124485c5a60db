"""List the licences of all packages, and refuse what Apache-2.0 cannot stand beside.

``make licences`` gives this what pip-licenses writes as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

#: Words of licences that Cairn may be used and given away with. Those of libraries
#: (LGPL) and of files (MPL) ask for their own source, which is not changed here.
_GOOD = re.compile(
    r"MIT|BSD|Apache|PSF|Python|MPL|Mozilla|LGPL|Lesser|ISC|Unlicense|Zlib|CC0|HPND",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\b(A?GPL|SSPL|BUSL|Affero|Commons Clause|EUPL|CC-BY-N)", re.IGNORECASE
)
#: Packages that do not say it in a way that can be read, and where they do.
KNOWN = {
    "atheris": "Apache-2.0, by its LICENSE file",
    "axe-playwright-python": "MIT, by its LICENSE file; axe-core in it MPL-2.0",
}
#: Of the environment alone: never part of what is given away.
_OWN = ("cairn", "pip", "setuptools", "wheel", "uv")


def is_good(name: str, licence: str) -> bool:
    """Tell if a package may be used; of several licences to choose from one is enough."""
    if name.lower() in KNOWN:
        return True
    options = re.split(r"\s+OR\s+|;", licence)
    return any(_GOOD.search(one) and not _BAD.search(one) for one in options)


def main() -> int:
    """Print a line for each package; return how many cannot be used."""
    packages: list[dict[str, Any]] = json.load(sys.stdin)
    bad = 0
    for one in sorted(packages, key=lambda one: one["Name"].lower()):
        if one["Name"].lower() in _OWN:
            continue
        licence = KNOWN.get(one["Name"].lower(), " ".join(one["License"].split()))
        good = is_good(one["Name"], one["License"])
        bad += not good
        sign = " " if good else "!"
        print(f"{sign} {one['Name']:32} {one['Version']:12} {licence[:80]}")
    print(f"{bad} packages have licences that do not go with Apache-2.0" if bad
          else f"{len(packages)} packages, all with licences that go with Apache-2.0")  # fmt: skip
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
