# Everything a developer does with Echoes. `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV_VERSION := 0.13.8
VENV := .venv
PY := $(VENV)/bin/python
INSTALL_FLAGS := --quiet --no-deps --require-hashes

# The Python that the environment is made with: PYTHON=… or the first that is new enough and complete.
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c '$(FITS)' >/dev/null 2>&1 && { echo $$name; break; }; done)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# Where the system keeps certificates, uv is to trust those, as pip and the system's own tools do.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS := true
endif

.PHONY: help setup run demo test check e2e bench chaos hostile screens words docs lock doctor clean

help: ## list what there is
	@grep -hE '^[a-z0-9]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(VENV)/.run ## install what Echoes needs to run, into .venv
	@echo "Installed. Next: make run"

# The S3 server that media are kept in is one of the developers' packages, and so is what draws and plays for
# simulated AI services.
SIMULATED := $(filter-out 0,$(FAKES))
run: $(VENV)/$(if $(filter s3,$(STORAGE))$(SIMULATED),.dev,.run) ## start Echoes; PORT=9000 chooses the port, STORAGE=s3 an S3 server, FAKES=1 simulated AI services
	@$(PY) -m echoes.embedded run $(if $(PORT),--port $(PORT)) $(if $(SIMULATED),--fakes)

demo: $(VENV)/.run ## make a sample film from pictures that Echoes draws itself
	@$(PY) manage.py seed_demo $(ARGS)

test: $(VENV)/.dev ## run the tests; ARGS='-k name' chooses
	@$(PY) -m pytest $(ARGS)

check: $(VENV)/.dev ## run every check, and list each
	@.ci/check

e2e: $(VENV)/.dev ## run the tests that drive a browser
	@$(PY) -m pytest -m e2e $(ARGS)

bench: $(VENV)/.dev ## measure, and print ratios against a baseline
	@$(PY) -m tests.benchmarks $(ARGS)

chaos: $(VENV)/.dev ## kill everything, often, and print what was promised and measured
	@$(PY) -m tests.chaos $(ARGS)

hostile: $(VENV)/.dev ## bring thousands of malicious files to the door; ARGS=PATH brings your own
	@$(PY) -m tests.hostile $(ARGS)

words: $(VENV)/.dev ## bring the catalogues of words up to date with the code
	@$(PY) -m tests.words

screens: $(VENV)/.dev ## take pictures of the main pages
	@$(PY) -m tests.e2e.screens $(ARGS)

docs: $(VENV)/.dev ## write the generated documents anew
	@$(PY) manage.py generate_docs

lock: $(VENV)/.dev ## resolve pyproject.toml into the lock files; ARGS=--upgrade takes newer versions
	@for target in "requirements.lock" "requirements-dev.lock --group dev"; do \
		set -- $$target; echo "$$1"; \
		$(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
			--generate-hashes --no-header $(ARGS) --output-file "$$@" >/dev/null || exit 1; \
	done

doctor: $(VENV)/.run ## say what is present, what is missing, and what that switches off
	@$(PY) manage.py doctor

clean: ## remove .venv and caches; what you made, in .data, stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +

# ---- the environment --------------------------------------------------------------------------
# One stamp for what runs Echoes and one for what develops it: an unchanged lock file costs nothing,
# and nothing here needs the network once it is installed.

$(VENV)/.made:
	@[ -n '$(PYTHON)' ] || { .ci/explain-python; exit 1; }
	@$(PYTHON) -c '$(FITS)' >/dev/null 2>&1 || { .ci/explain-python $(PYTHON); exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements.lock $(VENV)/.made
	$(call install,$<)

$(VENV)/.dev: requirements-dev.lock $(VENV)/.made
	$(call install,$<)
	@touch $(VENV)/.run

# uv is some fifteen times faster than pip, but knows nothing of pip's own configuration.
define install
	@echo "Installing $(1)."
	@if $(PY) -m pip install --quiet uv==$(UV_VERSION) && \
		$(VENV)/bin/uv pip install --python $(PY) $(INSTALL_FLAGS) -r $(1); then :; else \
		echo "uv could not install it; pip takes a few minutes." && \
		$(PY) -m pip install $(INSTALL_FLAGS) -r $(1); fi
	@touch $@
endef
