# Everything runs in .venv inside this folder. `make help` lists what there is; ARGS="…" is handed on to the program.
PYTHON ?= python3.11
export PYTHON
BIN := .venv/bin
# What .venv is made from: when one of these changes, it is brought up to date.
INPUTS := pyproject.toml constraints.txt .ci/setup .ci/llama.cmake

.PHONY: help setup setup-dev chat test lint format adapter eval mutants clean
.DELETE_ON_ERROR:

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: .venv/ready ## install everything into .venv (minutes the first time, then seconds)

setup-dev: .venv/ready-dev ## the same, with what tests and checks need

chat: setup ## open the chat page on 127.0.0.1
	@$(BIN)/python -m ui $(ARGS)

test: setup-dev ## run the tests
	@.ci/packages
	@$(BIN)/python -m pytest $(ARGS)

lint: setup-dev ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup-dev ## mend style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

eval: setup ## measure retrieval and answers, fail when a gate fails; ARGS=--accept keeps the run to compare with
	@$(BIN)/python -m evals $(ARGS)

mutants: setup ## the same, then break the product in known ways, fail when the gate does not notice
	@$(BIN)/python -m evals --mutants

adapter: setup ## teach the default model to read, an hour or more; goes on where it was stopped
	@$(BIN)/pip install --quiet -c constraints.txt gguf peft
	@$(BIN)/python -m evals.adapter_train $(ARGS)

# The index in .rag, the weights in .cache and the compiled wheel in the home folder's cache stay.
clean: ## delete .venv and what the tools left
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: $(INPUTS)
	@.ci/setup
	@touch $@

# A .venv with the tests' packages is a complete .venv.
.venv/ready-dev: $(INPUTS)
	@.ci/setup dev
	@touch .venv/ready $@
