#!/bin/sh
# Makes a C array of a compiled Java class:   class.sh JAVAC NAME INPUT.java OUTPUT.h FOLDER
# INPUT.java must compile to a single class, because the plug-in defines only one. Without stringConcat=inline, the JVM
# would link each "+" of strings when it starts.
set -eu
rm -rf "$5"
mkdir -p "$5"
"$1" -encoding UTF-8 --release 17 -XDstringConcat=inline -Xlint:all -Werror -d "$5" "$3"
{
    echo "static const unsigned char $2[] = {"
    find "$5" -name '*.class' -exec od -An -v -tu1 {} + | sed -e 's/\([0-9]\)\b/\1,/g'
    echo "};"
} >"$4"
