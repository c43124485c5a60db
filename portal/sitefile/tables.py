"""What stands in the file of a site besides the catalogue: tables with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

#: What the file says it is, and in which form.
FORMAT, FORM = "cairn-site", 1


@dataclass(frozen=True, slots=True)
class Table:
    """A section of the file: the rows of a model by a natural key.

    Without a key there is one row at most.
    """

    section: str
    label: str
    key: str = ""

    @property
    def word(self) -> str:
        """What a row is called in sentences."""
        return str(self.model()._meta.verbose_name)

    def model(self) -> Any:
        """Return the model of the rows."""
        return apps.get_model(self.label)

    def rows(self) -> list[Model]:
        """Return all rows in order of their key."""
        return list(self.model().objects.order_by(self.key or "pk"))


def tables() -> list[Table]:
    """Return the tables of this version."""
    known = {one._meta.label for one in apps.get_models()}
    return [one for one in _TABLES if one.label in known]


_TABLES = (
    Table("fetch_hosts", "jobs.FetchHost", "pattern"),
    Table("basemaps", "portal.Basemap", "name"),
    Table("site_settings", "portal.SiteSettings"),
)
