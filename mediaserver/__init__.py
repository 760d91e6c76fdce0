"""mediaserver: a self-hostable audio server in one process.

This package's floors, and who may import whom, are described in ARCHITECTURE.md.
"""

import os

# NumPy's BLAS would take every core for one product, beside a pool that shares them out. Read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
