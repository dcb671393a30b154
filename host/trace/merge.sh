#!/bin/sh
# Links the objects of the core into one, and renames the traced functions so that they begin with core_:
#
#   merge.sh OBJCOPY TRACER.h CORE.a OUTPUT.o CC...
#
# The functions are those of the list TRACED in TRACER.h.
set -eu
objcopy=$1 header=$2 core=$3 output=$4
shift 4
sed -n 's/^ *F(\(lina_[a-z_]*\)).*/\1 core_\1/p' "$header" >"$output.names"
"$@" -r -nostdlib -Wl,--whole-archive "$core" -o "$output.whole"
"$objcopy" --redefine-syms="$output.names" "$output.whole" "$output"
rm -f "$output.whole" "$output.names"
