"""Running tools: jobs, the child processes they run in, their results."""
