"""DatabaseWrapper: a write transaction waits at a lock file before it begins.

SQLite lets a writer that finds the database locked sleep for longer and longer, up to
a tenth of a second, whoever else comes meanwhile. Workers of short jobs lost half of
their time so. Here they look again at once: most transactions last under a
millisecond. What writes without a transaction still waits SQLite's way.
"""

from __future__ import annotations

import fcntl
import os
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_LOOK_SECONDS = 0.0005


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection; ``timeout`` of its options bounds the wait, in seconds."""

    _turn: int | None = None
    _has_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        self._await_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self._turn is not None:
                os.close(self._turn)
            self._turn, self._has_turn = None, False

    def _await_turn(self) -> None:
        """Take the lock; a process that dies loses it. Raises OperationalError."""
        if self.is_in_memory_db():
            return
        if self._turn is None:
            path = f"{self.settings_dict['NAME']}-turn"
            self._turn = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + self.settings_dict["OPTIONS"].get("timeout", 5)
        while True:
            try:
                fcntl.flock(self._turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise OperationalError("database is locked") from None
                time.sleep(_LOOK_SECONDS)
            else:
                self._has_turn = True
                return

    def _end_turn(self) -> None:
        if self._has_turn and self._turn is not None:
            self._has_turn = False
            fcntl.flock(self._turn, fcntl.LOCK_UN)
