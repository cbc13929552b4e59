# Sourced by the scripts that run tests with stestr.

# Count the tests that the last run recorded in a directory: sets ran and ok.
# A skipped test is one that did not pass.
count_tests() {
    local stats
    stats=$(stestr --repo-url "$1" last --subunit | subunit-stats)
    ran=$(awk '/^Total tests:/ { print $3 }' <<< "$stats")
    ok=$(awk '/^Passed tests:/ { print $3 }' <<< "$stats")
    ran=${ran:-0}
    ok=${ok:-0}
}
