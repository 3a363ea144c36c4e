# The commands of a working day. `make run` and `make test` need Python >= 3.11 and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test crash check format lock bench explorer schema clean

run: $(VENV)/.runtime ## start the product: database, demo book, gateway
	@$(BIN)/python manage.py serve

test: $(VENV)/.development ## pass the tests
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.development ## format, lint, types, import contracts, migrations, snapshots
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py snapshots --check

format: $(VENV)/.development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: $(VENV)/.development ## rewrite schema/schema.graphql after a change of the schema
	$(BIN)/python manage.py snapshots

bench: $(VENV)/.development ## measure against the peers, in one run
	$(BIN)/python -m benchmarks $(ARGS)

crash: $(VENV)/.development ## kill everything again and again while payments are made; compare the books (N=, SEED=)
	@$(BIN)/python -W ignore -m tests.crash --n $(or $(N),10000) $(if $(SEED),--seed $(SEED))

lock: $(VENV)/.development ## compile requirements*.in into pinned, hashed requirements*.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links requirements-dev.in -o requirements-dev.txt

explorer: ## rebuild the web pages (needs Node); the built files are committed
	cd explorer && npm ci && npm run build

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is `$(PYTHON) --version 2>&1`. Try: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The virtual environment could not be made; on Debian: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements.txt
	@echo "Installing the pinned requirements into $(VENV) (once)..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: $(VENV)/.python requirements-dev.txt
	@echo "Installing the development requirements into $(VENV) (once)..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

clean: ## remove what was made: the environment, the embedded database, logs
	-@$(BIN)/python -c "from banking_project import embedded_postgres as p; p.stop()"
	rm -rf $(VENV) var logs staticfiles
