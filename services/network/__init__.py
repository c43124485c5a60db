"""Networks of lines: graphs, places on them, ways and reach."""
