"""Which job moves to which state, and which comes next: moves, policy, doorbell."""
