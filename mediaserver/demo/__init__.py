"""The demo album: music and pictures that the program makes itself, so that an empty house does not stay silent.

Pure functions over NumPy arrays, the same on every run. No database, no files of others, no asyncio.
"""
