"""Folders that music is taken from: looked through, followed as they change, and never lost with their disk."""
