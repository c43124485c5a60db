"""manage.py import_site: create and update what a file of export_site names."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.sitefile.reading import Refused, import_site
from services.modelbox import plain_json
from services.modeling.reading import InvalidDefinition

_MOST_CHARACTERS = 200_000_000


class Command(BaseCommand):
    """Changes all that the file names, or nothing; what it does not name stays."""

    help = (
        "Create and update what a file of export_site names, all of it or nothing:"
        " manage.py import_site site.json; - for standard input"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="what export_site wrote; - for standard input")
        parser.add_argument(
            "--make-people", action="store_true",
            help="make groups and users that are missing: without rights, not active",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            data = sys.stdin.read() if name == "-" else Path(name).read_bytes()
            document = plain_json(data, _MOST_CHARACTERS)
            counts, notes = import_site(document, make_people=options["make_people"])
        except OSError as exc:
            raise CommandError(f"{name} cannot be read: {exc.strerror}") from None
        except (InvalidDefinition, Refused) as exc:
            told = "\n".join(exc.problems)
            raise CommandError(f"Nothing was changed.\n{told}") from None
        for kind, number in sorted(counts.items()):
            self.stdout.write(f"{number} {kind}")
        for one in notes:
            self.stderr.write(one)
        self.stdout.write("The site is as the file says.")
