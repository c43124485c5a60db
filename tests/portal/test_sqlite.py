"""Write transactions of SQLite: one after another, and none waits for ever."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from portal.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db
_ROUNDS = 50


@pytest.fixture
def connect(tmp_path):
    """Return what makes another connection to one database."""
    made = []

    def connect(seconds: float = 30) -> DatabaseWrapper:
        handler = ConnectionHandler({
            "default": {
                "ENGINE": "portal.sqlite",
                "NAME": str(tmp_path / "some.sqlite3"),
                "OPTIONS": {"timeout": seconds, "transaction_mode": "IMMEDIATE"},
            }
        })  # fmt: skip
        one = handler["default"]
        one.inc_thread_sharing()
        made.append(one)
        return one

    yield connect
    for one in made:
        one.close()


def begin(one: DatabaseWrapper) -> None:
    one.set_autocommit(True)
    one.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_writers_of_many_threads_lose_nothing(connect):
    with connect().cursor() as cursor:
        cursor.execute("CREATE TABLE counts (value INTEGER)")
        cursor.execute("INSERT INTO counts VALUES (0)")

    def count(_: int) -> None:
        mine = connect()
        for _ in range(_ROUNDS):
            begin(mine)
            with mine.cursor() as cursor:
                (value,) = cursor.execute("SELECT value FROM counts").fetchone()
                cursor.execute("UPDATE counts SET value = %s", [value + 1])
            mine.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    with connect().cursor() as cursor:
        assert cursor.execute("SELECT value FROM counts").fetchone() == (4 * _ROUNDS,)


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_end_of_a_transaction_lets_the_next_begin(connect, end):
    first, second = connect(), connect(0.05)
    begin(first)
    with pytest.raises(OperationalError, match="database is locked"):
        begin(second)
    getattr(first, end)()
    begin(second)
    second.rollback()


def test_a_transaction_that_cannot_begin_keeps_nobody_waiting(connect, tmp_path):
    first = connect(0.05)
    first.ensure_connection()
    with closing(sqlite3.connect(tmp_path / "some.sqlite3")) as foreign:
        foreign.execute("BEGIN IMMEDIATE")  # by somebody who does not know of turns
        with pytest.raises(OperationalError, match="database is locked"):
            begin(first)
    second = connect(0.05)
    begin(second)
    second.rollback()
