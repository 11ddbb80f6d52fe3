# Two commands matter: `make demo` and `make test`. Both set up what they need, into .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test long check bench wheel clean

setup: $(READY)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ambit needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock setuptools wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[torch,demo,dev]'
	mkdir -p .typing && ln -sfn .. .typing/ambit
	$(BIN)/python -m ambit.inference.export
	touch $(READY)

demo: setup
	$(BIN)/ambit demo

test: setup
	$(BIN)/python -m pytest -m 'not long'

long: setup
	$(BIN)/python -m pytest -m long --hypothesis-profile=searching

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=.typing $(BIN)/mypy
	PYTHONPATH=.typing $(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks

wheel: setup
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation -w dist .

clean:
	rm -rf $(VENV) .typing build dist *.egg-info
