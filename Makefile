# Python 3.11+ and nothing else is needed; everything lands in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The environment of training and lmms-eval. torch comes from where pip looks, which on Linux is a CUDA build; TORCH_INDEX names
# another index for it, as https://pytorch.org/get-started/locally lists them, and TORCH another version:
#   make setup-train TORCH=torch==2.13.0 TORCH_INDEX=ADDRESS
VENV_TRAIN ?= .venv-train
BIN_TRAIN := $(VENV_TRAIN)/bin
TORCH ?= torch==2.13.0
LMMS_EVAL := lmms-eval==0.7.3

N ?= 10
WEB ?= demo

.PHONY: setup setup-train demo test test-train lint docs chaos clean

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make setup PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --editable .
	@touch $@

setup-train: $(VENV_TRAIN)/ready

# lmms-eval comes without what it names: 6.9 GB with torchvision, of which it imports little (see the group `train`)
$(VENV_TRAIN)/ready: pyproject.toml constraints-train.txt
	test -x $(BIN_TRAIN)/python || $(PYTHON) -m venv $(VENV_TRAIN)
	$(BIN_TRAIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN_TRAIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) '$(TORCH)'
	DS_BUILD_OPS=0 $(BIN_TRAIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints-train.txt --group train
	$(BIN_TRAIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints-train.txt --no-deps $(LMMS_EVAL)
	@touch $@

demo: setup
	$(BIN)/vwi demo

test: setup
	$(BIN)/python -m pytest -n auto

# first what runs inside that environment, then what starts it from outside
test-train: setup setup-train
	PYTHONPATH=$(CURDIR) OMP_NUM_THREADS=1 $(BIN_TRAIN)/python -m pytest -n auto tests/training
	VWI_TRAIN_PYTHON=$(abspath $(BIN_TRAIN)/python) $(BIN)/python -m pytest -n auto -m train

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# what is written of the code itself: the guide to tables
docs: setup
	$(BIN)/vwi describe --format markdown > docs/guides/tables.md

# kills workers, PostgreSQL, the S3 and the Prefect server N times in all and compares: make chaos N=100 WEB=saved/
chaos: setup
	$(BIN)/python benchmarks/chaos.py --kills $(N) --web $(WEB)

clean:
	rm -rf $(VENV) $(VENV_TRAIN) lake-demo export-demo dist
