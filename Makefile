# lifeworth: the one door. `make run` and `make test` work on a fresh clone and again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SERVE ?= 1

.DEFAULT_GOAL := help
.PHONY: help run test test-fast lint bench docs lock wheel clean

help:
	@echo "make run     set up, value the bundled real orders, serve the web app (SERVE=0: do not serve)"
	@echo "make test    set up, run every test, a browser included"
	@echo "make lint    floors, style, types"
	@echo "make bench   compare speed and fit with peers, side by side"
	@echo "make docs    rebuild the generated reference pages"
	@echo "make lock    refresh the lock files (needs the network)"
	@echo "make wheel   build the wheel, JavaScript and catalogues included"

# --- set-up: a virtual environment from hashed locks, JavaScript from its lock, catalogues compiled ---
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lifeworth needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "setting up: Python packages"
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.done: requirements/dev.txt $(VENV)/run.done
	@echo "setting up: packages for the tests"
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

VENDOR := src/lifeworth/reports/formats/vendor src/lifeworth/web/vendor
$(VENV)/vendor.done: package-lock.json tools/vendor.py | $(VENV)/run.done
	@echo "setting up: charts and styles"
	$(BIN)/python tools/vendor.py src/lifeworth
	@touch $@

CATALOGUES := $(wildcard locales/*/*.po)
src/lifeworth/text/catalogues/.done: $(CATALOGUES) tools/catalogues.py | $(VENV)/run.done
	$(BIN)/python tools/catalogues.py locales src/lifeworth/text/catalogues
	@touch $@

SETUP := $(VENV)/run.done $(VENV)/vendor.done src/lifeworth/text/catalogues/.done

# --- doors ---
run: $(SETUP)
	$(BIN)/lifeworth demo
ifneq ($(SERVE),0)
	$(BIN)/lifeworth serve --workspace lifeworth-workspace
endif

$(VENV)/browser.done: $(VENV)/dev.done tools/browser.sh
	BIN=$(BIN) sh tools/browser.sh
	@touch $@

test: $(SETUP) $(VENV)/dev.done $(VENV)/browser.done lint
	$(BIN)/python -m pytest -n auto --dist worksteal

test-fast: $(SETUP) $(VENV)/dev.done
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

lint: $(SETUP) $(VENV)/dev.done
	$(BIN)/ruff check src tests bench tools
	$(BIN)/ruff format --check src tests bench tools
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(SETUP)
	$(BIN)/python -m bench

docs: $(SETUP) $(VENV)/dev.done
	$(BIN)/python tools/reference.py

lock: $(VENV)/dev.done
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q pyproject.toml requirements/run.in -o requirements/run.txt
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q pyproject.toml requirements/dev.in -c requirements/run.txt -o requirements/dev.txt

wheel: $(SETUP)
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) node_modules dist $(VENDOR) src/lifeworth/text/catalogues/*.mo src/lifeworth/text/catalogues/.done
