# shellcheck shell=bash
# Runs the suites of script/test, two at a time. Prints a line for each when it has ended. Source it, list the
# suites in the order in which they should begin, then call run_suites, which fails if a suite has failed:
#
#   suite [--needs NAME] [--alone] SECONDS NAME COMMAND...
#       runs the command for at most this number of seconds. It begins when the suite that it needs has
#       passed. With --alone, it runs by itself, after all others.
#   skip NAME WHY
#       prints clearly that this machine cannot test a language
#
# It counts test cases if the command's output tells their number (script/count-tests.awk); otherwise the command
# counts as one. $LINA_TEST_LANES is how many suites run at a time. The array `only` has the words by which the
# user chose suites; if it is empty, all run.

# The arrays have one element for each suite. Its state is waiting, running, passed or failed.
names=() limits=() needs=() alone=() commands=() states=() pids=() starts=()
passed=0 failed=0 skipped=0
logs=$(mktemp -d)
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

# Ends the suites that still run. Each is a process group, which its `timeout` leads. If the signal comes in the
# instant in which `timeout` starts its command, `timeout` ends without sending it on, so it goes to the whole group.
# `timeout` kills the processes that remain after 10 s.
end_all() {
    local pid
    trap '' HUP INT TERM
    for pid in $(jobs -p); do
        kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || :
    done
    wait
    rm -rf "$logs"
}

wanted() { # wanted NAME: succeeds if the user asked for this suite, in upper or lower case
    local word
    # shellcheck disable=SC2154 # the user of this file sets it
    [ "${#only[@]}" != 0 ] || return 0
    for word in "${only[@]}"; do
        case ${1,,} in *"${word,,}"*) return 0 ;; esac
    done
    return 1
}

suite() {
    local need='' by_itself=''
    while :; do
        case $1 in
        --needs) need=$2 && shift 2 ;;
        --alone) by_itself=yes && shift ;;
        *) break ;;
        esac
    done
    limits+=("$1") names+=("$2") needs+=("$need") alone+=("$by_itself")
    shift 2
    commands+=("$(printf '%q ' "$@")") states+=(waiting)
}

# close NAME PASSED FAILED SKIPPED REMARK: adds a suite to the totals and prints its line
close() {
    local verdict=skip
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    [ "$2" = 0 ] || verdict=ok
    [ "$3" = 0 ] || verdict=FAIL
    printf '%-4s  %s: %d passed, %d failed, %d skipped%s\n' "$verdict" "$1" "$2" "$3" "$4" "${5:+ ($5)}"
}

skip() {
    wanted "$1" || return 0
    printf '\n**** %s is NOT TESTED: %s\n\n' "$1" "$2"
    if [ "${CI:-}" = true ]; then close "$1" 0 1 0; else close "$1" 0 0 1; fi
}

start() { # start INDEX: starts a suite in the background
    states[$1]=running starts[$1]=$SECONDS
    # A shell makes a command in the background ignore SIGINT, but tests of SIGINT need its default action.
    eval "exec env --default-signal=INT,QUIT,HUP timeout -k 10 ${limits[$1]} ${commands[$1]}" \
        >"$logs/$1" 2>&1 </dev/null &
    pids[$1]=$!
}

finish() { # finish INDEX STATUS
    local name=${names[$1]} status=$2 log=$logs/$1 took
    took="$((SECONDS - starts[$1])) s"
    case $status in 124 | 137) took="timed out after ${limits[$1]} s" ;; esac
    states[$1]=passed
    # shellcheck disable=SC2046 # three numbers
    set -- "$1" $(awk -f script/count-tests.awk "$log")
    [ "$2 $3 $4" != "0 0 0" ] || [ "$status" != 0 ] || set -- "$1" 1 0 0
    [ "$status" = 0 ] || [ "$3" != 0 ] || set -- "$1" "$2" 1 "$4"
    if [ "$3" != 0 ]; then
        states[$1]=failed
        printf -- '---- %s\n' "$name"
        cat "$log"
        printf -- '----\n'
    fi
    close "$name" "$2" "$3" "$4" "$took"
    tell_skipped "$log"
}

# tell_skipped LOG: prints why pytest left cases out, each reason once
tell_skipped() {
    awk '/^SKIPPED \[[0-9]+\] / {
        n = substr($2, 2) + 0
        sub(/^SKIPPED \[[0-9]+\] [^ ]+ /, "")
        cases[$0] += n
    }
    END { for (why in cases) printf "      %d skipped: %s\n", cases[why], why }' "$1"
}

index_of() { # index_of NAME: prints the suite's index
    local i
    for i in "${!names[@]}"; do
        [ "${names[i]}" != "$1" ] || { echo "$i" && return; }
    done
    echo "No suite is called '$1'" >&2
    exit 2
}

count() { # count STATE: prints how many suites have this state
    local i n=0
    for i in "${!states[@]}"; do
        [ "${states[i]}" != "$1" ] || n=$((n + 1))
    done
    echo $n
}

# Leaves out all suites that the user did not ask for, unless a suite that was asked for needs them.
choose() {
    local i need keep=()
    for i in "${!names[@]}"; do
        wanted "${names[i]}" || continue
        keep[i]=yes need=${needs[i]}
        while [ -n "$need" ]; do
            need=$(index_of "$need")
            keep[need]=yes need=${needs[need]}
        done
    done
    for i in "${!names[@]}"; do
        [ -n "${keep[i]:-}" ] || unset "names[i]" "states[i]"
    done
}

# Sets `next` to a suite that may begin now, or to nothing. Suites that run alone are the last.
find_next() {
    local i need lonely=''
    next=
    for i in "${!names[@]}"; do
        [ "${states[i]}" = waiting ] || continue
        need=${needs[i]}
        [ -z "$need" ] || case ${states[$(index_of "$need")]} in
            failed)
                states[i]=failed
                close "${names[i]}" 0 0 1 "not run: $need failed"
                continue
                ;;
            passed) ;;
            *) continue ;;
        esac
        if [ -z "${alone[i]}" ]; then
            next=$i
            return
        fi
        [ -n "$lonely" ] || lonely=$i
    done
    [ "$(count running)" != 0 ] || next=$lonely
}

# Waits until one of the running suites has ended.
reap() {
    local i pid status=0
    wait -n -p pid || status=$?
    for i in "${!names[@]}"; do
        [ "${states[i]}" != running ] || [ "${pids[i]}" != "$pid" ] || finish "$i" "$status"
    done
}

run_suites() {
    local next
    choose
    while :; do
        while [ "$(count running)" -lt "${LINA_TEST_LANES:-2}" ]; do
            find_next
            [ -n "$next" ] || break
            start "$next"
            [ -z "${alone[next]}" ] || break
        done
        [ "$(count running)" != 0 ] || break
        reap
    done
    if [ "$((passed + failed + skipped))" = 0 ]; then
        echo "No suite is called '${only[*]}'" >&2
        failed=1
    fi
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ]
}
