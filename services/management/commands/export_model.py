"""manage.py export_model: write the newest version of a model as JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from services.modelbox import exported
from services.models import Model


class Command(BaseCommand):
    """Writes a model with the models that it runs, for ``import_model`` elsewhere."""

    help = "Write the newest version of a model as JSON: manage.py export_model Name"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="its name; none: list all")

    def handle(self, *args: Any, **options: Any) -> None:
        name = (options["name"] or "").removeprefix("models.")
        if not name:
            for row in Model.objects.all():
                newest = row.newest()
                told = f"version {newest.number}" if newest else "a draft"
                self.stdout.write(f"{row.tool_id:40} {told}")
            return
        found = Model.objects.filter(name=name).first()
        if found is None:
            raise CommandError(f"there is no model {name}; see manage.py export_model")
        text = orjson.dumps(exported(found), option=orjson.OPT_INDENT_2)
        self.stdout.write(text.decode())
