"""The operator's pages: is it well, try it, what was answered, correct it, which models, which keys."""

from luodi.console.app import make_console

__all__ = ["make_console"]
