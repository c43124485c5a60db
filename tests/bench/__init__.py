"""``make bench``: the portal against the floor of its own libraries, in one run."""
