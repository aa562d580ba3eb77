# Each target works on a bare machine with Python 3.11-3.13 and make; a second call installs nothing.
PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format bench report options rulegraph refetch

help:        ## list these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: .venv/.installed  ## create .venv with the exact pins of envs/requirements.txt

.venv/.installed: envs/requirements.txt envs/set_up.py
	$(PYTHON) envs/check_python.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --requirement envs/requirements.txt
	$(BIN)/python envs/set_up.py
	touch $@

demo: setup  ## the whole workflow on synthetic sounds, minutes on two cores
	snakemake --cores $(CORES) --config preset=demo

test: setup lint  ## lint, unit tests, workflow tests with a tiny complete run
	pytest

lint: setup  ## ruff, snakefmt and snakemake --lint
	ruff check .
	ruff format --check .
	snakefmt --check --no-sort Snakefile rules
	snakemake --lint --config preset=demo

format: setup  ## rewrite the code in the house style
	ruff check --fix .
	ruff format .
	snakefmt --no-sort Snakefile rules

bench: setup  ## speed and memory, as ratios with a named baseline in the same run
	python tests/benchmarks/run_all.py

report: setup  ## Snakemake's own report (provenance of every figure) beside the run's report.html
	snakemake --report results/provenance.html --config preset=demo

refetch: setup  ## ask again for clips that are missing; ARGS='--config preset=paper' as for snakemake
	python workflow_scripts/plumbing/refetch.py $(ARGS)

options: setup  ## print every option: type, range, default, description
	python workflow_scripts/plumbing/print_options.py

rulegraph: setup  ## print the graph of the rules as mermaid
	snakemake --rulegraph mermaid-js --config preset=demo
