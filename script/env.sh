# shellcheck shell=sh
# The environment of a checkout. The scripts beside this file source it, and people can
# source it from the top of the checkout (`. script/env.sh`). It chooses the Python and the
# Julia that everything uses: the build, the tests, the demo, and the interpreters that Lina
# embeds.
#
#   LINA_DEPS    the folder for what script/setup makes for a checkout (.deps)
#   LINA_PYTHON  Python 3.11 or newer with its headers and a shared libpython
#   LINA_JULIA   Julia 1.5 or newer: the first of LINA_JULIAS, else julia on PATH, else
#                the one that script/setup unpacks
#   LINA_JULIAS  if there are several: all Julias in which script/test runs and that it
#                embeds (script/julias); paths, separated by colons
#
# A variable that is already set keeps its value.
#
# A program that embeds this Python links LINA_PYTHON's libpython and sets
# PyConfig.executable to LINA_PYTHON: from there Python finds its home and, where
# LINA_PYTHON belongs to a virtual environment, that environment's packages.

export LINA_DEPS="${LINA_DEPS:-$PWD/.deps}"

# `python3` on PATH if it can be embedded, else Debian's. sys.executable gives the real
# program if `python3` is a shim.
if [ -z "${LINA_PYTHON:-}" ]; then
    LINA_PYTHON=$(python3 -c '
import os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
shared = sysconfig.get_config_var("Py_ENABLE_SHARED")
if sys.version_info < (3, 11) or not shared or not os.path.exists(header):
    sys.exit(1)
print(sys.executable)' 2>/dev/null) || LINA_PYTHON=/usr/bin/python3
fi
# If it lacked packages, script/setup has made a virtual environment from it.
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
