"""manage.py doctor: say in words what is wrong, and what to do about it."""

from __future__ import annotations

import json
import logging
import sys
import textwrap
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.doctor import Finding, State, examine

_MARKS = {State.OK: "ok", State.WARNING: "warning", State.WRONG: "WRONG"}
_INDENT = " " * 23


class Command(BaseCommand):
    """Looks at settings, disks, database, workers and queue, and runs a tool.

    The exit code is 1 if something is wrong, 0 else, also with warnings.
    """

    help = "Say what is wrong with this portal, and what to do about it."
    requires_system_checks = ()  # what they find is among the findings

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examined()
        is_well = all(one.state != State.WRONG for one in findings)
        if options["json"]:
            listed = [one.to_json() for one in findings]
            document = {"well": is_well, "findings": listed}
            self.stdout.write(json.dumps(document, indent=2))
        else:
            for one in findings:
                self.stdout.write(shown(one))
        if not is_well:
            sys.exit(1)


def examined() -> list[Finding]:
    """Return all findings; what is logged meanwhile, they say in fewer words."""
    logging.disable()
    try:
        return examine()
    finally:
        logging.disable(logging.NOTSET)


def shown(finding: Finding) -> str:
    """Return a finding as lines of text, what to do below what is."""
    start = f"{_MARKS[finding.state]:<8} {finding.name:<13} "
    lines = [_filled(start, finding.text)]
    if finding.advice:
        lines.append(_filled(f"{_INDENT}-> ", finding.advice))
    return "\n".join(lines)


def _filled(start: str, text: str) -> str:
    return textwrap.fill(
        text,
        width=88,
        initial_indent=start,
        subsequent_indent=_INDENT,
        break_long_words=False,
    )
