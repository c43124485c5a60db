"""Forms run as they stand: with the examples of what is required, and defaults."""

from __future__ import annotations

import pytest

from services.registry import TOOL_PACKAGES, discover
from tests.services.tools.recorder import Recorder

BOXES = ("management", "cleanup", "features", "fields", "sampling", "conversion",
         "incidents", "counties", "versions", "bufferpoints")  # fmt: skip
TOOLS = [one for one in discover(TOOL_PACKAGES).values()
         if one.id.partition(".")[0] in BOXES]  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS, ids=lambda one: one.id)
def test_a_form_runs_as_it_stands(tool, tmp_path):
    needed = [one for one in tool.schema.inputs if one.required]
    if any(one.data_type.name == "GPDataFile" for one in needed):
        assert all(one.data_type.name == "GPDataFile" for one in needed)
        return  # the user chooses a file
    values = {one.name: one.parse(one.example) for one in needed}
    context = Recorder(tmp_path)
    made = tool.run(values, context)
    assert set(made) == {one.name for one in tool.schema.outputs}
    [value] = made.values()
    assert value is not None
    assert not hasattr(value, "__len__") or len(value) > 0
