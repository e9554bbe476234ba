"""Memory of a process is its own."""

import subprocess
import sys

from luodi.verify.memory import _ru_maxrss_mib, peak_memory_mib

_CHILD = "from luodi.verify.memory import peak_memory_mib; print(peak_memory_mib())"


def test_a_peak_stays_after_the_memory_was_given_back():
    before = peak_memory_mib()
    block = bytearray(64 << 20)
    block[::4096] = b"x" * len(block[::4096])
    del block
    assert peak_memory_mib() >= max(before, 64)


def test_a_small_child_of_a_large_parent_is_small():
    block = bytearray(400 << 20)
    block[::4096] = b"x" * len(block[::4096])
    child = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True)
    assert _ru_maxrss_mib() > 400
    assert float(child.stdout) < 300
    del block
