"""Features and tables from files of other programs; any file may be hostile."""
