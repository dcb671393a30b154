#!/bin/sh
# Makes an archive of the classes that a JDK loads to run a script from its source:
#   archive.sh TRAIN JDK_HOME SCRIPT.java OUTPUT
# The JVM maps the archive, which is faster than to load the classes one by one. The embedded JVM writes it when it
# ends, so its options fit. The output is empty if the JDK cannot do that.
#
# The version of the JDK ends the file. The plug-in looks for it, because a file that is cut short would crash the JVM
# of Java 17.
set -eu
rm -f "$4"
version=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$2/release")
# The compiler looks into the jars of the class path. Every JDK has this one. No class is loaded from it, so the archive
# fits any class path.
if LINA_JAVA=$2/bin/java CLASSPATH=$2/lib/jrt-fs.jar JAVA_TOOL_OPTIONS="-XX:ArchiveClassesAtExit=$4" \
    "$1" "$3" >"$4.log" 2>&1 && [ -s "$4" ]; then
    chmod u+w "$4"
    printf '\n%s\n' "$version" >>"$4"
else
    : >"$4"
fi
