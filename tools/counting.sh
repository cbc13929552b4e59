# Sourced by the scripts that run tests with stestr.

passed=0
failed=0
# The steps that failed, as text.
broken=()
# How long each step took, as text.
took=()
# A file with the last lines of what failed, for the end: that of the script
# that was started first, as CI shows only the end of its output.
if [ -z "${RESIZE_FAILURES-}" ]; then
    RESIZE_FAILURES=$(mktemp)
    export RESIZE_FAILURES
    prints_failures=yes
else
    prints_failures=no
fi

# Note the last lines of what failed: note_failure <name> <file>
note_failure() {
    {
        echo "- $1"
        tail -n 15 "$2" | cut -c 1-200 | sed 's/^/    /'
    } >> "$RESIZE_FAILURES"
}

# Run tests: run_tests <directory> [<argument of stestr run>...]
# Returns what stestr does: 0 only if none has failed.
run_tests() {
    local record status
    # A new record, so that an earlier run is never counted for this one.
    record=$(mktemp -d)
    stestr --repo-url "$record" init
    stestr --repo-url "$record" --test-path "$1" run "${@:2}"
    status=$?
    count_tests "$1" "$record"
    rm -rf "$record"
    return $status
}

# Count the tests of the last run: count_tests <name> <directory of its record>
# A skipped test is one that did not pass.
count_tests() {
    local stats ran ok
    stats=$(stestr --repo-url "$2" last --subunit | subunit-stats)
    ran=$(awk '/^Total tests:/ { print $3 }' <<< "$stats")
    ok=$(awk '/^Passed tests:/ { print $3 }' <<< "$stats")
    [ "${ran:-0}" -gt 0 ] || broken+=("$1: no tests")
    passed=$((passed + ${ok:-0}))
    failed=$((failed + ${ran:-0} - ${ok:-0}))
    [ "${ran:-0}" = "${ok:-0}" ] ||
        stestr --repo-url "$2" last --subunit |
        python "$(dirname "${BASH_SOURCE[0]}")/failed_tests.py" \
            >> "$RESIZE_FAILURES"
}

# Do one step, and note how long it took and whether it succeeded:
# step <name> <command> [<argument>...]
step() {
    local began=$SECONDS status
    printf '\n== %s: %s\n' "$1" "${*:2}"
    "${@:2}"
    status=$?
    [ $status -eq 0 ] || broken+=("$1")
    took+=("$(printf '%5d s  %s' $((SECONDS - began)) "$1")")
    return $status
}

# Run a check that counts nothing: checked <command> [<argument>...]
checked() {
    local status output
    output=$(mktemp)
    "$@" 2>&1 | tee "$output"
    status=${PIPESTATUS[0]}
    [ "$status" -eq 0 ] || note_failure "$*" "$output"
    rm -f "$output"
    return "$status"
}

# Run a script that counts tests itself, in its last line:
# counted <command> [<argument>...]
counted() {
    local result status output
    output=$(mktemp)
    "$@" | tee "$output"
    status=${PIPESTATUS[0]}
    result=$(tail -n 1 "$output")
    if [[ $result =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] &&
        [ "${BASH_REMATCH[1]}" -gt 0 ]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        broken+=("$1: no tests")
        note_failure "$1" "$output"
    fi
    rm -f "$output"
    return $status
}

# Say how it went, and exit: with 0 only if there were tests, all passed, and
# nothing is broken.
finish() {
    if [ $prints_failures = yes ]; then
        if [ -s "$RESIZE_FAILURES" ]; then
            printf '\n== What failed, and its last lines\n'
            tail -n 100 "$RESIZE_FAILURES"
        fi
        rm -f "$RESIZE_FAILURES"
    fi
    echo
    [ ${#took[@]} -eq 0 ] || printf '%s\n' "${took[@]}"
    if [ ${#broken[@]} -gt 0 ]; then
        printf 'Failed: %s\n' "${broken[@]}"
    fi
    echo "$passed passed, $failed failed"
    [ ${#broken[@]} -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}
