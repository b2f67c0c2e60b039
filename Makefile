# Thin on purpose: the logic is in dev/ (python3 -m dev --help).
PYTHON ?= python3
DEV := $(PYTHON) -m dev
VENV := .dev/venv/bin
export ARGS PORT

.PHONY: help demo fresh-demo test bench status stop clean ckan lint packaging messages screenshots

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

demo: ## the portal with example data, in the background; PORT=5000
	@$(DEV) demo

fresh-demo: ## the same, but the demo's data are made anew
	@$(DEV) demo --fresh

test: ## the whole suite, or ARGS="tests/opd -x"; SLOT=3 runs apart from others
	@$(DEV) test

bench: ## the benchmarks, as ratios; BENCH_ROWS=5000
	@$(DEV) bench

status: ## what runs
	@$(DEV) status

stop: ## stop everything; data stay
	@$(DEV) stop

clean: ## stop everything and remove all that was made, data included
	@$(DEV) clean

ckan: ## CKAN's command line on the demo: ARGS="satudata --help"
	@$(DEV) ckan

lint: ## ruff
	@$(DEV) tools
	$(VENV)/ruff check .

packaging: ## the wheel has every file and migrates a fresh database
	@$(DEV) packaging

messages: ## the Indonesian texts, brought up to what the code and the pages say
	@$(DEV) tools
	$(VENV)/python -m dev.translations

screenshots: ## pictures of the running demo into docs/img
	$(VENV)/python -m dev.screenshots
