"""An audit that could not look is no success, and a licence that nobody knows no good."""

from __future__ import annotations

import json
from importlib.metadata import distribution, distributions

import pytest

from tests.server import ROOT
from tests.supply.audit import UNREACHED, verdict
from tests.supply.licences import is_good

_FINE = {"name": "django", "version": "5.2.14", "vulns": []}
_BAD = {"name": "jinja2", "version": "2.0",
        "vulns": [{"id": "CVE-2019-10906", "fix_versions": ["2.10.1"]}]}  # fmt: skip
_SKIPPED = {"name": "aggdraw", "skip_reason": "Dependency not found on PyPI"}


def written(*packages: dict) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("output", "code", "word"),
    [
        (written(_FINE), 0, "1 packages, none known"),
        (written(_FINE, _BAD), 1, "jinja2 2.0: CVE-2019-10906, mended in 2.10.1"),
        (written(_FINE, _SKIPPED), 2, UNREACHED),
        (written(), 2, UNREACHED),
        ("", 2, "Failed to connect"),
        ("{}", 2, UNREACHED),
    ],
)
def test_an_audit_says_what_it_has_seen(output, code, word):
    assert verdict("requirements.txt", output, "x\nFailed to connect\n")[0] == code
    assert word in verdict("requirements.txt", output, "x\nFailed to connect\n")[1]


@pytest.mark.parametrize(
    ("licence", "good"),
    [
        ("MIT", True), ("BSD-3-Clause AND 0BSD AND MIT", True), ("LGPL-3.0-only", True),
        ("GNU Library or Lesser General Public License (LGPL)", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True), ("GPL-2.0-only OR MIT", True),
        ("GPL-3.0-or-later", False), ("AGPL-3.0", False), ("UNKNOWN", False),
        ("GNU General Public License v3 (GPLv3)", False), ("BUSL-1.1", False),
        ("SSPL-1.0", False), ("MIT AND GPL-3.0-only", False), ("", False),
    ],
)  # fmt: skip
def test_a_licence_goes_with_ours_or_not(licence, good):
    assert is_good("package", licence) == good


def licence_of(name: str) -> str:
    """Return what a package says of its licence."""
    told = distribution(name).metadata
    classes = [one.rpartition("::")[2] for one in told.get_all("Classifier") or ()
               if one.startswith("License")]  # fmt: skip
    return (
        told.get("License-Expression") or ";".join(classes) or told.get("License", "")
    )


def test_every_package_that_users_install_has_a_good_licence():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    named = {
        line.partition("==")[0].partition("[")[0] for line in lines if "==" in line
    }
    installed = {one.name.lower().replace("_", "-") for one in distributions()}
    here = sorted(named & installed)
    assert len(here) > 20
    assert [name for name in here if not is_good(name, licence_of(name))] == []
