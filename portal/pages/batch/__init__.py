"""Batches in the portal: a table or many features become a job each."""
