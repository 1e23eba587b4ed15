# Everything a developer or an operator of one machine needs; `make help` lists it.
# Asks for Python 3.11 or newer with venv, and make.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DATABASE_URL_POSTGRES ?= postgres://postgres@127.0.0.1:5432/postgres
PYTEST := $(BIN)/python -m pytest
# Whatever the shell says: pytest compiles all tests anew in each of its processes where it may not keep them.
unexport PYTHONDONTWRITEBYTECODE
# Two workers pay for their second database on two cores; more would not.
WORKERS ?= 2

# The demo shows the real error pages, so it runs without DEBUG.
DEMO := DJANGO_SETTINGS_MODULE=config.settings.dev DEBUG=0 BASE_URL=http://$(HOST):$(PORT) $(BIN)/python manage.py

.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast test-browser test-postgres test-coverage compare-suite test-calendar race cuts rush \
	mutate bench check-rates prove messages lint format lock clean

help: ## Show what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(STAMP) ## Set up the virtual environment.

$(STAMP): requirements-dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || { echo "Making the virtual environment ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what the lock file names (a minute or two the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(STAMP) ## Start the newsroom with real-looking content on http://HOST:PORT/.
	@$(DEMO) load_demo
	@exec env $(DEMO) start --host $(HOST) --port $(PORT)

# With COVERAGE=yes it also prints what no test reaches, branches too, and fails below the floor.
COVERAGE_FLOOR := 94
COVERED := .coverage.json

test: $(STAMP) ## Run the tests; no browser, no server, no network.
	$(if $(COVERAGE),$(BIN)/python -m slipcover --json --out $(COVERED) -m pytest,$(PYTEST)) \
		$(TESTS) -m "not browser and not postgres" -n $(WORKERS)
	$(if $(COVERAGE),$(BIN)/python -m slipcover --skip-covered --fail-under $(COVERAGE_FLOOR) --merge $(COVERED) --out $(COVERED))

# Leaves time for both workers to start and for the last test to end.
test-fast: $(STAMP) ## Run what is nearest to your changes and the core, for less than a minute; the rest is skipped.
	TEST_SECONDS=45 $(PYTEST) -q -r fE -p no:randomly -m "not browser and not postgres and not slow" -n $(WORKERS) \
		$$($(BIN)/python -m tests.fast)

test-browser: $(STAMP) ## Run the tests that drive the system's Chromium.
	$(PYTEST) -m browser -n $(WORKERS)

test-postgres: $(STAMP) ## Run the tests on the PostgreSQL server that DATABASE_URL_POSTGRES names.
	TEST_DATABASE_URL=$(DATABASE_URL_POSTGRES) $(PYTEST) -m "not browser" -n $(WORKERS)

test-coverage: ## Run the tests as `make test` does, and print what they never reach, branches too; fails below the floor.
	@$(MAKE) --no-print-directory test COVERAGE=yes

compare-suite: $(STAMP) ## Run the tests that this tree and BASE share, in turn; compare what they cost, and name those that are lost.
	$(BIN)/python -m tests.cost $(BASE) --workers $(WORKERS) $(if $(ROUNDS),--rounds $(ROUNDS))

# Month ends, leap day, new year, both clock changes of Europe/London (01:00 UTC), midnight UTC; each a little before.
MOMENTS ?= 2027-01-31T23:30:00+00:00 2028-02-29T12:00:00+00:00 2026-12-31T23:59:00+00:00 2027-01-01T00:00:00+00:00 \
	2027-03-28T00:59:00+00:00 2027-10-31T00:59:00+00:00 2027-06-15T23:59:00+00:00
# What to run at each of them: by default the plan, the ledger and the board, which reckon with days.
CALENDAR ?= tests/research/admin/board tests/research/publishing

test-calendar: $(STAMP) ## Run the tests that reckon with days at odd moments; CALENDAR=tests runs all, MOMENTS sets when.
	@set -e; for moment in $(MOMENTS); do \
		echo "== the clock at $$moment"; \
		TEST_NOW=$$moment $(PYTEST) $(CALENDAR) -m "not browser and not postgres" -n $(WORKERS); \
	done

# What keeps the promise, and the tests that may notice a fault in it.
MUTATE ?= research/review/signing.py research/review/guard.py research/review/guarded_saves.py research/content \
	research/publishing/carrying_out/runner.py research/audit
MUTATE_TESTS ?= tests/research/content tests/research/review tests/research/publishing tests/research/newsroom \
	tests/research/models tests/research/record tests/research/reading tests/research/doors tests/research/blocks \
	tests/research/test_audit.py tests/research/test_hostile_settings.py tests/research/test_periodic.py
SHARE ?= 1

# MUTATE_LIVED=1 takes those that lived in the last run, and more time for each.
mutate: $(STAMP) ## Put small faults into what keeps the promise; fails for one that no test notices and no reason allows.
	$(PYTEST) -q -s -p tests.mutation.session -p no:randomly $(addprefix --mutate ,$(MUTATE)) --mutate-share $(SHARE) \
		$(if $(MUTATE_ONLY),--mutate-only "$(MUTATE_ONLY)") $(if $(MUTATE_LIVED),--mutate-lived --mutate-seconds 120) -m "not browser and not postgres and not slow" $(MUTATE_TESTS)

race: $(STAMP) ## For 30 seconds each: eight threads edit, looking for words not their own; two servers, looking for old pages.
	RACE_SECONDS=30 $(PYTEST) -q tests/common/test_races.py tests/common/page_store/test_two_servers.py

cuts: $(STAMP) ## Cut a writer's saves and a reviewer's answers off, 400 times each; fails when a word is lost.
	CUTS=400 $(PYTEST) -q tests/browser/test_cuts.py -k however -n $(WORKERS)

rush: $(STAMP) ## Let a hundred editors save at once on SQLite and the real server; fails when a word is lost.
	$(BIN)/python -m tests.rush

# BENCH names parts, in any order; SHORT=1 takes minutes.
bench: $(STAMP) ## Measure pages, search, signatures and publishing, each part in a throw-away database.
	@DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python manage.py bench $(BENCH) $(if $(SHORT),--short)

check-rates: $(STAMP) ## Measure what the checks catch of planted errors, and how often they speak up.
	@DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python manage.py check_rates

prove: $(STAMP) ## Replay known failures on plain Wagtail pages and on articles, side by side.
	@DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python manage.py prove

messages: $(STAMP) ## Bring the catalogues of translations up to date with the sources, and compile them.
	@DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python -m tests.catalogs

lint: $(STAMP) ## Check style, scripts, style sheets, the rule of imports, types, templates, migrations and Django's own checks.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find templates home research search site -name '*.html' -print0 2>/dev/null | xargs -0 -r $(BIN)/djhtml --tabwidth 4 --check
	@test -x $(BIN)/biome || echo "Biome has no wheel for this machine: scripts and style sheets are not linted here."
	! test -x $(BIN)/biome || $(BIN)/biome lint --config-path=.ci --error-on-warnings home research search site
	PYTHONPATH=.:site $(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

format: $(STAMP) ## Put code and templates into the project's shape.
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	find templates home research search site -name '*.html' -print0 2>/dev/null | xargs -0 -r $(BIN)/djhtml --tabwidth 4 || true

# All sets are resolved inside the development set, so that what runs is what was tested. That set takes the
# production extra by option: a group that names this project makes uv look for it in the package index.
COMPILE = $(VENV)-lock/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-config \
	--universal --python-version 3.11 pyproject.toml

lock: ## Resolve the dependencies again; UPGRADE=--upgrade takes newer ones.
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) $(UPGRADE) --extra production --group dev --output-file requirements-dev.txt
	$(COMPILE) $(UPGRADE) --constraints requirements-dev.txt --output-file requirements.txt
	$(COMPILE) $(UPGRADE) --constraints requirements-dev.txt --extra postgres --output-file requirements-postgres.txt
	$(COMPILE) $(UPGRADE) --constraints requirements-dev.txt --extra production --output-file requirements-production.txt
	rm -rf $(VENV)-lock

clean: ## Remove what can be made again; the data in var/ stays.
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results htmlcov $(COVERED) build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
