"""Models in the database: what an administrator has composed, version by version."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Max

_valid_name = RegexValidator(
    re.compile(r"^[A-Za-z][A-Za-z0-9_]*\Z"),
    "Letters, digits and _ only, a letter first.",
)


class Model(models.Model):
    """A model: its draft, which is edited, and its versions, which stay.

    ``draft`` is the JSON of a definition (services/modeling/definition.py). A task
    publishes a version, or, to try it out, the draft.
    """

    name = models.CharField(max_length=80, unique=True, validators=[_valid_name])
    draft = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def tool_id(self) -> str:
        """The id of its newest version as a tool."""
        return f"models.{self.name}"

    @property
    def title(self) -> str:
        """The title of the draft, or the name."""
        return str(self.draft.get("title") or self.name)

    def newest(self) -> ModelVersion | None:
        """Return the newest version, if there is one."""
        return self.versions.first()

    def next_number(self) -> int:
        """Return the number that its next version gets."""
        return (self.versions.aggregate(last=Max("number"))["last"] or 0) + 1


class ModelVersion(models.Model):
    """A version of a model, which never changes.

    ``bundle`` is what ``Tool.model`` holds: the definition, and those of the models
    that it runs, so that it runs whatever becomes of these.
    """

    model = models.ForeignKey(Model, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    bundle = models.JSONField(editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint("model", "number", name="version_once_in_model"),
        )

    def __str__(self) -> str:
        return f"{self.model.name}, version {self.number}"

    @property
    def tool_id(self) -> str:
        """Its id as a tool."""
        return f"{self.model.tool_id}@{self.number}"

    @property
    def definition(self) -> dict[str, Any]:
        """Its own definition, without the models that it runs."""
        found: dict[str, Any] = self.bundle["models"][self.bundle["id"]]
        return found
