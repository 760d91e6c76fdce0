"""Effects: functions from sound to sound, for whole recordings at once. They know nothing of notes."""
