"""A run from its request to its end: check, execute, submit, supervise, finish."""
