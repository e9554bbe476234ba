"""The command line: one file a verb; each parses, calls the library once, prints, and gives an exit code."""

from luodi.cli.app import main

__all__ = ["main"]
