# The project's commands. Each sets up what it needs first; a second run finds it there.

SHELL := /bin/bash
PYTHON ?= python3
SERVICE ?= services/digits

# What a recipe runs in: the project's tools on PATH. `set -e` alone would not see a failure inside of eval.
TOOLS = set -euo pipefail; tools="$$($(PYTHON) tools/setup.py --env)"; eval "$$tools"; \
	engine="$$($(PYTHON) tools/engine.py env)"; eval "$$engine";

# Tests wait about half of their time, so more workers than cores. A few tests are over before workers have started.
WORKERS ?= 6
PARALLEL = --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup env up down engine engine-stop test check format docs bench

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16
	@echo '  SERVICE=services/tumor  for up and down; services/digits by default'

setup:  ## uv, the virtual environment, the Pulumi CLI and the provider packages, where they are missing
	@$(PYTHON) tools/setup.py

env:  ## print what puts the tools on a shell's PATH: eval "$$(make -s env)"
	@$(PYTHON) tools/setup.py --env

up:  ## build the bundle of SERVICE, `pulumi up` it on this machine and send one prediction
	@$(TOOLS) python tools/up.py $(SERVICE)

down:  ## destroy it
	@$(TOOLS) python tools/up.py $(SERVICE) --down

engine:  ## a container engine, a registry and a base image for the tests of images (Debian, root)
	@$(PYTHON) tools/engine.py start

engine-stop:  ## stop them
	@$(PYTHON) tools/engine.py stop

test:  ## run the tests
	@$(TOOLS) python -m pytest $(or $(ARGS),$(PARALLEL))

check:  ## lint, format and type checks
	@$(TOOLS) ruff check . && ruff format --check . && mypy

format:  ## mend what can be mended
	@$(TOOLS) ruff check --fix . && ruff format .

docs:  ## write the pages that are made from the code: docs/targets.md
	@$(TOOLS) python tools/targets_page.py

bench:  ## measure serving and Pulumi commands against their peers
	@$(TOOLS) python -m benchmarks $(ARGS)
