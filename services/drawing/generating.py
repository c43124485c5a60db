"""``generateRenderer``: classes of the values that a layer has, with their colours.

Source: developers.arcgis.com, "Generate renderer".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.drawing.classes import DEVIATION, METHODS, deviations
from services.drawing.ramps import DEFAULT_RAMP, different, ramp
from services.drawing.renderers import NORMALIZED, default_drawing_info
from services.drawing.symbols import Color, parse_symbol
from services.errors import InvalidValue
from services.geometry.features import RecordSet
from services.wire import decode

#: Parameters of the operation.
NAMES = ("classificationDef", "where")
_MOST_CLASSES = 32
_MOST_VALUES = 1000
_INTERVALS = (1.0, 1 / 2, 1 / 3, 1 / 4)


def generated(text: str, records: RecordSet, geometry_type: str) -> dict[str, Any]:
    """Return the renderer for a ``classificationDef``. Raises InvalidValue."""
    raw = decode(text)
    kind = raw.get("type") if isinstance(raw, dict) else None
    if kind == "classBreaksDef":
        return _class_breaks(raw, records, geometry_type)
    if kind == "uniqueValueDef":
        return _unique_values(raw, records, geometry_type)
    raise InvalidValue('expected an object with the type "classBreaksDef" or'
                       ' "uniqueValueDef"')  # fmt: skip


def _class_breaks(
    raw: dict[str, Any], records: RecordSet, geometry_type: str
) -> dict[str, Any]:
    name, how = (
        raw.get("classificationField"),
        raw.get("normalizationType") or NORMALIZED[0],
    )
    if not isinstance(name, str):
        raise InvalidValue("classificationField must be the name of a field")
    if how not in NORMALIZED:
        raise InvalidValue(f"normalizationType must be one of {', '.join(NORMALIZED)}")
    values, normalization = _normalized(raw, how, records, name)
    values = values[np.isfinite(values)]
    document: dict[str, Any] = {
        "type": "classBreaks",
        "field": records.field(name).name,
        "classificationMethod": raw.get("classificationMethod"),
        "minValue": float(values.min()) if len(values) else 0.0,
        "classBreakInfos": [],
        **normalization,
    }
    if not len(values):
        return document
    ends = np.unique(_ends(raw, values))
    colors = ramp(raw.get("colorRamp") or DEFAULT_RAMP, len(ends))
    low = document["minValue"]
    for end, color in zip(ends.tolist(), colors, strict=True):
        document["classBreakInfos"].append({
            "classMinValue": low,
            "classMaxValue": end,
            "label": f"{low:.6g} - {end:.6g}",
            "description": "",
            "symbol": _colored(raw, geometry_type, color),
        })  # fmt: skip
        low = end
    return document


def _normalized(
    raw: dict[str, Any], how: str, records: RecordSet, name: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the numbers to class, and what the renderer says of how they came."""
    values = records.numbers(name)
    if how == NORMALIZED[0]:
        return values, {}
    said: dict[str, Any] = {"normalizationType": how}
    with np.errstate(divide="ignore", invalid="ignore"):
        if how == "esriNormalizeByLog":
            return np.log10(values), said
        if how == "esriNormalizeByField":
            field = raw.get("normalizationField")
            if not isinstance(field, str):
                raise InvalidValue("normalizationField must be the name of a field")
            said["normalizationField"] = records.field(field).name
            return values / records.numbers(field), said
        total = float(np.nansum(values))
        return values / total * 100.0, said | {"normalizationTotal": total}


def _ends(raw: dict[str, Any], values: np.ndarray) -> np.ndarray:
    method = raw.get("classificationMethod") or "esriClassifyNaturalBreaks"
    if method == DEVIATION:
        interval = raw.get("standardDeviationInterval", 1.0)
        if type(interval) not in (int, float) or not any(
            abs(interval - one) < 0.01 for one in _INTERVALS
        ):
            raise InvalidValue("standardDeviationInterval must be 1, 0.5, 0.33 or 0.25")
        return deviations(values, float(interval))
    if method not in METHODS:
        names = ", ".join([*METHODS, DEVIATION])
        raise InvalidValue(f"classificationMethod must be one of {names}")
    count = raw.get("breakCount", 5)
    if type(count) is not int or not 1 <= count <= _MOST_CLASSES:
        raise InvalidValue(f"breakCount must be a whole number of 1 to {_MOST_CLASSES}")
    return METHODS[method](values, count)


def _unique_values(
    raw: dict[str, Any], records: RecordSet, geometry_type: str
) -> dict[str, Any]:
    names = raw.get("uniqueValueFields")
    if not isinstance(names, list) or not 0 < len(names) <= 3:
        raise InvalidValue("uniqueValueFields must be a list of 1 to 3 names of fields")
    if not all(isinstance(one, str) for one in names):
        raise InvalidValue("uniqueValueFields must be names of fields")
    delimiter = str(raw.get("fieldDelimiter") or ",")[:8]
    fields = [records.field(one).name for one in names]
    columns = [records.column(one).cast(pa.string()) for one in fields]
    joined = pc.binary_join_element_wise(
        *columns, delimiter, null_handling="replace", null_replacement="<Null>"
    )
    counted = sorted((one["values"], one["counts"])
                     for one in pc.value_counts(joined).to_pylist())  # fmt: skip
    if len(counted) > _MOST_VALUES:
        raise InvalidValue(
            f"the fields have {len(counted)} different values; at most {_MOST_VALUES}"
            " are classed"
        )
    given = raw.get("colorRamp")
    colors = ramp(given, len(counted)) if given else different(len(counted))
    return {
        "type": "uniqueValue",
        **{f"field{at}": one for at, one in enumerate(fields, 1)},
        **{f"field{at}": None for at in range(len(fields) + 1, 4)},
        "fieldDelimiter": delimiter,
        "uniqueValueInfos": [
            {
                "value": value,
                "count": count,
                "label": value,
                "description": "",
                "symbol": _colored(raw, geometry_type, color),
            }
            for (value, count), color in zip(counted, colors, strict=True)
        ],
    }


def _colored(raw: dict[str, Any], geometry_type: str, color: Color) -> dict[str, Any]:
    """Return the base symbol, or that of the geometry type, in a colour."""
    base = raw.get("baseSymbol")
    if base is None:
        base = default_drawing_info(geometry_type)["renderer"]["symbol"]
    parse_symbol(base)
    made: dict[str, Any] = base | {"color": list(color)}
    return made
