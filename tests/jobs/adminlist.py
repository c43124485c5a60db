"""The job list of the admin in tests: what it shows, and its actions."""

from __future__ import annotations

from django.utils import timezone

LIST = "/admin/jobs/job/"
NOW = timezone.now()


def found(client, **query):
    """Return the ids that the list shows."""
    rows = client.get(LIST, query).context["cl"].result_list
    return {row.pk for row in rows}


def run(client, action, *jobs, **more):
    """Run an action of the list, confirmed unless said otherwise."""
    data = {"action": action, "confirmed": "yes"} | more
    data["_selected_action"] = [job.pk for job in jobs]
    return client.post(LIST, data, follow=True)


def told(response):
    return [str(one) for one in response.context["messages"]]
