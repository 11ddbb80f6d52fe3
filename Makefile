# Two commands matter: `make demo` and `make test`. Both set up what they need, into .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# the explorer: its sources, and the tests that drive it in a browser
UI := server/ui
DRIVEN := tests/explorer
BUNDLE := $(UI)/dist/index.html
SOURCES := $(shell find $(UI) \( -name node_modules -o -name dist -o -name __pycache__ \) -prune -o -type f -print)
NODE := $(abspath $(UI)/with-node) $(abspath $(BIN)/python)
# test files side by side; 0 runs all in one process
WORKERS ?= 2

.PHONY: setup demo test acceptance long check bench wheel clean

setup: $(READY) $(BUNDLE)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ambit needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock setuptools wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[torch,demo,dev]'
	mkdir -p .typing && ln -sfn .. .typing/ambit
	$(BIN)/python -m ambit.inference.export
	touch $(READY)

%/node_modules/.ready: %/package-lock.json | $(READY)
	cd $* && $(NODE) npm ci --no-audit --no-fund
	touch $@

$(BUNDLE): $(UI)/node_modules/.ready $(SOURCES)
	cd $(UI) && $(NODE) npm run build

demo: setup
	$(BIN)/ambit demo

test: setup $(DRIVEN)/node_modules/.ready
	cd $(UI) && $(NODE) npm test
	$(BIN)/python -m pytest -m 'not long and not acceptance' -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Real companies, whose data lies outside: skipped where it is not (AMBIT_SHARED_DATA names its folder).
acceptance: setup
	$(BIN)/python -m pytest -m acceptance

long: setup
	$(BIN)/python -m pytest -m long --hypothesis-profile=searching

check: setup $(DRIVEN)/node_modules/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=.typing $(BIN)/mypy
	PYTHONPATH=.typing $(BIN)/lint-imports
	cd $(UI) && $(NODE) npm run check
	cd $(DRIVEN) && $(NODE) npm run check

bench: setup $(DRIVEN)/node_modules/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[bench]'
	$(BIN)/python -m benchmarks

wheel: setup
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist .

clean:
	rm -rf $(VENV) .typing build dist *.egg-info $(UI)/dist $(UI)/node_modules $(DRIVEN)/node_modules
