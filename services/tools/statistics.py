"""Tables summed up."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pyarrow as pa

from services.geometry.columns import append, plain_ids, take_or_null
from services.geometry.features import Field, RecordSet
from services.geometry.summaries import (
    field_names,
    group_rows,
    parse_statistics,
    summarise,
)
from services.tool import Param, tool
from services.tools._inputs import STATISTICS_HELP

_TABLE = {
    "fields": [
        {"name": "continent", "type": "esriFieldTypeString", "alias": "Continent"},
        {"name": "pop_est", "type": "esriFieldTypeDouble", "alias": "Population"},
    ],
    "features": [
        {"attributes": {"continent": "Europe", "pop_est": 5540720}},
        {"attributes": {"continent": "Europe", "pop_est": 10285453}},
        {"attributes": {"continent": "Africa", "pop_est": 58005463}},
    ],
}


@tool(title="Summary Statistics", category="Statistics")
def summary_statistics(
    input_table: Annotated[RecordSet, Param("Table or features", example=_TABLE)],
    statistics_fields: Annotated[
        list[str],
        Param(
            "Statistics",
            description=STATISTICS_HELP,
            example=["pop_est SUM", "pop_est MEAN"],
        ),
    ],
    case_field: Annotated[
        list[str] | None,
        Param("Fields to group by", description="One row for each set of values."),
    ] = None,
) -> Annotated[RecordSet, Param("Statistics", name="Output_Table")]:
    """Sum up the fields of a table, for all rows or for each group of rows.

    The result has one row for each group, in the order in which groups first occur:
    the fields to group by, FREQUENCY (how many rows) and one field for each
    statistic, such as SUM_pop_est. Without fields to group by it has one row.

    Null values are left out of all statistics and form a group of their own. STD
    and VARIANCE are those of a sample (n - 1) and null for a single value; the
    median of an even number of values is the mean of the middle two. FIRST and LAST
    are the first and last values that are not null, in the order of the table.
    Text and dates take MIN, MAX, COUNT, FIRST and LAST only. For features the
    attributes are summed up; their geometry plays no part.
    """
    statistics = parse_statistics(statistics_fields, input_table)
    names = field_names(input_table, case_field)
    rows = len(input_table)
    groups = group_rows(input_table, names, rows)
    cases = [field for field in plain_ids(input_table) if field.name in names]
    cases.sort(key=lambda field: names.index(field.name))
    table = take_or_null(input_table.attributes.select(names), groups.first_row)
    frequency = np.bincount(groups.of_row, minlength=len(groups))
    counted = Field("FREQUENCY", "esriFieldTypeBigInteger", "Frequency")
    columns = [
        *zip(cases, table.columns, strict=True),
        (counted, pa.chunked_array([pa.array(frequency)])),
        *summarise(input_table, statistics, groups.of_row, len(groups)),
    ]
    return append(RecordSet((), pa.table({})), columns)
