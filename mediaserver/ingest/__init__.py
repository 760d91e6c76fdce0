"""Bringing recordings in: two doors, an upload and a folder, and one walk from there to a track that plays."""
