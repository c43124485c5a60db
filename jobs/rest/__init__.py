"""Tasks and jobs over HTTP."""
