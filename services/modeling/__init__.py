"""Models: graphs of steps that are tools themselves; no Django in here."""
