"""Child processes, from the parent's side: started, called, killed, replaced."""
