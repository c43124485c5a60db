"""Workers whose clocks are wrong, beside one database that knows the time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.clients import Client
from tests.chaos.mix import SUCCEEDED, Wish
from tests.chaos.parts import Part, Web
from tests.chaos.report import keep
from tests.chaos.servers import postgres
from tests.chaos.site import LEASE_SECONDS, Site, kill_all
from tests.chaos.skewed import OFFSET_FILE
from tests.portal.processes import wait_for


def job(label: str, seconds: float) -> Wish:
    """Return a job that takes some time."""
    fields = {"Label": label, "Seconds": str(seconds)}
    return Wish(label, "slow", "Trace", SUCCEEDED, fields)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_workers_with_wrong_clocks_take_no_job_of_others(tmp_path):
    """G20"""
    files = [tmp_path / name for name in ("fast", "slow", "steps")]
    for file, offset in zip(files, ("3600", "-3600", "0"), strict=True):
        file.write_text(offset)
    with postgres() as server:
        site = Site(tmp_path, DATABASE_URL=server.url, CAIRN_WORKERS="2")
        site.prepare()
        web = Web(site)
        workers = [
            Part(site, "-m", "tests.chaos.skewed", "worker", **{OFFSET_FILE: str(file)})
            for file in files
        ]
        try:
            for one in (web, *workers):
                one.start()
            wait_for(web.is_answering, limit=90)
            site.address = web.address
            with ThreadPoolExecutor(18) as pool:
                wishes = [
                    job(f"clock{number}", LEASE_SECONDS + 5 if number % 3 else 1)
                    for number in range(18)
                ]
                told = pool.map(lambda one: Client(site).bring_to_end(one), wishes)
                wait_for(
                    lambda: sum(row["worker"] != "" for row in site.rows()) > 5, 90
                )
                files[2].write_text("-3600")  # a step back while jobs run
                ended = list(told)
            rows = site.rows()
        finally:
            kill_all(site.tag)
            for one in (web, *workers):
                one.reap()
    keep(
        "clocks an hour off",
        f"{len(rows)} jobs of {len({r['worker'] for r in rows})} workers",
    )
    assert [one for one in ended if (one.end, one.problems) != (SUCCEEDED, [])] == []
    assert {row["attempt"] for row in rows} == {1}
    assert len({row["worker"] for row in rows}) == 3
