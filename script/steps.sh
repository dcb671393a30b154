# shellcheck shell=sh
# Shows the progress of long work, step by step. Source it, then:
#
#   step WHAT COMMAND...    runs the command and prints one line: WHAT, and the seconds that it took
#
# If the command fails, its output is shown and the script ends. On a terminal, the line has a bar if the
# output tells how far the command is: Ninja's [3/40], or apt's status lines.

# percent LOG: prints how much is done, or nothing if the log does not tell. apt first downloads, then unpacks.
percent() {
    tail -c 4000 "$1" 2>/dev/null | tr '\r' '\n' | awk '
        match($0, /^\[[0-9]+\/[0-9]+\]/) { split(substr($0, 2), n, /[\/\]]/); done = 100 * n[1] / n[2] }
        /^dlstatus:/ { split($0, field, ":"); done = field[3] / 2 }
        /^pmstatus:/ { split($0, field, ":"); done = 50 + field[3] / 2 }
        END { if (done != "") printf "%d", done }'
}

# draw WHAT LOG: redraws the line of a step until it is killed, or until the script has ended.
draw() {
    drawn_since=$(date +%s)
    while kill -0 $$ 2>/dev/null; do
        done=$(percent "$2")
        bar=
        if [ -n "$done" ]; then
            bar=$(printf '%*s' "$((done / 5))" '' | tr ' ' '#')
            bar=$(printf ' [%-20s]' "$bar")
        fi
        printf '\r\033[K%s%s %s s' "$1" "$bar" "$(($(date +%s) - drawn_since))"
        sleep 0.3
    done
}

step() {
    step_what=$1
    shift
    step_begun=$(date +%s) step_status=0 step_drawer=
    step_log=$(mktemp)
    if [ -t 1 ]; then
        draw "$step_what" "$step_log" &
        step_drawer=$!
    else
        printf '%s' "$step_what"
    fi
    "$@" >"$step_log" 2>&1 </dev/null || step_status=$?
    if [ -n "$step_drawer" ]; then
        kill "$step_drawer" 2>/dev/null
        wait "$step_drawer" 2>/dev/null || :
        printf '\r\033[K%s' "$step_what"
    fi
    step_took="$(($(date +%s) - step_begun)) s"
    if [ "$step_status" != 0 ]; then
        printf ': failed after %s\n' "$step_took"
        cat "$step_log" >&2
        rm -f "$step_log"
        exit 1
    fi
    printf ': %s\n' "$step_took"
    rm -f "$step_log"
}
