"""What listening to the spectra of a sound tells: how it is known again, its tempo, its key, and what it is like."""
