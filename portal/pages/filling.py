"""The values of a job, as its form had them: to change some and run it again."""

from __future__ import annotations

from jobs.documents import input_document, input_names, secret_inputs
from jobs.models import Job
from services import environment
from services.pages import form_text


def values_of(job: Job) -> dict[str, str]:
    """Return the texts of a job's inputs by name, and of what surrounded its run.

    Secrets and tokens are left out.
    """
    names = [one for one in input_names(job) if one not in secret_inputs(job)]
    values = {name: form_text(input_document(job, name)["value"]) for name in names}
    around = {name: job.inputs.get(name) for name in environment.NAMES}
    return values | {name: text for name, text in around.items()
                     if isinstance(text, str)}  # fmt: skip
