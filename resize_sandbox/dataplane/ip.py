# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.
"""The ip command."""

import subprocess


def ip(*arguments: str, namespace: str | None = None) -> str:
    """Run ip, in a network namespace if one is named.

    :returns: what it prints.
    :raises RuntimeError: It has failed: with its own words.
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
