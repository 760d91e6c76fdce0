"""Finding music that one did not know to look for."""
