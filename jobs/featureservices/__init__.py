"""Feature services: layers that jobs have published, and those of the samples."""
