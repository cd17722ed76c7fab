# `make` alone lists what it can do.

PORT = 8000
PYTHON = $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$name && exit; \
  done; echo python3)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What a worker has left is shared with one that has nothing more to do.
PYTEST := $(BIN)/pytest --numprocesses auto --dist worksteal
# What depends on the database: the layers that write SQL or lean on locks, each page and each action once,
# what people may type, and what is searched, sorted and paged.
ON_POSTGRESQL := $(addprefix tests/,benchmarks storage accounts companies jobs ledger crm goals exchange test_who_may.py \
  test_tenancy_actions.py test_hostile_input.py api/test_find.py api/test_refusals.py api/test_openapi.py \
  web/goals/test_goal_list.py web/goals/test_goal_records.py web/settings/test_people_pages.py \
  web/shell/test_one_state.py)
COMPILE := $(BIN)/uv --no-config pip compile --quiet --no-emit-index-url --no-emit-find-links --generate-hashes \
  --universal --python-version 3.11 --custom-compile-command "make lock"
MESSAGES := $(wildcard src/goalpost/web/locale/*/LC_MESSAGES/*.po)
TEMPLATES := src/goalpost/web
CHECKED := src tests tools $(wildcard benchmarks)

.PHONY: help install demo test test-long faults check fmt bench lock clean
.DELETE_ON_ERROR:

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' Makefile

install: $(VENV)/built ## install Goalpost into .venv, ready to run

demo: install ## run a sample company at http://127.0.0.1:8000, or at PORT=…
	$(BIN)/goalpost demo --port $(PORT)

test: install $(VENV)/installed-dev ## run every test on SQLite, with a browser, and those of the database on PostgreSQL
	$(BIN)/python -m tools.prepare chromium postgresql
	$(PYTEST)
	GOALPOST_TEST_DATABASE=postgresql $(PYTEST) $(ON_POSTGRESQL)

test-long: export HYPOTHESIS_PROFILE := long
test-long: install $(VENV)/installed-dev ## run the random searches for longer, on SQLite and on PostgreSQL
	$(BIN)/python -m tools.prepare postgresql
	$(PYTEST) -m hypothesis
	GOALPOST_TEST_DATABASE=postgresql $(PYTEST) -m hypothesis $(ON_POSTGRESQL)

faults: install $(VENV)/installed-dev ## kill workers and servers a hundred times, and drain ten thousand jobs beside pages
	$(BIN)/python -m tools.prepare postgresql
	$(BIN)/pytest -m faults tests/faults

check: export GOALPOST_DATA_DIR := build/check
check: $(VENV)/installed-dev ## run the linters, the types, the layers and the migrations check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/djlint --quiet --check --lint $(TEMPLATES)
	$(BIN)/mypy $(CHECKED)
	$(BIN)/lint-imports
	$(BIN)/python -m django makemigrations --check --settings goalpost.settings

fmt: $(VENV)/installed-dev ## format the code and the templates
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djlint --quiet --warn --reformat $(TEMPLATES)

bench: install $(VENV)/installed-dev ## measure on SQLite and PostgreSQL, and print a table; SIZES=10000,100000 for less
	$(BIN)/python -m tools.prepare postgresql
	$(BIN)/python -m benchmarks $(if $(SIZES),--sizes $(SIZES))

lock: $(VENV)/installed-dev ## choose the newest allowed versions anew, and write them to requirements/
	$(COMPILE) --upgrade pyproject.toml --group build --output-file requirements/base.txt
	$(COMPILE) --upgrade pyproject.toml --group dev --constraint requirements/base.txt --output-file requirements/dev.txt
	$(COMPILE) --upgrade --group postgres --constraint requirements/dev.txt --output-file requirements/postgres.txt

clean: ## remove what was installed and built
	rm -rf $(VENV) build dist src/goalpost/web/shell/static/build $(MESSAGES:.po=.mo)

# Made afresh whenever the locked versions change, so that it never holds what they no longer name.
$(VENV)/packages: requirements/base.txt tools/venv.py tools/debian.py
	@$(PYTHON) -m tools.venv $(VENV)
	@echo "Installing the packages of requirements/base.txt"
	@$(PIP) install --require-hashes --requirement requirements/base.txt
	@touch $@

$(VENV)/installed: pyproject.toml $(VENV)/packages
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements/dev.txt $(VENV)/installed
	@echo "Installing the packages of requirements/dev.txt"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENV)/built: src/goalpost/web/shell/assets.py $(MESSAGES) $(VENV)/installed
	@$(BIN)/python -m goalpost.web.shell.assets
	@touch $@
