"""A track as one file whose every byte has its place before any is made: MP3, Opus and WAV by their arithmetic."""
