#!/usr/bin/env bash
# Everything that is to be known of a GPU, in one command that ends in time:
#
#     tests/benchmarks/on_gpu.sh SECONDS FILE.json [WHEELS]
#
# Runs the CUDA tests, then the benchmarks, most wanted first, and writes what each printed and how
# long it took. What the time did not allow is named in the file. WHEELS is a folder of wheels to
# install where nothing can be fetched. DEVICE=cpu tries the whole on a machine without a GPU.
set -euo pipefail
seconds=${1:?how many seconds it may take}
file=${2:?where to write the JSON}
wheels=${3:-}
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
if [ -n "$wheels" ]; then
    site=$(mktemp -d)
    "$python" -m pip install --quiet --no-index --no-deps --no-compile --target "$site" "$wheels"/*.whl
    export PYTHONPATH="$site${PYTHONPATH:+:$PYTHONPATH}"
fi
exec "$python" tests/benchmarks/on_gpu.py "$seconds" "$file" --device "${DEVICE:-cuda}"
