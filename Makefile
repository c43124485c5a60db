# Cairn. `make run` serves the portal, `make test` tests it, `make help` lists the rest.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps
ARGS ?=

# Interpreters in order of preference; one of yours: make run PYTHON=/path/to/python3
PYTHON ?= python3.13 python3.12 python3.11 python3
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# What an administrator would set, for `check --deploy`; the secret is thrown away.
PRODUCTION = CAIRN_HTTPS=1 CAIRN_ALLOWED_HOSTS=cairn.example \
	CAIRN_SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')"

CHECKS = "ruff check --quiet ." "ruff format --quiet --check ." \
	"mypy --no-error-summary portal jobs services" "lint-imports --no-logo" \
	"python manage.py makemigrations --check --dry-run" \
	"python manage.py check --deploy --fail-level WARNING"

# What the contract tests need of the clients: the locks, and where they are installed.
CONTRACT := tests/contract
CLIENTS := .clients
FUZZ := tests/fuzz
SUPPLY := tests/supply
TOOLS := .tools

.PHONY: help run test contract chaos corpus fuzz audit licences sbom tools lint format bench lock lock-clients clean venv packages \
	dev-packages clients

help: ## list the targets and the variables
	@echo "make TARGET [VARIABLE=value ...]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## /  \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'
	@echo
	@echo "  HOST  PORT  CAIRN_DATA_DIR  CAIRN_ADMIN_PASSWORD  DATABASE_URL"
	@echo "  CAIRN_BROKER_URL  CAIRN_CONTEXT         the README has all settings"

run: packages ## install, prepare and serve the portal; Ctrl-C stops it
	@exec $(PY) manage.py run

test: dev-packages ## run the whole suite; ARGS="-k buffer" goes to pytest
	@$(PY) -m pytest -n auto --dist worksteal $(ARGS)

contract: dev-packages clients ## drive a real portal with real clients, installed once; ARGS="-k types"
	@CAIRN_REQUIRE=contract,browser $(PY) -m pytest -m contract $(CONTRACT) $(ARGS)

chaos: dev-packages ## end processes, databases and brokers at random, for half an hour; ARGS="-k cancel"
	@CAIRN_REQUIRE=postgres,redis $(PY) -m pytest -n 0 -o timeout=900 -m "chaos or not chaos" tests/chaos tests/jobs/test_hosts.py $(ARGS)

corpus: dev-packages ## drive all bad requests against a running portal; ARGS="-k BMB"
	@$(PY) -m pytest -n 0 -m "corpus or not corpus" tests/hostile $(ARGS)

fuzz: dev-packages ## let atheris think of bad values, 10 s for each parser; ARGS=120
	@$(PY) -c 'import atheris' 2>/dev/null || $(PIP) -r $(FUZZ)/requirements.txt
	@$(PY) -m tests.fuzz $(or $(ARGS),10)

audit: tools ## look all packages up among known vulnerabilities; needs the network
	@$(PY) -m tests.supply.audit

licences: dev-packages tools ## list the licences of all packages; fails for one that does not go with ours
	@$(TOOLS)/bin/pip-licenses --python=$(PY) --format=json 2>/dev/null | $(PY) -m tests.supply.licences

sbom: packages tools ## write the bill of materials to var/sbom.json (CycloneDX)
	@mkdir -p var && $(TOOLS)/bin/cyclonedx-py requirements requirements.txt \
		--pyproject pyproject.toml --output-format JSON -o var/sbom.json 2>/dev/null && \
	echo "var/sbom.json: $$($(PY) -c 'import json; print(len(json.load(open("var/sbom.json"))["components"]))') packages"

lint: dev-packages ## check style, types, imports, migrations and deployment settings
	@failed=0; data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; \
	export PATH="$(CURDIR)/$(VENV)/bin:$$PATH" CAIRN_DATA_DIR="$$data" $(PRODUCTION); \
	for check in $(CHECKS); do \
		echo "$$check"; $$check || failed=1; \
	done; exit $$failed

format: dev-packages ## sort imports and format the code
	$(PY) -m ruff check --select I --fix .
	$(PY) -m ruff format .

bench: dev-packages ## measure the portal against its libraries; ARGS=--quick, ARGS=--million
	@$(PY) -m tests.bench $(ARGS)

lock: venv ## pin and hash the packages anew; ARGS=--upgrade for newer ones
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header $(ARGS) pyproject.toml -o requirements.txt
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header $(ARGS) -c requirements.txt pyproject.toml --group dev \
		-o requirements-dev.txt
	for group in fuzz supply; do \
		$(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
			--generate-hashes --no-header $(ARGS) --group $$group \
			-o tests/$$group/requirements.txt; \
	done

lock-clients: venv ## pin and hash the clients anew; ARGS=--upgrade for newer ones of pip
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header $(ARGS) $(CONTRACT)/requirements.in -o $(CONTRACT)/requirements.txt
	$(NPM) --prefix $(CONTRACT) install --package-lock-only

clean: ## remove .venv, the clients and caches; your data in var/ stay
	rm -rf $(VENV) $(CLIENTS) $(TOOLS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A lock file that was installed is kept in .venv: while it is the same, there is
# nothing to do, whatever the files' dates say.
venv:
	@test ! -d $(VENV) || $(PY) -c '$(NEW_ENOUGH)' 2>/dev/null || rm -rf $(VENV)
	@test -d $(VENV) || { \
	test -w . || { echo "No write access to $(CURDIR): copy Cairn to a folder that you may write." >&2; exit 1; }; \
	old=; \
	for python in $(PYTHON); do \
		"$$python" -c '' 2>/dev/null || continue; \
		"$$python" -c '$(NEW_ENOUGH)' 2>/dev/null || { old="$$old $$python"; continue; }; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || { bare=$$python; continue; }; \
		echo "Making $(VENV) with $$("$$python" --version)..."; \
		"$$python" -m venv $(VENV) && exit 0; rm -rf $(VENV); exit 1; \
	done; \
	if [ "$$bare" ]; then echo "$$bare cannot make a venv: install it, on Debian or Ubuntu with: apt install python3-venv" >&2; \
	elif [ "$$old" ]; then echo "Python is too old ($$($${old##* } --version 2>&1)): install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; \
	else echo "There is no Python: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; fi; \
	exit 1; }

packages: venv
	@cmp -s requirements.txt $(VENV)/requirements.txt || { \
	echo "Installing the packages (once)..." && $(PIP) -r requirements.txt && \
	cp requirements.txt $(VENV)/requirements.txt || { \
	echo "The packages could not be installed: pip says why above; run make again." >&2; exit 1; }; }

dev-packages: packages
	@cmp -s requirements-dev.txt $(VENV)/requirements-dev.txt || { \
	echo "Installing the packages of developers (once)..." && $(PIP) -r requirements-dev.txt && \
	cp requirements-dev.txt $(VENV)/requirements-dev.txt || { \
	echo "The packages could not be installed: pip says why above; run make again." >&2; exit 1; }; }

# The tools look at packages, and so have packages of their own.
tools: venv
	@cmp -s $(SUPPLY)/requirements.txt $(TOOLS)/requirements.txt || { \
	echo "Installing the tools for packages (once)..." && \
	$(PY) -m venv --clear $(TOOLS) && \
	$(TOOLS)/bin/python -m pip install -qq --disable-pip-version-check \
		--require-hashes --no-deps -r $(SUPPLY)/requirements.txt && \
	cp $(SUPPLY)/requirements.txt $(TOOLS)/requirements.txt || { \
	echo "The tools could not be installed: pip says why above; run make again." >&2; \
	exit 1; }; }

# Two of the clients are under Esri's licence: fetched from the registries, never kept
# here. As with .venv, a lock that was installed is kept beside what it installed.
NPM := npm --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved \
	--loglevel=error

clients: venv
	@cmp -s $(CONTRACT)/requirements.txt $(CLIENTS)/arcgis/requirements.txt || { \
	echo "Installing the ArcGIS API for Python (once)..." && \
	$(PY) -m venv --clear $(CLIENTS)/arcgis && \
	$(CLIENTS)/arcgis/bin/python -m pip install -qq --disable-pip-version-check \
		--require-hashes --no-deps -r $(CONTRACT)/requirements.txt && \
	cp $(CONTRACT)/requirements.txt $(CLIENTS)/arcgis/requirements.txt || { \
	echo "The clients could not be installed: pip, which must reach its package index, says why above." >&2; \
	exit 1; }; }
	@command -v npm >/dev/null || { echo "There is no npm: install Node.js 18 or newer, on Debian or Ubuntu with: apt install nodejs npm" >&2; exit 1; }
	@cmp -s $(CONTRACT)/package-lock.json $(CLIENTS)/node_modules/package-lock.json || { \
	echo "Installing the JavaScript clients (once)..." && \
	cp $(CONTRACT)/package.json $(CONTRACT)/package-lock.json $(CLIENTS) && \
	$(NPM) --prefix $(CLIENTS) ci && \
	cp $(CONTRACT)/package-lock.json $(CLIENTS)/node_modules/package-lock.json || { \
	echo "The clients could not be installed: npm, which must reach its registry, says why above." >&2; \
	exit 1; }; }
