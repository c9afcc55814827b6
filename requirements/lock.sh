#!/bin/sh
# Resolve pyproject.toml into pinned, hashed files that hold for every Python from 3.11 on and every platform.
set -eu
cd "$(dirname "$0")/.."

compile() {
    uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}
compile pyproject.toml -o requirements/runtime.txt
compile --group pyproject.toml:build -c requirements/runtime.txt -o requirements/build.txt
compile --group pyproject.toml:test -c requirements/runtime.txt -c requirements/build.txt -o requirements/test.txt
