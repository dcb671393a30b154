#!/bin/sh
# Makes a C string of a driver's text:   text.sh NAME INPUT OUTPUT
set -eu
{
    echo "static const char $1[] ="
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$2"
    echo ";"
} >"$3"
