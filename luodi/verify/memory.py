"""The most memory that this process has held, its own and not its parent's."""

from __future__ import annotations

import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_memory_mib() -> float:
    """Give the largest resident set of this process so far, in MiB.

    Linux keeps ``ru_maxrss`` over ``exec``: a small process started by one that trained a model would report the
    trainer's peak. ``VmHWM`` begins anew with every program, so it is read where there is one.

    >>> peak_memory_mib() > 1
    True

    Source: proc_pid_status(5), getrusage(2).
    """
    try:
        rows = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        rows = []
    for row in rows:
        if row.startswith("VmHWM:"):
            return float(row.split()[1]) / 1024
    return _ru_maxrss_mib()


def _ru_maxrss_mib() -> float:
    import resource

    unit = 2**20 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
