"""mediaserver: a self-hostable audio server in one process.

This package's floors, and who may import whom, are described in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
