"""manage.py import_model: store a model that a JSON file holds as a new version."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from services.modelbox import import_model, plain_json
from services.modeling.reading import InvalidDefinition


class Command(BaseCommand):
    """Stores a model, and the models inside, if they are without a fault."""

    help = (
        "Store the model in a JSON file, or - for standard input, as a new version:"
        " manage.py import_model reach.json; then manage.py publish models.Name"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="what export_model wrote, or a definition")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            data = sys.stdin.read() if name == "-" else Path(name).read_bytes()
            version = import_model(plain_json(data))
        except OSError as exc:
            raise CommandError(f"{name} cannot be read: {exc.strerror}") from None
        except InvalidDefinition as exc:
            raise CommandError("\n".join(exc.problems)) from None
        self.stdout.write(f"{version} is stored as {version.tool_id}.")
