#!/bin/sh
# Make the virtual environment $1 with the first Python that is new enough.
set -eu

for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if ! problem=$("$candidate" -m venv "$1" 2>&1); then
            rm -rf "$1"
            echo "✗ $candidate cannot make a virtual environment:" >&2
            echo "$problem" >&2
            echo "  On Debian and Ubuntu: apt-get install python3-venv" >&2
            exit 1
        fi
        exit 0
    fi
done

echo "✗ Holdfast needs Python 3.11 or newer; here is $(python3 --version 2>/dev/null || echo no python3 at all)." >&2
echo "  Install one (https://www.python.org/downloads/) and name it: make PYTHON=/path/to/python3.12 run" >&2
exit 1
