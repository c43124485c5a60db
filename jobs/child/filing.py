"""Stored rows to a file of a format, in the child process; no Django in here."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jobs.child.call import STORED, Call, Reply
from services.formats import FILES
from services.formats.filing import write_file
from services.formats.source import StoredRows
from services.query.layer import open_layer
from services.stored import write_features


def file_reply(call: Call) -> Reply:
    """Write the rows that ``outputs`` names to the call's file; answer the notes.

    In the format ``stored`` a layer that comes with the portal is stored like any
    other, to be read from there.
    """
    entry, target = call.outputs[0], Path(call.answer)
    if call.format == STORED:
        layer = open_layer(entry["path"])
        write_features(layer.features(np.arange(len(layer))), target)
        return Reply(manifest=({"notes": []},))
    rows = StoredRows(Path(entry["path"]), entry["name"])
    notes = write_file(FILES[call.format], rows, target)
    return Reply(manifest=({"notes": notes},))
