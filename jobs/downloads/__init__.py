"""Results as files: made once in a child process, kept, listed, served."""
