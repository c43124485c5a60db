"""Numbers for Prometheus: of the jobs from their table, of requests as they pass."""
