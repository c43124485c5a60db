"""What ``manage.py doctor`` looks at: what is wrong, and what to do about it."""

from __future__ import annotations

from portal.doctor.finding import Finding, State
from portal.doctor.setup import (
    disks,
    folders,
    secret_key,
    settings_fit,
    tool_packages,
    visitors,
)
from portal.doctor.work import (
    broker,
    clock,
    database,
    queue,
    sample_run,
    shared_store,
    workers,
)

__all__ = ["Finding", "State", "examine"]


def examine() -> list[Finding]:
    """Look at everything; without a database, at what needs none."""
    found = [*settings_fit(), *secret_key(), *visitors(), *folders(), *disks()]
    has_database, findings = database()
    found += findings
    if has_database:
        found += [*clock(), *workers(), *queue()]
    return [*found, *broker(), *shared_store(), *tool_packages(), *sample_run()]
