# SPDX-License-Identifier: Apache-2.0
"""The ip command."""

import subprocess


def ip(*arguments: str, namespace: str | None = None) -> str:
    """Run ip, in a network namespace if one is named.

    :returns: what it prints.
    :raises RuntimeError: ip has failed; the message has its stderr.
    """
    where = ('-n', namespace) if namespace else ()
    finished = subprocess.run(
        ['ip', *where, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if finished.returncode:
        raise RuntimeError(
            f'ip {" ".join([*where, *arguments])}: {finished.stderr.strip()}'
        )
    return finished.stdout


def ip_if_there(*arguments: str, namespace: str | None = None) -> None:
    """Run ip on what may be gone already."""
    try:
        ip(*arguments, namespace=namespace)
    except RuntimeError:
        pass
