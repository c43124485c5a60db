"""A site's catalogue and settings as a file, to keep it or to move it elsewhere."""
