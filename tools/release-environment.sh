# Sourced by the scripts that test other releases of Octavia.

python=${PYTHON:-python3}
# stestr would run the tests with it.
unset PYTHON
git rev-parse --git-dir > /dev/null 2>&1 || export PBR_VERSION=0.0.0

# Print the releases of Octavia that octavia_resize runs on.
all_releases() {
    ls tools/constraints-octavia-*.txt | tr -dc '0-9\n'
}

# Make the environment of a release, with the versions of its own OpenStack
# release, and set $environment to it: make_environment <release> <package>...
make_environment() {
    environment=$PWD/.venv/octavia-$1
    mkdir -p .venv
    [ -x "$environment/bin/pip" ] || "$python" -m venv "$environment" &&
        "$environment/bin/pip" install --quiet --disable-pip-version-check \
            --constraint "tools/constraints-octavia-$1.txt" \
            --editable '.[sandbox]' "octavia~=$1.0" "${@:2}"
}

sandboxes=()
# Start a sandbox of the environment in a directory of its own, which
# $RESIZE_SANDBOX_DIR names: start_sandbox [<argument of resize-sandbox up>...]
start_sandbox() {
    RESIZE_SANDBOX_DIR=$(mktemp -d)
    export RESIZE_SANDBOX_DIR
    sandboxes+=("$RESIZE_SANDBOX_DIR")
    "$environment/bin/resize-sandbox" up "$@" > /dev/null
}
stop_sandboxes() {
    local directory
    for directory in "${sandboxes[@]}"; do
        "$environment/bin/resize-sandbox" down --state-dir "$directory"
        rm -rf "$directory"
    done
    sandboxes=()
}
trap stop_sandboxes EXIT
trap 'exit 130' INT TERM
