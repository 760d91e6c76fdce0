"""What every part stands on, and what knows nothing of music: storage, settings, errors, time, work."""
