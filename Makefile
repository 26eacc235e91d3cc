# All that is done with a checkout. It takes make and Python 3.11 or later; `make` alone explains it.

PYTHON ?= python3
PY := .venv/bin/python

.DEFAULT_GOAL := help
# Whoever has Python keep nothing it has compiled, as containers do, would have every server and worker that the tests
# start compile all packages anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test check fix bench messages lock

help: ## Explain these words
	@echo "Pactdesk: make WORD"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12
	@echo "All set-up is included. Data lies in .pactdesk; delete that folder to begin afresh."

run: ## Run a demo at http://127.0.0.1:8000; PORT, HOST, DATABASE_URL and PACTDESK_DEMO=0 are heeded
	@$(call setup,run)
	@PACTDESK_DEMO=$${PACTDESK_DEMO:-1} exec $(PY) -m pactdesk serve

test: ## Run all tests, with a real database and a real browser; ARGS="tests/rules -k severity" chooses
	@$(call setup,dev chromium-headless-shell dovecot-imapd)
	@exec $(PY) -m pytest --numprocesses=auto --maxprocesses=5 $(ARGS)

check: ## Check style, types, imports, templates, migrations and translations; ARGS="types style" chooses
	@$(call setup,dev gettext)
	@exec $(PY) tools/check.py $(ARGS)

fix: ## Mend what a machine can mend: imports, formatting
	@$(call setup,dev)
	@$(PY) -m ruff check --quiet --fix; $(PY) -m ruff format

bench: ## Measure; ARGS are passed on
	@$(call setup,dev)
	@exec $(PY) -m bench $(ARGS)

messages: ## Collect the sentences of code and templates into the .po files, and compile those
	@$(call setup,dev gettext)
	@exec $(PY) tools/messages.py

lock: ## Lock the versions that pyproject.toml asks for, with hashes; ARGS=--upgrade takes newer ones
	@$(call setup,dev)
	@exec $(PY) tools/lock.py $(ARGS)

setup = command -v $(PYTHON) >/dev/null || { echo "Pactdesk needs Python 3.11 or later; PYTHON=… names it."; exit 1; }; \
	$(PYTHON) tools/setup.py $(1)
