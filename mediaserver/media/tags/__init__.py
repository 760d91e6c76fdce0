"""Tags: what a file says of itself, read from and written into every container, in one normal form."""
