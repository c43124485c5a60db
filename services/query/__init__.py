"""Queries over a stored layer: select, sort, sum up and write features and rows."""
