"""What is true of a sound whoever publishes it: its format, what was heard in it, and what tracks stand on it."""
