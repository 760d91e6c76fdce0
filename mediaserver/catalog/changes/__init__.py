"""What may be changed of music by those who look after it."""
