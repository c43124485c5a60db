"""Whose a job is, and who else may read it: owners and share links."""
