"""What can be run: data types, tools, the catalogue and its documents."""
