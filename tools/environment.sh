# Sourced by the scripts beside it, with the extras of setup.cfg that
# they need: makes .venv under the checkout, installs the project into it,
# and puts it first on PATH. Nothing but the caches of pip and uv is written
# outside the checkout.

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$python is not a Python 3.11 or newer. Name one in PYTHON:" \
        "PYTHON=python3.12 $0" >&2
    return 1
fi

mkdir -p .venv/tmp
export TMPDIR=$PWD/.venv/tmp

# pbr takes the version from git, which a copy may lack and which git refuses
# to return for a checkout of another user.
git rev-parse --git-dir > /dev/null 2>&1 || export PBR_VERSION=0.0.0

if ! [ -x .venv/bin/pip ] && ! "$python" -m venv .venv; then
    echo "$python cannot make a virtual environment. On Debian and Ubuntu" \
        "its package python3-venv is needed for that." >&2
    return 1
fi
# stestr would run the tests with it.
unset PYTHON

# .venv/installed has a checksum of the files it was made for, and its extras.
wanted=$(cat setup.cfg requirements.txt tools/constraints.txt | sha256sum)
if [ "$(head -n 1 .venv/installed 2> /dev/null)" != "$wanted" ]; then
    echo "$wanted" > .venv/installed
fi
# Install into an environment: install_into <environment> <argument of pip
# install>...
install_into() {
    # uv takes a tenth of pip's time, but does not read pip's configuration,
    # which may name another index.
    .venv/bin/uv pip install --quiet --python "$1/bin/python" "${@:2}" ||
        .venv/bin/pip --python "$1/bin/python" install --quiet --quiet \
            --no-compile "${@:2}"
}

export PIP_DISABLE_PIP_VERSION_CHECK=1
extras=$(tr , '\n' <<< "$1")
if grep -vxFf .venv/installed <<< "$extras" > /dev/null; then
    echo "Installing into $PWD/.venv: about a hundred packages, the first" \
        "time" >&2
    .venv/bin/pip install --quiet --quiet --constraint tools/constraints.txt \
        uv &&
        install_into .venv --constraint tools/constraints.txt \
            --editable ".[$1]" || return 1
    # Amphorae could not keep what each of them would compile at its start.
    .venv/bin/python -m compileall -q -j 2 .venv/lib > /dev/null
    echo "$extras" >> .venv/installed
fi

# pip's cache and uv's are the only things worth sharing.
cache=${XDG_CACHE_HOME:-$HOME/.cache}
export PIP_CACHE_DIR=${PIP_CACHE_DIR:-$cache/pip}
export UV_CACHE_DIR=${UV_CACHE_DIR:-$cache/uv}
export XDG_CACHE_HOME=$PWD/.venv/cache
export PATH=$PWD/.venv/bin:$PATH
