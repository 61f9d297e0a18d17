# `make demo` shows the program at work, `make test` tests it; both set up all they need.
# A fresh Debian or Ubuntu with Python 3.11 or newer, make and git is enough.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
CATALOGUES := $(wildcard formbook/locale/*/LC_MESSAGES/formbook.po)
COMPILED := $(CATALOGUES:.po=.mo)
DURATION := 1200
SEED := $(shell date +%s)

export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.NOTPARALLEL:
.PHONY: help setup tesseract test check smoke docs bench campaign demo lock catalogues clean

help: ## list what make can do
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: $(READY) $(COMPILED) tesseract ## make .venv and install Tesseract where it is missing

$(READY): requirements.lock pyproject.toml build_catalogues.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Please install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@.ci/system venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(COMPILED) &: $(CATALOGUES) $(READY)
	$(BIN)/pybabel --quiet compile --domain formbook --directory formbook/locale
	@touch $(COMPILED)

tesseract:
	@.ci/system tesseract || true

test: setup ## run the tests
	$(BIN)/pytest $(ARGS)

check: setup ## format, lint, types, layers, documentation, catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n0 tests/test_project.py tests/test_contracts.py \
		tests/test_docs.py tests/test_catalogues.py

smoke: setup ## install the wheel in a fresh venv, without the developers' packages, and start it
	rm -rf build/smoke && mkdir -p build/smoke
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/smoke .
	sed -e 's/ *\\$$//' -e '/--hash/d' requirements.lock > build/smoke/constraints.txt
	$(PYTHON) -m venv build/smoke/venv
	build/smoke/venv/bin/python -m pip install --quiet -c build/smoke/constraints.txt build/smoke/*.whl
	cd build/smoke && venv/bin/python -I ../../tests/smoke.py
	build/smoke/venv/bin/formbook --help > build/smoke/help.txt

bench: setup ## measure speed and memory; each file of benchmarks/ says what and how
	$(BIN)/python benchmarks/help.py
	$(BIN)/python benchmarks/register.py
	$(BIN)/python benchmarks/verify.py
	$(BIN)/python benchmarks/acts.py
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/ingest.py --by-order
	$(BIN)/python benchmarks/ingest.py --memory
	if [ -d ../shared ]; then $(BIN)/python benchmarks/handwriting.py; fi
	if [ -d ../shared ]; then $(BIN)/python benchmarks/drawn.py; fi

campaign: setup ## repeat the random tests at length; DURATION=seconds each, SEED=to repeat a run
	FORMBOOK_SEED=$(SEED) FORMBOOK_CAMPAIGN_S=$(DURATION) \
		$(BIN)/pytest -n0 -rA -m campaign --hypothesis-seed=$(SEED) $(ARGS)

demo: export FORMBOOK_REGISTER := demo
demo: setup ## take the pages of scans/ into a new register in demo/ and list what is unanswered
	@rm -rf demo
	$(BIN)/formbook init --ward 'Nghĩa Đô'
	$(BIN)/formbook people --add 'Trần Văn Hùng' --role chairman
	$(BIN)/formbook ingest scans
	$(BIN)/formbook pages
	$(BIN)/formbook seen 3/1 --on 12/1/2026 --as 'Trần Văn Hùng'
	$(BIN)/formbook show 3/1
	$(BIN)/formbook unanswered
	$(BIN)/formbook verify
	@printf '\n%s\n%s\n' \
		'Some characters are misread, as above; formbook correct is for that.' \
		'The register is in demo/. Go on with: export FORMBOOK_REGISTER=demo; $(BIN)/formbook --help'

docs: setup ## write docs/commands.md, docs/errors.md and the READMEs' transcripts anew
	$(BIN)/python docs/reference.py
	$(BIN)/python tests/transcripts.py

catalogues: setup ## bring the code's messages into formbook/locale, there to be translated
	$(BIN)/python update_catalogues.py

lock: ## pin pyproject.toml's packages anew; ARGS=--upgrade takes newer versions
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet uv
	UV_CUSTOM_COMPILE_COMMAND='make lock' build/lock/bin/uv pip compile --quiet \
		--universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-emit-index-url --no-emit-find-links --group dev $(ARGS) \
		--output-file requirements.lock pyproject.toml

clean: ## remove all that make and the tests made
	rm -rf .venv .*_cache .hypothesis .coverage build demo dist
	find . -name __pycache__ -prune -exec rm -rf {} +
	rm -f $(COMPILED)
