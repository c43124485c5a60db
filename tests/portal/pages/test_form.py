"""What a control shows of a value is read back as an equal value."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation

from portal.pages.form.controls import control
from portal.pages.form.kinds import control_kind
from portal.pages.form.offered import Offered
from portal.pages.form.reading import plain_number, read, text_of
from portal.pages.form.words import plain_words
from services.datatypes import data_type as plain_data_type
from services.errors import InvalidValue
from services.schema import Parameter
from services.wire import encode
from tests.services.datatypes.test_laws import CASES, data_type


class Fields(HTMLParser):
    """The fields of a page as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = QueryDict(mutable=True)
        self._area = self._select = ""
        self._text, self._picked, self._first, self._depth = "", None, None, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._depth += tag == "template"
        if self._depth:
            return
        if tag == "input" and given.get("name"):
            is_off = given["type"] == "checkbox" and "checked" not in given
            if not is_off and given["type"] != "file":
                self.sent.appendlist(given["name"], given.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = given["name"], ""
        elif tag == "select":
            self._select, self._picked, self._first = given.get("name", ""), None, None
        elif tag == "option" and self._select:
            self._first = given["value"] if self._first is None else self._first
            self._picked = given["value"] if "selected" in given else self._picked

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "template"
        if tag == "textarea" and self._area and not self._depth:
            text = self._text.removeprefix("\n").replace("\n", "\r\n")
            self.sent.appendlist(self._area, text)
            self._area = ""
        elif tag == "select" and self._select and not self._depth:
            picked = self._first if self._picked is None else self._picked
            self.sent.appendlist(self._select, picked or "")
            self._select = ""


def sent_by(parameter: Parameter, text: str | None) -> QueryDict:
    """Return what a browser sends of a control that shows a text."""
    offered = Offered(uploads="/uploads/upload", extensions=("csv",), max_mb=1)
    fields = Fields()
    fields.feed(render_to_string(
        "portal/_control.html", {"control": control(parameter, text, offered=offered)}))  # fmt: skip
    return fields.sent


def dumped(kind: Any, value: Any) -> str:
    found = kind.dump(value)
    return found if isinstance(found, str) else encode(found).decode()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "value"), CASES)
def test_what_a_control_shows_is_read_back(name, value, language):
    kind = data_type(name)
    if kind.is_secret or value == "":  # never shown; nothing was given
        pytest.skip("has no text to show")
    parameter = Parameter("P", kind, required=False)
    with translation.override(language):
        text = text_of(parameter, sent_by(parameter, dumped(kind, value)))
    assert kind.parse(text) == value


@pytest.mark.parametrize("name", ["GPStringHidden", "GPMultiValue:GPStringHidden"])
def test_a_secret_is_never_shown(name):
    parameter = Parameter("P", data_type(name), required=False)
    assert "swordfish" not in str(sent_by(parameter, "swordfish"))
    assert text_of(parameter, QueryDict("P=swordfish")) == "swordfish"


@pytest.mark.parametrize("name", sorted({case.values[0] for case in CASES}))
def test_a_control_left_empty_gives_nothing(name):
    parameter = Parameter("P", data_type(name), required=False)
    assert text_of(parameter, sent_by(parameter, "")) == ""


def test_choices_are_read_back_and_none_of_them_is_not_the_default():
    several = plain_data_type("GPMultiValue:GPString")
    parameter = Parameter("P", several, choices=("A", "B", "C"), required=False,
                          default=["A"])  # fmt: skip
    assert text_of(parameter, sent_by(parameter, None)) == '["A"]'
    assert text_of(parameter, sent_by(parameter, '["B","C"]')) == '["B","C"]'
    assert text_of(parameter, QueryDict("P.empty=[]")) == "[]"


@pytest.mark.parametrize(
    ("language", "typed", "read_as"),
    [("de", "1,5", "1.5"), ("en", "1,5", "1.5"), ("en", "2.5", "2.5"), ("de", "2.5", "2.5"),
     ("en", "1,500", "1,500"), ("de", "1,500", "1.500"), ("en", "1.500,5", "1.500,5")],
)  # fmt: skip
def test_a_comma_stands_for_the_point_unless_it_could_group(language, typed, read_as):
    with translation.override(language):
        assert plain_number(typed) == read_as


def test_a_code_with_its_authority_is_read():
    parameter = Parameter("P", plain_data_type("GPSpatialReference"))
    assert text_of(parameter, QueryDict("P=EPSG:25832")) == "25832"


def test_a_bad_text_is_shown_again_as_it_was_typed():
    for name, typed in [
        ("GPDate", "soon"),
        ("GPLinearUnit", "far"),
        ("GPLong", "many"),
    ]:
        parameter = Parameter("P", plain_data_type(name))
        form = read((parameter,), QueryDict(f"P={typed}&P.units=esriMiles"))
        assert typed in sent_by(parameter, form.small["P"])["P"]


@pytest.mark.parametrize(
    ("parameter", "typed", "said"),
    [
        (Parameter("P", plain_data_type("GPLong")), "a lot",
         "Enter a whole number, such as 5. You gave “a lot”."),
        (Parameter("P", plain_data_type("GPDouble"), maximum=9), "12", "Enter at most 9."),
        (Parameter("P", plain_data_type("GPLinearUnit"), maximum=5000,
                   default={"distance": 1, "units": "esriKilometers"}),
         '{"distance": 6, "units": "esriKilometers"}', "Enter at most 5 Kilometres."),
        (Parameter("P", plain_data_type("GPLinearUnit")),
         '{"distance": "far", "units": "esriMiles"}',
         "Enter a number, such as 5 or 2.5, without spaces. You gave “far”."),
        (Parameter("P", plain_data_type("GPDate")), "soon",
         "Enter a date and a time, such as 2024-05-31T14:00. You gave “soon”."),
        (Parameter("P", plain_data_type("GPString"), choices=("Red", "Blue")), "Pink",
         "Choose one of these: Red, Blue."),
        (Parameter("P", plain_data_type("GPSQLExpression")), "A = 'x",
         "A quotation mark is missing: each one that opens must close."),
        (Parameter("P", plain_data_type("GPDouble")), "", "Enter a number."),
        (Parameter("P", plain_data_type("GPMultiValue:GPLong")), '["1", "x"]',
         "Value 2: Enter a whole number, such as 5. You gave “x”."),
        (Parameter("P", data_type("GPValueTable")), '[["x", "", null, null]]',
         "Row 1, id: Enter a whole number, such as 5. You gave “x”."),
    ],
)  # fmt: skip
def test_refusals_are_in_plain_words(parameter, typed, said):
    with pytest.raises(InvalidValue) as refused:
        parameter.parse(typed)
    assert plain_words(parameter, str(refused.value)) == said


def test_every_data_type_has_a_control_of_its_own():
    kinds = {name: control_kind(Parameter("P", data_type(name)))
             for name in {case.values[0] for case in CASES}}  # fmt: skip
    assert not [name for name, kind in kinds.items()
                if kind == "text" and name != "GPString"]  # fmt: skip
