"""Vinilogy: which records to own, why, and what they cost at your door."""

import os

__version__ = "0.1.0"

# Matrices are multiplied in one thread: OpenBLAS lets the others spin for a while after each
# product, which took as much processor time as the rest of somebody's list. What trains says how
# many it wants (threadpool_limits). Before numpy is imported, which reads it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
