"""Files that are bombs, lies, or another's: refused when they come, or when read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad_input_gen import build
from tests.corpus import Case, cases
from tests.hostile.expected import assert_said
from tests.hostile.site import LATER, SMALL, SMALL_MEGABYTES, Site

UPLOADS, FILES = cases("upload"), cases("file-parameter")
#: A byte more than a service takes: here one that takes less than usual.
TOO_LARGE = "UPL-045"


def sent(site: Site, case: Case) -> str:
    """Upload a case's file and read it as features; return why that fails."""
    service = LATER
    if case["id"] == TOO_LARGE:
        service, content = SMALL, b"x" * (SMALL_MEGABYTES * 2**20 + 1)
    else:
        content = build(case)
    data = content if isinstance(content, bytes) else content.encode()
    answer = site.upload(service, case["filename"], data)
    if answer.error:
        return answer.error
    item = answer.document["item"]["itemID"]
    assert not set("\r\n<>") & set(item)
    names = {"In_Features": f'{{"itemID": "{item}"}}'}
    said = site.refusal(f"{service}/Keep", names)
    site.post(f"{service}/uploads/{item}/delete", {})
    return said


@pytest.mark.parametrize("case", UPLOADS, ids=[one["id"] for one in UPLOADS])
def test_a_bad_file_is_answered_as_expected(site, case):
    assert_said(case, sent(site, case))


def test_no_part_of_a_refused_file_is_left(site):
    """UPL-001 and UPL-006 ask what is on the disk afterwards."""
    for case in UPLOADS:
        if case["id"] in ("UPL-001", "UPL-006", "UPL-007", "UPL-014"):
            assert sent(site, case)
    folder = site.log.parent / "data" / "uploads"
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert left == []
    assert not Path("/tmp/evil.shp").exists()
    assert not list(site.log.parent.rglob("evil.shp"))


@pytest.mark.parametrize("case", FILES, ids=[one["id"] for one in FILES])
def test_a_bad_name_of_a_file_is_refused(site, case):
    value = str(build(case))
    if "uploaded by user B" in value:
        answer = site.upload(LATER, "a.csv", b"x,y\n1,2\n", site.tokens["bob"])
        item = answer.document["item"]["itemID"]
        value = f'{{"itemID":"{item}"}}'
        mine = site.refusal(f"{LATER}/Weigh", {"In_File": value}, site.tokens["bob"])
        assert mine == ""
    said = site.refusal(f"{LATER}/Weigh", {"In_File": value}, site.tokens["alice"])
    assert_said(case, said)
    assert "Parameter 'In_File'" in said
