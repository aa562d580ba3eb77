# Each target works on a bare machine with Python 3.11-3.13 and make; a second call installs nothing.
PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
# Not by way of PATH, which cannot hold every folder's name.
PY := $(BIN)/python -m
# Names of files are in UTF-8, whatever a terminal's locale.
export PYTHONUTF8 := 1
# In a container the home folder may be nobody's; Snakemake needs a place for its cache.
ifeq ($(shell C="$$HOME/.cache/snakemake"; mkdir -p "$$C" 2>/dev/null && test -w "$$C" && echo writable),)
export XDG_CACHE_HOME ?= $(CURDIR)/.snakemake/cache
endif
# The demo, whatever config.yaml says: it is not read.
DEMO := --replace-workflow-config --config preset=demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser test-cluster test-faults test-soak lint format bench calibrate report compare status options rulegraph refetch

help:        ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: .venv/.installed  ## create .venv with the exact pins of envs/requirements.txt

.venv/.installed: envs/requirements.txt envs/set_up.py
	$(PYTHON) envs/check_python.py
	$(PYTHON) -m venv .venv
	$(PY) pip install --quiet --upgrade pip
	$(PY) pip install --quiet --requirement envs/requirements.txt
	$(BIN)/python envs/set_up.py
	touch $@

demo: setup  ## the whole workflow on synthetic sounds, minutes on two cores
	$(PY) snakemake --cores $(CORES) $(DEMO)

test: setup lint  ## lint, unit tests, workflow tests with a tiny complete run
	$(PY) pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-browser: setup .venv/.browser  ## the reports in a headless Chromium (Debian's chromium; skipped without); REPORT=page.html
	$(PY) pytest tests/browser

.venv/.browser: .venv/.installed tests/browser/requirements.txt
	$(PY) pip install --quiet --requirement tests/browser/requirements.txt
	touch $@

test-cluster: setup  ## a real SLURM of one node, by root: the whole workflow, and what jobs and nodes go through
	$(PY) pytest tests/cluster

test-soak: setup  ## 2,000 clips from a failing server to the last analysis, minutes
	$(BIN)/python tests/soak/soak.py $(ARGS)

lint: setup  ## ruff, snakefmt and snakemake --lint
	$(PY) ruff check .
	$(PY) ruff format --check .
	$(PY) snakefmt --check --no-sort Snakefile rules
	$(PY) snakemake --lint $(DEMO)

format: setup  ## rewrite the code in the house style
	$(PY) ruff check --fix .
	$(PY) ruff format .
	$(PY) snakefmt --no-sort Snakefile rules

bench: setup  ## speed and memory, as ratios with a named baseline in the same run
	$(BIN)/python tests/benchmarks/run_all.py

test-faults: setup  ## kills, full disks, garbled files, clocks: tests/README.md; ARGS='kills --kills 80'
	$(BIN)/python tests/faults/run_all.py $(ARGS)

calibrate: setup  ## test the scorecard on simulated data sets: planted effects, none, coverage
	$(BIN)/python tests/calibration.py

report: setup  ## Snakemake's own report (provenance of every figure) beside the run's report.html
	$(PY) snakemake --report results/provenance.html $(DEMO)

compare: setup  ## runs side by side as one page; RUNS="demo my_recordings", or folders of runs elsewhere
	$(BIN)/python workflow_scripts/plumbing/commands/compare_runs.py -- $(RUNS)

status: setup  ## what would run and why, what is done, who is at work; ARGS='--config preset=paper'
	@$(BIN)/python workflow_scripts/plumbing/commands/show_status.py $(ARGS)

refetch: setup  ## ask again for clips that are missing; ARGS='--config preset=paper' as for snakemake
	$(BIN)/python workflow_scripts/plumbing/commands/refetch.py $(ARGS)

options: setup  ## print every option: type, range, default, description
	$(BIN)/python workflow_scripts/plumbing/commands/print_options.py

rulegraph: setup  ## print the graph of the rules as mermaid
	$(PY) snakemake --rulegraph mermaid-js $(DEMO)
