# Thin on purpose: the logic is in dev/ (python3 -m dev --help).
PYTHON ?= python3
DEV := $(PYTHON) -m dev
export ARGS

.PHONY: demo test
test: ## the whole suite, or ARGS="tests/opd -x"; SLOT=3 runs apart from others
	@$(DEV) test
