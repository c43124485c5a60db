"""Pages of the web portal."""
