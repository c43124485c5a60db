"""Jobs, while everything around them is killed: nothing is lost or done by halves.

The long storms have a thousand jobs each, on every pair of database and broker.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from tests.chaos import verdict
from tests.chaos.report import keep
from tests.chaos.servers import Postgres, Redis, postgres, redis_server
from tests.chaos.site import SWEEP_SECONDS, Site, running
from tests.chaos.storm import Event, Scale, Storm

SHORT = Scale(jobs=30, kills=2, restarts=1)
LONG = Scale(jobs=1000, kills=20, restarts=5)
PAIRS = ["SQLite", "PostgreSQL", "PostgreSQL and Redis"]


@pytest.fixture
def stack():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def on_postgres(stack) -> Callable[..., tuple[Site, Postgres]]:
    """Start a portal on a PostgreSQL of its own."""

    def start(folder: Path, **variables: str) -> tuple[Site, Postgres]:
        server = stack.enter_context(postgres())
        variables["DATABASE_URL"] = server.url
        return stack.enter_context(running(folder, **variables)), server

    return start


@pytest.fixture
def on_redis(stack, on_postgres) -> Callable[..., tuple[Site, Redis]]:
    """Start a portal on a PostgreSQL and a Redis of its own."""

    def start(folder: Path) -> tuple[Site, Redis]:
        server = stack.enter_context(redis_server(folder))
        return on_postgres(folder, CAIRN_BROKER_URL=server.url)[0], server

    return start


def weather(site: Site, name: str, scale: Scale, seed: int, *events: Event) -> None:
    """Let a storm blow; nothing may be wrong after it."""
    storm = Storm(site).run(scale, seed, *events)
    quiet = SWEEP_SECONDS if scale is SHORT else verdict.QUIET_SECONDS
    found = verdict.problems(storm, quiet)
    keep(name, verdict.figures(storm, site.rows()))
    assert found == []


@pytest.mark.timeout(600)
def test_a_short_storm_harms_no_job(tmp_path, stack, on_postgres):
    """G1 G2 G3 G5 G6 G27"""
    if connection.vendor == "postgresql":
        site, _ = on_postgres(tmp_path)
    else:
        site = stack.enter_context(running(tmp_path))
    weather(site, "short storm", SHORT, 1)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("pair", PAIRS)
def test_a_thousand_jobs_reach_their_ends(tmp_path, pair, stack, on_postgres, on_redis):
    """G1 G2 G3 G5 G6 G27"""
    events: list[Event] = []
    if pair == "SQLite":
        site = stack.enter_context(running(tmp_path))
    elif pair == "PostgreSQL":
        site, _ = on_postgres(tmp_path)
    else:
        site, broker = on_redis(tmp_path)
        events = [(0.5, "Redis emptied", broker.empty)]
    weather(site, f"1,000 jobs on {pair}", LONG, 4, *events)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_the_database_may_be_killed_and_start_again(tmp_path, on_postgres):
    """G7"""
    site, server = on_postgres(tmp_path)
    crashes = [(share, "PostgreSQL killed", server.crash_and_start)
               for share in (0.25, 0.5, 0.75)]  # fmt: skip
    weather(site, "1,000 jobs, PostgreSQL killed 3 times", LONG, 5, *crashes)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_the_broker_may_be_emptied_and_killed(tmp_path, on_redis):
    """G22"""
    site, server = on_redis(tmp_path)
    events = [(0.3, "Redis emptied", server.empty),
              (0.6, "Redis killed", server.kill_and_start)]  # fmt: skip
    weather(site, "200 jobs, Redis emptied and killed", Scale(200, 0, 0), 6, *events)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_the_web_server_may_be_killed(tmp_path, stack):
    """G8"""
    site = stack.enter_context(running(tmp_path))
    web = Scale(200, 15, 0, only=("web process", "web master"))
    weather(site, "200 jobs, web server killed 15 times", web, 7)
