"""Runs the command line as ``python -m luodi``."""

from luodi.cli import main

if __name__ == "__main__":
    main()
