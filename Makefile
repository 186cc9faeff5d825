# `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The distribution's, where there is one: Python as one builds it oneself takes a quarter longer.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
# Or requirements/newest, which needs Python 3.12.
REQUIREMENTS ?= requirements
INVENTORY ?= inventory/localhost.yml
ARGS ?=
EVERY ?= 30

CACHE := $(CURDIR)/.cache
BIN := $(CURDIR)/.venv/bin
# The programs of a virtual environment hold its path: where the checkout was
# moved or copied, the stamps of the old place must not count.
PLACE := $(subst /,-,$(CURDIR))
CLASS_STAMP := .venv/class$(PLACE)
TEST_STAMP := .venv/test$(PLACE)
COLLECTIONS := $(CACHE)/ansible_collections
COLLECTIONS_STAMP := $(COLLECTIONS)/.unpacked
SELF := $(COLLECTIONS)/classroom/containers
# ansible-test refuses a symlink and everything git ignores: it works on a copy, one for each of its tests.
TREE = $(CACHE)/tree-$(@:tree-%=%)/ansible_collections/classroom/containers

export PATH := $(BIN):$(PATH)
export LC_ALL := C.UTF-8
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_HOME := $(CACHE)/ansible
export ANSIBLE_COLLECTIONS_PATH := $(CACHE)
# What would make the tools read from another place than this checkout.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
unexport ANSIBLE_INVENTORY ANSIBLE_LIBRARY ANSIBLE_MODULE_UTILS ANSIBLE_FILTER_PLUGINS ANSIBLE_ROLES_PATH
unexport GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'INVENTORY=file  another class than inventory/localhost.yml'
	@echo 'ARGS="..."      more arguments for ansible-playbook, such as "--check --diff"'
	@echo 'EVERY=30        seconds between two looks of watch'

##### Setup

.PHONY: setup tools clean lock
setup: $(CLASS_STAMP) $(COLLECTIONS_STAMP) $(SELF) ## Install what a class needs into this folder (.venv and .cache)

tools: setup $(TEST_STAMP) ## Install what the tests need, too

$(CLASS_STAMP): $(REQUIREMENTS)/class.txt $(REQUIREMENTS)/constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed, PYTHON=$(PYTHON) is " + sys.version)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo 'Installing the package python3-venv: this Python cannot make a virtual environment.'; \
		apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends python3-venv; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --no-input --requirement $< --constraint $(REQUIREMENTS)/constraints.txt
	@touch $@

$(TEST_STAMP): $(REQUIREMENTS)/test.txt $(CLASS_STAMP)
	$(BIN)/pip install --quiet --no-input --requirement $< --constraint $(REQUIREMENTS)/constraints.txt
	@touch $@

$(COLLECTIONS_STAMP): $(REQUIREMENTS)/collections.txt galaxy.yml tools/unpack_collections.py $(CLASS_STAMP)
	@rm -rf $(CACHE)/wheel
	$(BIN)/pip download --quiet --no-input --no-deps --dest $(CACHE)/wheel --requirement $<
	$(BIN)/python tools/unpack_collections.py $(CACHE)/wheel/*.whl galaxy.yml $(CACHE)
	@rm -rf $(CACHE)/wheel
	@touch $@

$(SELF):
	@mkdir -p $(@D)
	@ln -sfn ../../.. $@

clean: ## Remove all that setup and the tests left in this folder, guests included
	@if test -d $(CACHE)/hosts && test -x $(BIN)/python; then $(BIN)/python tools/test_hosts.py down; fi
	rm -rf .venv .cache .ansible tests/output

lock: ## Renew constraints.txt of REQUIREMENTS from the versions in its class.txt and test.txt
	@rm -rf $(CACHE)/lock
	$(PYTHON) -m venv $(CACHE)/lock
	$(CACHE)/lock/bin/pip install --quiet --requirement $(REQUIREMENTS)/class.txt --requirement $(REQUIREMENTS)/test.txt
	@{ sed -n '/^#/p' $(REQUIREMENTS)/constraints.txt; $(CACHE)/lock/bin/pip freeze; } >$(CACHE)/lock/constraints.txt
	@mv $(CACHE)/lock/constraints.txt $(REQUIREMENTS)/constraints.txt
	@rm -rf $(CACHE)/lock

##### A class

CLASS_TARGETS := class preflight validate provision prepare sheets cards solve check verify reset garbage_collect clean-class
.PHONY: $(CLASS_TARGETS)
class: playbook = site
clean-class: playbook = teardown
clean-class: extra = --extra-vars '{"docker_host_remove_engine": true}'

class: ## Run the whole class on the hosts of INVENTORY: validate to check
preflight: ## Look whether the room is ready; changes nothing
validate: ## Refuse a class that cannot be held; changes nothing
provision: ## Make the hosts ready for the class
prepare: ## Lay out what the labs begin with, and look whether they can
sheets: ## Write a sheet with the numbers of every seat, where they vary
solve: ## Give every student the answer to every lab
check: ## Grade what the students did
cards: ## Write a card for every seat, to print, with the passwords of the student
verify: ## Look whether the report is as it was signed
reset: ## Remove what the labs made, and what prepare laid out for them
garbage_collect: ## Free the space of images that have no name in the registry any more
clean-class: ## Remove the class from the hosts, and Docker where the class installed it

$(CLASS_TARGETS): setup
	ansible-playbook --inventory '$(INVENTORY)' playbooks/$(or $(playbook),$@).yml $(extra) $(ARGS)

.PHONY: watch
watch: setup ## Look every EVERY seconds where the class is stuck, until Ctrl-C
	@# Ansible ends at Ctrl-C as after a look that failed: the loop must hear it itself.
	@umask 077; folder=$$(mktemp --directory); trap 'rm -rf "$$folder"' EXIT; trap 'exit 0' INT; while :; do \
		rm -f "$$folder/watch.txt"; \
		ansible-playbook --inventory '$(INVENTORY)' playbooks/watch.yml \
			--extra-vars "{\"class_report_watch_file\": \"$$folder/watch.txt\"}" $(ARGS) >"$$folder/watch.log" 2>&1 || true; \
		if [ -t 1 ]; then clear; fi; date; \
		if [ -e "$$folder/watch.txt" ]; then cat "$$folder/watch.txt"; else cat "$$folder/watch.log"; fi; \
		sleep '$(EVERY)'; \
	done

##### Tests

.PHONY: test quick alone beside scenarios lint unit browser sanity integration acceptance molecule
# Two processors: what needs no engine runs beside what must have the engine to itself, and then what can share it.
# All else is one after the other.
ifneq ($(MAKELEVEL),1)
.NOTPARALLEL:
endif
test: tools ## Run the tests on this machine, but for those of test-long
	@rm -f $(CACHE)/*.failed
	@$(MAKE) --jobs=2 quick alone || $(call failures)
	@$(MAKE) --jobs=2 scenarios beside || $(call failures)

# Last of all, because between the output of two targets it is not found, and CI may keep only the end. Molecule colours it.
failures = { sed --regexp-extended 's/\x1b\[[0-9;]*m//g' $(CACHE)/*.failed \
	| grep --text --extended-regexp '^(FAILED|\[?ERROR|CRITICAL|fatal:|failed:|make)|^\S+:[0-9]+:' | cut -c-1000; exit 1; }

# Its output in one piece, and not between that of another target.
define logged
@$(MAKE) $(1) >$(CACHE)/$@.log 2>&1 || { cat $(CACHE)/$@.log; mv $(CACHE)/$@.log $(CACHE)/$@.failed; exit 1; }
@cat $(CACHE)/$@.log
endef

# Its output as it comes, also that of its end after Ctrl-C.
define followed
@$(1) 2>&1 | tee --ignore-interrupts $(CACHE)/$@.log || { mv $(CACHE)/$@.log $(CACHE)/$@.failed; exit 1; }
endef

quick: tools ## Run the tests that need no engine: lint, unit, browser and sanity
	$(call logged,lint unit browser sanity)

scenarios: tools
	$(call logged,molecule)

alone: tools
	$(call followed,$(MAKE) integration acceptance SELECT='alone and not long')

# After alone, which has provisioned this machine.
beside: tools
	$(call followed,$(MAKE) run-acceptance SELECT='not alone and not long')

lint: tools ## Check the style of roles, playbooks, documentation and changelog
	@echo '== lint'
	yamllint --strict .
	ansible-lint --offline
	antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
	antsibull-changelog lint

unit: tools ## Run tests/unit
	@echo '== unit'
	pytest tests/unit $(PYTEST_ARGS)

browser: tools ## Run tests/browser in Chromium, which it installs where there is none
	@echo '== browser'
	@test -x /usr/bin/chromium || { \
		apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends chromium fonts-dejavu-core; }
	pytest tests/browser $(PYTEST_ARGS)

# ansible-test keeps its environments in the home folder, under one name for all
# checkouts. It takes no PIP_ variables along, so the user's pip.conf must be there.
TEST_HOME := $(CACHE)/home
ANSIBLE_TEST = cd $(TREE) && HOME=$(TEST_HOME) ansible-test
PYTHON_VERSION = $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

tree-%: tools
	@rm -rf $(CACHE)/$@
	@mkdir -p $(TREE)
	@for namespace in $(COLLECTIONS)/*/; do \
		case $$namespace in */classroom/) ;; *) ln -s $$namespace $(CACHE)/$@/ansible_collections/ ;; esac; done
	@git ls-files -coz --exclude-standard \
		| { grep -zvxFf <(git -c core.quotePath=off ls-files -d) || true; } \
		| xargs -0 cp --parents --no-dereference --preserve=mode,timestamps --target-directory $(TREE)
	@git -C $(TREE) init --quiet
	@mkdir -p $(TEST_HOME)/.config $(TEST_HOME)/.ansible/test/cache
	@ln -sfn $${XDG_CONFIG_HOME:-~/.config}/pip $(TEST_HOME)/.config/pip
	@# It would fetch get-pip.py from the internet; Python brings a pip along.
	@echo 'import ensurepip; ensurepip.bootstrap(default_pip=True)' >"$(TEST_HOME)/.ansible/test/cache/$$( \
		$(BIN)/python tools/get_pip_name.py $(PYTHON_VERSION))"

sanity: tree-sanity ## Run every test of `ansible-test sanity`
	@echo '== sanity'
	$(ANSIBLE_TEST) sanity --python $(PYTHON_VERSION)

integration: provisioned tree-integration ## Run tests/integration
	@echo '== integration'
	$(ANSIBLE_TEST) integration --local --python $(PYTHON_VERSION)

# Of pytest's markers.
SELECT ?= not long
acceptance: provisioned run-acceptance ## Run tests/acceptance but for the long ones

.PHONY: run-acceptance
run-acceptance: tools
	@echo '== acceptance, $(SELECT)'
	pytest tests/acceptance -m '$(SELECT)' $(PYTEST_ARGS)

.PHONY: provisioned
provisioned: left
	ansible-playbook --inventory inventory/localhost.yml playbooks/provision.yml

# A run that was cut off leaves Molecule's class, whose networks and ports others may need, and what the targets of tests/integration made.
LEFT = label=classroom.containers.test=integration
.PHONY: left
left: export MOLECULE_PROJECT_DIRECTORY = $(CURDIR)
left: tools
	@if [ -n "$$(docker ps --all --quiet --filter label=classroom.class=molecule 2>/dev/null)" ]; then \
		ansible-playbook --inventory .config/molecule/inventory/local molecule/default/local/destroy.yml; fi
	@{ docker ps --all --quiet --filter '$(LEFT)' 2>/dev/null || true; } | xargs --no-run-if-empty docker rm --force --volumes
	@{ docker network ls --quiet --filter '$(LEFT)' 2>/dev/null || true; } | xargs --no-run-if-empty docker network rm

# Molecule would skip `create` where an interrupted run left its state.
molecule: left ## Run every scenario in molecule/ on this machine
	@echo '== molecule'
	rm -rf $(ANSIBLE_HOME)/tmp/molecule.*
	molecule test --all

.PHONY: molecule-guest
molecule-guest: export MOLECULE_WHERE = guest
molecule-guest: molecule ## Run them on a guest of Debian 13, which they boot and stop

.PHONY: test-long
test-long: tools ## Run the long ones of tests/acceptance, which `make test` leaves out
	@$(MAKE) acceptance SELECT=long

##### Test hosts

HOSTS ?= trixie1

.PHONY: host-up host-down test-hosts
host-up: setup ## Boot Debian guests, HOSTS="trixie1 bookworm1", and write an inventory of those that run
	python tools/test_hosts.py up $(HOSTS)

host-down: setup ## Stop the guests of this checkout and remove their disks
	python tools/test_hosts.py down

test-hosts: tools ## Run tests/hosts: classes on Debian guests, which it boots and stops
	@rm -f $(CACHE)/*.failed $(CACHE)/*.none
	@$(MAKE) --jobs=2 two-hosts one-host || $(call failures)
	@! test -e $(CACHE)/two-hosts.none -a -e $(CACHE)/one-host.none || { echo 'PYTEST_ARGS selects no test.'; exit 1; }

# The class on two hosts takes as long as all the others together.
.PHONY: two-hosts one-host
two-hosts: FILES = tests/hosts/test_debian13.py
one-host: FILES = tests/hosts --ignore=tests/hosts/test_debian13.py
two-hosts one-host: tools
	@echo '== test-hosts, $@'
	$(call followed,{ pytest $(FILES) $(PYTEST_ARGS) || { test $$? = 5 && touch $(CACHE)/$@.none; }; })

##### More

.PHONY: bench dist
bench: setup ## Run the measurements
	bench/run

dist: setup ## Build the collection for ansible-galaxy, into .cache/dist
	ansible-galaxy collection build --force --output-path $(CACHE)/dist
