# shellcheck shell=sh
# The environment of a checkout, for the scripts beside this file and for
# people: source it from the top of the checkout (`. script/env.sh`). It decides
# once which Python and which Julia everything uses: the build, the tests, the
# demo, and the interpreters that Lina embeds.
#
#   LINA_DEPS    where script/setup puts what it makes for a checkout (.deps)
#   LINA_PYTHON  Python 3.11 or newer with its headers and a shared libpython
#   LINA_JULIA   Julia 1.5 or newer: the first of LINA_JULIAS, else julia on PATH, else
#                the one that script/setup unpacks
#   LINA_JULIAS  all that script/test runs in and embeds (script/julias), where there
#                are several: paths, separated by colons
#
# One that is set beforehand is kept.
#
# A program that embeds this Python links LINA_PYTHON's libpython and sets
# PyConfig.executable to LINA_PYTHON: from there Python finds its home and, where
# LINA_PYTHON belongs to a virtual environment, that environment's packages.

export LINA_DEPS="${LINA_DEPS:-$PWD/.deps}"

# `python3` on PATH if it can be embedded (sys.executable sees through shims),
# else Debian's.
if [ -z "${LINA_PYTHON:-}" ]; then
    LINA_PYTHON=$(python3 -c '
import os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
shared = sysconfig.get_config_var("Py_ENABLE_SHARED")
if sys.version_info < (3, 11) or not shared or not os.path.exists(header):
    sys.exit(1)
print(sys.executable)' 2>/dev/null) || LINA_PYTHON=/usr/bin/python3
fi
# Where it lacked packages, script/setup made a virtual environment from it.
if [ "$LINA_PYTHON" = "$(cat "$LINA_DEPS/venv/made-from" 2>/dev/null)" ]; then
    LINA_PYTHON=$LINA_DEPS/venv/bin/python
fi
export LINA_PYTHON

if [ -z "${LINA_JULIA:-}" ]; then
    if [ -n "${LINA_JULIAS:-}" ]; then
        LINA_JULIA=${LINA_JULIAS%%[: ]*}
    else
        LINA_JULIA=$(command -v julia) || LINA_JULIA=$LINA_DEPS/julia/bin/julia
    fi
fi
export LINA_JULIA
