# Every target sets up what it needs. Needed beforehand: Python >= 3.10 with venv, make, a package index.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
UV := .uv/bin/uv
JLPM := .ci/jlpm
LAB_SOURCES := $(shell find labextension/src labextension/style labextension/schema -type f -not -path '*/__tests__/*') \
	labextension/tsconfig.json labextension/package.json
# Chromium with fonts for its pages.
BROWSER := chromium fonts-dejavu-core fonts-liberation
# Images are built, kept and run by the real tools, by an ordinary user.
IMAGES := apache2-utils buildah crun docker-registry fuse-overlayfs mmdebstrap openssh-client podman runc skopeo slirp4netns uidmap
# What a node of a test cluster stands on; the rest of it is compiled.
CLUSTER := catatonit containerd containernetworking-plugins docker-registry iproute2 iptables openssl procps runc
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
export UV_PYTHON_DOWNLOADS := never
# The tests say themselves where things live, and what is compiled once need not be again.
unexport MODELSHIP_HOME PYTHONDONTWRITEBYTECODE

help: ## Say what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(UV):
	@.ci/get-uv .uv

.venv/.synced: pyproject.toml uv.lock $(wildcard templates/* jupyter-config/*/*) $(UV)
	@echo "setting up .venv (once) …"
	@SKIP_JUPYTER_BUILDER=1 $(UV) sync --quiet --frozen --all-groups
	@.ci/link-labextension
	@touch $@

labextension/node_modules/.installed: labextension/package.json labextension/yarn.lock | .venv/.synced
	@echo "getting what the JupyterLab extension is built with (once) …"
	@$(JLPM) install --immutable >labextension/node_modules.log 2>&1 || { cat labextension/node_modules.log >&2; exit 1; }
	@rm labextension/node_modules.log
	@touch $@

jupyter_modelship/labextension/.built: labextension/node_modules/.installed $(LAB_SOURCES)
	@echo "building the JupyterLab extension …"
	@$(JLPM) build:prod >labextension/build.log 2>&1 || { cat labextension/build.log >&2; exit 1; }
	@rm labextension/build.log
	@touch $@

.demo/.made: pyproject.toml uv.lock docs/examples/kernel-requirements.txt $(UV)
	@.ci/make-demo $(UV)
	@touch $@

demo: .demo/.made ## Deploy the iris notebook on this machine, call it, leave it running
	@.ci/run-demo

demo-stop: ## Stop and remove what `make demo` left running
	@.ci/stop-demo

demo-image: .venv/.synced ## Make an image of the iris notebook, push it, run it as a container, call it
	@.ci/system-packages $(IMAGES)
	@$(PY) -m tests.images.demo

test: .venv/.synced jupyter_modelship/labextension/.built ## Linters, types, layers, all tests that fit into every change; on a Kubernetes as root
	@.ci/system-packages $(BROWSER) $(IMAGES) $(CLUSTER)
	@$(MAKE) --no-print-directory -j 2 --output-sync=target lint-names lint-types collect lint-extension test-extension
	@.ci/tests --ignore tests/ui --ignore tests/cluster --hypothesis-profile ci -n 4 --dist loadfile --no-loadscope-reorder
	@.ci/tests tests/ui -n 4 --dist loadfile
	@.ci/test-cluster --of-make-test

lint-names:
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/lint-imports --no-logo

lint-types:
	@.venv/bin/mypy

# A file that cannot be imported is told here; and its asserts are compiled once, not by each worker.
collect:
	@$(PYTEST) -m "not campaign" --collect-only -qq >/dev/null || $(PYTEST) --collect-only -q

lint-extension:
	@$(JLPM) lint

test-extension:
	@$(JLPM) test

demo-cluster: .venv/.synced ## The iris notebook on a Kubernetes of this machine, a revision that fails there, the next one (root)
	@.ci/system-packages $(CLUSTER) mmdebstrap
	@.ci/with-cluster $(PY) -m tests.cluster.demo

cluster: .venv/.synced ## Bring up a Kubernetes on this machine, for the tests (root; compiles it the first time)
	@.ci/system-packages $(CLUSTER)
	@$(PY) -m tests.cluster up

cluster-down: .venv/.synced ## Take it down; nothing is left of it
	@$(PY) -m tests.cluster down

test-cluster: .venv/.synced ## The tests on a Kubernetes: the one that is up or named, else one for this run
	@.ci/system-packages $(CLUSTER) mmdebstrap
	@.ci/test-cluster

campaign: .venv/.synced ## What is too long for every change: random kills, floods, soak
	@.ci/system-packages $(IMAGES) $(CLUSTER) mmdebstrap
	@$(PYTEST) -m campaign --ignore tests/cluster --timeout 5400 -n 4 --dist worksteal
	@.ci/test-cluster -m campaign --timeout 5400
	@# What `make test` tries with the same values every time, so that a change fails of itself alone.
	@$(PYTEST) -m "hypothesis and not campaign" --hypothesis-profile default -n 4 --dist worksteal

bench: .venv/.synced ## Measure; writes docs/benchmarks.md
	@.ci/system-packages wrk $(IMAGES) $(CLUSTER) mmdebstrap || echo "not all programs are there, and none to be had: the page is not written" >&2
	@$(PY) -m tests.benchmarks

lab: .venv/.synced jupyter_modelship/labextension/.built ## Start JupyterLab with the extension and the demo notebooks
	@.ci/run-lab

screenshots: .venv/.synced jupyter_modelship/labextension/.built ## Take the pictures of docs/images again
	@.ci/system-packages $(BROWSER)
	@$(PYTEST) tests/ui/pictures_*.py

screenshots-cluster: .venv/.synced jupyter_modelship/labextension/.built ## Take those of a cluster again (root)
	@.ci/system-packages $(BROWSER) $(CLUSTER) mmdebstrap
	@.ci/with-cluster $(PYTEST) tests/cluster/target/pictures_*.py

docs: .venv/.synced ## Build the documentation, warnings as errors
	@.venv/bin/sphinx-build -W --keep-going -q docs docs/_build/html
	@echo "docs/_build/html/index.html"

format: .venv/.synced ## Format and fix what the linters can fix
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

clean: demo-stop ## Remove what the other targets made in this directory
	@rm -rf labextension/{node_modules,lib,.yarn,tsconfig.tsbuildinfo} jupyter_modelship/labextension
	@rm -rf .venv .demo .uv docs/_build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help demo demo-stop demo-image demo-cluster test lint-names lint-types collect lint-extension test-extension cluster cluster-down test-cluster campaign bench lab screenshots screenshots-cluster docs format clean
