"""manage.py export_site: write the catalogue and the settings of this site as JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from portal.sitefile.writing import exported_site


class Command(BaseCommand):
    """Writes what ``import_site`` reads; no secrets, no people, no jobs."""

    help = (
        "Write folders, services, tasks, models, hosts and settings as JSON, without"
        " secrets: manage.py export_site site.json; - for standard output"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="where to write; - for standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        document, notes = exported_site()
        text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"
        if options["file"] == "-":
            self.stdout.write(text)
        else:
            write_whole(Path(options["file"]), text)
            number = len(document["services"])
            self.stdout.write(f"{options['file']} holds {number} services.")
        for one in notes:
            self.stderr.write(f"Left out: {one}.")


def write_whole(path: Path, text: str) -> None:
    """Write a file that only its owner may read; a failure leaves the old one."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(text, "utf-8")
        new.chmod(0o600)
        new.replace(path)
    except OSError as exc:
        new.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {exc.strerror}") from None
