"""Instruments: each is a function of pitch, seconds and velocity that returns one note as sound.

They know nothing of scores, of each other or of the room. A note may ring on longer than it is held.
"""
