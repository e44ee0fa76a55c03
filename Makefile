# The commands of every day. A fresh machine needs Python 3.11 or newer and make; the rest goes into .venv and var/.
# A stamp inside .venv says what was installed, so a second run starts at once and a changed lock file installs again.
#
#   make run PORT=9000           another port
#   make test PYTHON=python3.13  another interpreter, while there is no .venv yet
#   make test TESTS=tests/unit   a part of the suite (the coverage gate then says what it left out)

PYTHON   ?= python3
PORT     ?= 8000
TESTS    ?= tests
WORKERS  ?= 2
COVERAGE ?= 95

# Unit tests that found a ledger, print or tell a whole story: `make test` runs them, `make check` has a minute.
SLOW := api audit cli demo_story docs documents findings importing mirror pages printing reading shares site stat tiers

BIN     := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
# The clone itself goes on .venv's path, so a new package or wsgi.py is there without installing again.
COMMAND := PYTHONWARNINGS=ignore $(INSTALL) --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/python -m piptools compile --quiet --generate-hashes \
           --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

# Two makes at once install one after the other: the lock is on this file and ends with the command it runs.
LOCKED := -c 'import fcntl, os, sys; lock = os.open("Makefile", os.O_RDONLY); \
          os.set_inheritable(lock, True); fcntl.flock(lock, fcntl.LOCK_EX); os.execvp(sys.argv[1], sys.argv[1:])'

.PHONY: help run test check bench requirements clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: .venv/.runtime ## the demonstration consortium on http://127.0.0.1:8000
	@$(MAKE) --no-print-directory static/vendor/.made \
	  || echo "Nothing could be fetched from npm: the gate (/scan) reads pictures only where the browser itself can, and pages check no ML-DSA-44."
	@exec $(BIN)/packtrace demo --serve --port $(PORT)

test: .venv/.development node_modules/.made static/vendor/.made ## the whole suite; branch coverage of what goes over no line twice (tests/conftest.py)
	@$(BIN)/python -m pytest $(TESTS) -q -n $(WORKERS) --dist loadfile --cov --cov-report=term --cov-fail-under=$(COVERAGE)

check: .venv/.development ## format, lint, types, imports, tests that take under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/unit -q -n $(WORKERS) --dist loadfile $(SLOW:%=--ignore-glob='*/test_%*.py')

bench: .venv/.development ## the table of docs/benchmarks.md on this machine
	@$(BIN)/python -m bench

requirements: .venv/.development ## the lock files from their .in files; what is locked stays unless it must move
	$(COMPILE) --output-file=requirements.txt requirements.in requirements-build.in
	$(COMPILE) --output-file=requirements-s3.txt requirements-s3.in
	$(COMPILE) --output-file=requirements-dev.txt requirements-dev.in
	$(COMPILE) --output-file=requirements-node.txt requirements-node.in

clean: ## removes .venv and caches; var/ holds the ledger and the log key, so it stays
	rm -rf .venv node_modules static/vendor .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
	       build dist packtrace.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The programs in .venv name its path, so in a moved or copied clone it is made anew; one half made, too.
ifneq ($(shell cat .venv/.made 2>/dev/null),$(CURDIR))
.PHONY: .venv/.made
endif
.venv/.made:
	@command -v $(PYTHON) >/dev/null \
	  || { echo "Packtrace needs Python 3.11 or newer: no $(PYTHON) here; make PYTHON=... names another"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Packtrace needs Python 3.11 or newer, this is $$($(PYTHON) --version); make PYTHON=... names another"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) cannot make a virtual environment: install its venv package (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	@$(PYTHON) $(LOCKED) sh -c '$(BIN)/pip --version 2>/dev/null | grep -qF "from $(CURDIR)/.venv/" || $(PYTHON) -m venv --clear .venv'
	@echo "$(CURDIR)" > $@

.venv/.runtime: .venv/.made requirements.txt pyproject.toml
	@echo "Installing what Packtrace runs on (requirements.txt) ..."
	@$(BIN)/python $(LOCKED) sh -c '$(INSTALL) --require-hashes -r requirements.txt && $(COMMAND)'
	@touch $@

.venv/.development: .venv/.made requirements.txt requirements-dev.txt pyproject.toml
	@echo "Installing what tests and checks need (requirements-dev.txt) ..."
	@$(BIN)/python $(LOCKED) sh -c '$(INSTALL) --require-hashes -r requirements-dev.txt && $(COMMAND)'
	@touch .venv/.runtime $@

# What comes from npm, by its lock file. Node is the machine's, or a wheel's where the machine has none.
node_modules/.made: .venv/.made .npmrc package.json package-lock.json requirements-node.txt
	@echo "Installing what comes from npm (package-lock.json) ..."
	@$(BIN)/python $(LOCKED) sh -c 'export PATH="$$PATH:$(CURDIR)/$(BIN)"; \
	  command -v npm >/dev/null || $(INSTALL) --require-hashes -r requirements-node.txt; npm ci --loglevel=error'
	@touch $@

# What pages load of it, each with its licence (MIT): the decoder of the gate, and ML-DSA-44 for the verifier, whose
# modules name each other by their packages, which a browser does not know.
ZXING := node_modules/zxing-wasm
NOBLE := post-quantum/ml-dsa.js post-quantum/_crystals.js post-quantum/utils.js post-quantum/LICENSE curves/LICENSE hashes/LICENSE \
         curves/utils.js curves/abstract/fft.js curves/abstract/modular.js \
         hashes/utils.js hashes/sha2.js hashes/sha3.js hashes/legacy.js hashes/hmac.js hashes/_md.js hashes/_u64.js
static/vendor/.made: node_modules/.made Makefile
	@mkdir -p static/vendor/zxing/reader
	@cp $(ZXING)/dist/es/reader/index.js static/vendor/zxing/reader/
	@cp $(ZXING)/dist/es/share.js $(ZXING)/dist/reader/zxing_reader.wasm $(ZXING)/LICENSE static/vendor/zxing/
	@mkdir -p static/vendor/noble/post-quantum static/vendor/noble/curves/abstract static/vendor/noble/hashes
	@for one in $(NOBLE); do sed "s|'@noble/|'$$(dirname $$one | sed 's|[^/][^/]*|..|g')/|" node_modules/@noble/$$one > static/vendor/noble/$$one; done
	@echo '{ "type": "module" }' > static/vendor/noble/package.json
	@touch $@
