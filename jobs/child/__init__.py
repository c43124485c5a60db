"""What runs inside the child process, and what travels to it and back: no Django."""
