"""What clients are told of the values inside a parameter: ``parameterInfos``."""

from __future__ import annotations

from typing import Any

from services.datatypes.base import DataType
from services.datatypes.column import Column
from services.datatypes.multivalue import GPMultiValue
from services.datatypes.rule import Rule


def parameter_infos(kind: DataType[Any], rule: Rule) -> list[dict[str, Any]]:
    """Return the member of a multivalue, the columns of a table, the types of a union.

    Source: gpserver-rest 3.2. Other types have none.
    """
    if isinstance(kind, GPMultiValue):
        return [_info(Column(kind.member, rule=rule))]
    return [_info(column) for column in kind.columns]


def _info(column: Column) -> dict[str, Any]:
    kind = column.data_type
    document: dict[str, Any] = {
        "name": column.name,
        "dataType": kind.name,
        "displayName": column.label or column.name,
    }
    found = column.rule.filter(kind)
    if found:
        document["filter"] = found
    if column.rule.choices:
        document["choiceList"] = list(column.rule.choices)
    inner = parameter_infos(kind, column.rule) if kind.columns else []
    if inner:
        document["parameterInfos"] = inner
    return document
