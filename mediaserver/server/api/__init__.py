"""The JSON door: /api/v1, for the pages' scripts and for programs."""
