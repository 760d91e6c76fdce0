"""A track as one file. MP3, Opus and WAV have a place for every byte before any is made; only FLAC has not."""
