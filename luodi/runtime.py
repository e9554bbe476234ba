"""What the process runs on: optional packages, devices, threads, the folder that keeps state."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

from luodi.errors import MissingExtra
from luodi.language import t


def need(module: str, *, extra: str) -> Any:
    """Import an optional package, or say exactly what to install.

    Raises:
        MissingExtra: the package is not there; ``fix`` holds the pip line.

    >>> need("json", extra="train").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingExtra(
            t("this needs the package {module!r}, which is not installed", module=module),
            fix=f'pip install "luodi[{extra}]"',
        ) from missing


def has(module: str) -> bool:
    """Tell whether a package could be imported, without importing it."""
    return importlib.util.find_spec(module) is not None


def home() -> Path:
    """Give the folder that keeps state: ``LUODI_HOME``, else ``~/.luodi``."""
    return Path(os.environ.get("LUODI_HOME") or Path.home() / ".luodi")


def n_cores() -> int:
    """Count the processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def cpu_name() -> str:
    """Give the processor's name as its maker wrote it."""
    for line in _cpuinfo():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


@cache
def cpu_flags() -> frozenset[str]:
    """Give the instruction sets that the kernel reports; empty where it reports none."""
    for line in _cpuinfo():
        if line.startswith(("flags", "Features")):
            return frozenset(line.split(":", 1)[1].split())
    return frozenset()


def has_vnni() -> bool:
    """Tell whether 8-bit products are accumulated exactly in one instruction (VNNI, AMX or Arm's dot product)."""
    return bool(cpu_flags() & {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})


def versions(*packages: str) -> dict[str, str]:
    """Give the installed version of each package that is installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def is_main_process() -> bool:
    """Tell whether this process writes; the others of ``accelerate launch`` only train."""
    return os.environ.get("RANK", "0") == "0"


def n_processes() -> int:
    """Count the processes that train together: those of ``accelerate launch``, else one."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def torch_device() -> Any:
    """Give the device that this process computes on: its own GPU where there is one."""
    torch = need("torch", extra="train")
    has_gpu = torch.cuda.is_available()
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if has_gpu else torch.device("cpu")


def own_version() -> str:
    """Give the version of luodi that is installed."""
    return versions("luodi").get("luodi", "0")


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
