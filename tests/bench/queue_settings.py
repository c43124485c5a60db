"""django-q2 as it comes, in the database of a portal: what the queue alone costs."""

from __future__ import annotations

from portal.settings import *  # noqa: F403
from portal.settings import BROKER_URL, WORKERS

Q_CLUSTER = {
    "name": "alone",
    "workers": WORKERS,
    "timeout": 50,
    "retry": 60,
    "poll": 0.02,
    "save_limit": 0,
}
Q_CLUSTER |= {"redis": BROKER_URL} if BROKER_URL else {"orm": "default"}
