"""What workers do beside running jobs: sweep, retain, watch, tell how they are."""
