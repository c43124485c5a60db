"""Tables summed up."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import pyarrow as pa

from services.errors import ToolFailed
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


@tool(title="Frequency", category="Statistics")
def frequency(
    input_table: Annotated[RecordSet, Param("Table or features", example=_TABLE)],
    frequency_fields: Annotated[
        list[str],
        Param(
            "Fields to count",
            description="One row for each set of values.",
            example=["continent"],
        ),
    ],
    summary_fields: Annotated[
        list[str] | None,
        Param("Fields to add up", description="Fields of numbers."),
    ] = None,
) -> Annotated[RecordSet, Param("Counts", name="Output_Table")]:
    """Count how often each set of values occurs in a table.

    The result has one row for each set of values of the fields to count, in the
    order in which they first occur: FREQUENCY, the number of rows, the fields to
    count, and each field to add up with its sum, under its own name. Null is a value
    like any other in what is counted; in sums it is left out, and a sum without any
    value is null. Upper and lower case differ. An empty table gives no rows. For
    features the attributes are counted; their geometry plays no part.
    """
    names = field_names(input_table, frequency_fields)
    if not names:
        raise ToolFailed("Frequency_Fields needs at least one field")
    summed = field_names(input_table, summary_fields)
    texts = [f"{name} SUM" for name in summed]
    made = summary_statistics(input_table, texts, names)
    counts, sums = made.fields[len(names)], made.fields[len(names) + 1 :]
    kept = [(field, made.column(field.name)) for field in made.fields[: len(names)]]
    renamed = [
        (replace(field, name=name, alias=input_table.field(name).alias),
         made.column(field.name))
        for field, name in zip(sums, summed, strict=True)
    ]  # fmt: skip
    columns = [(counts, made.column(counts.name)), *kept, *renamed]
    return append(RecordSet((), pa.table({})), columns)
