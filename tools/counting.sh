# Sourced by the scripts that run tests with stestr.

passed=0
failed=0
# The steps that failed, as text.
broken=()
# How long each step took, as text.
took=()

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

# Run a script that counts tests itself, in its last line:
# counted <command> [<argument>...]
counted() {
    local result status
    # Not into /dev/stderr: where that is a file, it would begin anew.
    result=$(
        set -o pipefail
        "$@" | tee >(cat >&2) | tail -n 1
    )
    status=$?
    if [[ $result =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] &&
        [ "${BASH_REMATCH[1]}" -gt 0 ]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        broken+=("$1: no tests")
    fi
    return $status
}

# Say how it went, and exit: with 0 only if there were tests, all passed, and
# nothing is broken.
finish() {
    echo
    [ ${#took[@]} -eq 0 ] || printf '%s\n' "${took[@]}"
    if [ ${#broken[@]} -gt 0 ]; then
        printf 'Failed: %s\n' "${broken[@]}"
    fi
    echo "$passed passed, $failed failed"
    [ ${#broken[@]} -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}
