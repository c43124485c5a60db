"""The symbology of an output in the admin: typed as JSON, refused beside the field."""

from __future__ import annotations

import json

import pytest

from tests.services.admin_pages import errors_of, parameter_edit

LINE = {"type": "esriSLS", "style": "esriSLSSolid", "color": [0, 0, 0, 255], "width": 2}
INFO = {"renderer": {"type": "simple", "symbol": LINE}, "transparency": 20}


@pytest.fixture
def echo(published):
    """A task whose page has no more than the row of its features."""
    task = published("samples.Echo", "Toys/Echo", sync=False).tasks.get()
    task.parameters.exclude(name="Out_Features").delete()
    return task


@pytest.mark.protocol("9 symbology as published")
def test_a_symbology_is_kept_as_it_was_typed(admin_client, echo):
    typed = json.dumps(INFO)
    response = parameter_edit(admin_client, echo, "Out_Features", drawing_info=typed)
    assert response.status_code == 302
    assert echo.parameters.get(name="Out_Features").drawing_info == INFO
    parameter_edit(admin_client, echo, "Out_Features", drawing_info="")
    assert echo.parameters.get(name="Out_Features").drawing_info is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("{", "valid JSON"),
        ("[]", "drawing info must be an object"),
        ('{"renderer": {"type": "heat"}}', "simple, uniqueValue, classBreaks"),
        (json.dumps(INFO | {"transparency": 101}), "0 to 100"),
        (
            json.dumps(
                {
                    "renderer": {
                        "type": "uniqueValue",
                        "field1": "name",
                        "uniqueValueInfos": [
                            {"value": 1, "symbol": LINE},
                            {"value": 2, "symbol": LINE | {"width": -1}},
                        ],
                    }
                }
            ),
            "uniqueValueInfos[1].symbol: width must lie in 0 to 200 points",
        ),
        (
            json.dumps(INFO | {"labelingInfo": [{"labelExpression": "Upper(name)"}]}),
            "labelingInfo[0]: expected [FIELD]",
        ),
    ],
)
def test_a_wrong_symbology_is_refused_beside_its_field(admin_client, echo, typed, told):
    response = parameter_edit(admin_client, echo, "Out_Features", drawing_info=typed)
    assert response.status_code == 200
    assert told in errors_of(response)["drawing_info"][0]
    assert echo.parameters.get(name="Out_Features").drawing_info is None
