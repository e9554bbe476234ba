# Two commands are all a newcomer needs: `make demo` and `make test`. Each sets up its own environment in .venv.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test check bench setup serve-only clean

help:  ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "luodi needs Python 3.11 or newer; name one: make $(or $(MAKECMDGOALS),test) PYTHON=python3.12"; exit 1; }
	@echo "setting up: an environment of its own in .venv"
	@$(PYTHON) -m venv .venv

.venv/.demo: .venv/bin/python pyproject.toml constraints.txt
	@echo "setting up: torch, transformers, onnxruntime and two small encoders (about 1.5 GB, a few minutes)"
	@$(PIP) -e '.[demo]'
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	@echo "setting up: everything that the tests need (about 1.5 GB, a few minutes)"
	@$(PIP) -e '.[dev]'
	@touch $@ .venv/.demo

setup: .venv/.dev  ## install everything into .venv

demo: .venv/.demo  ## build and prove a model of Chinese news headlines, offline
	@$(BIN)/luodi demo

test: .venv/.dev  ## run every test
	@$(BIN)/python -m pytest

check: .venv/.dev  ## ruff, mypy and the house tests: what a commit has to pass
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/house

bench: .venv/.dev  ## measure the figures that the documentation claims (takes hours)
	@for script in benchmarks/bench_*.py; do echo "$$script"; $(BIN)/python $$script || exit 1; done

.venv-serve/bin/luodi: pyproject.toml constraints.txt $(shell find luodi -name '*.py' -o -name '*.json')
	@echo "setting up: luodi[serve] alone, in .venv-serve"
	@rm -rf .venv-serve build
	@$(PYTHON) -m venv .venv-serve
	@.venv-serve/bin/python -m pip --disable-pip-version-check install -q -c constraints.txt '.[serve]'

serve-only: .venv/.dev .venv-serve/bin/luodi  ## see that luodi[serve], without torch, answers what was built
	@du -sh .venv-serve | awk '{print "luodi[serve] takes " $$1 " on disk, Python included"}'
	@LUODI_SERVE_PYTHON=$(CURDIR)/.venv-serve/bin/python $(BIN)/python -m pytest -q tests/serve/test_serve_only.py

clean:  ## remove the environment and the caches
	rm -rf .venv .venv-serve build .mypy_cache .ruff_cache .pytest_cache .hypothesis
