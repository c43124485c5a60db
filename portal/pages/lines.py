"""Jobs as short lists show them: each with its state in the portal's words."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.models import Job
from portal.pages.following import STATES


def with_states(jobs: Iterable[Job]) -> list[tuple[Job, str]]:
    """Return jobs, each with the word that templates know its state by."""
    return [(one, STATES[one.status]) for one in jobs]
