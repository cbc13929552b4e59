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

"""Tables as the documentation has them."""

from collections.abc import Sequence


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int] = (),
) -> str:
    """Return a reStructuredText table.

    :param widths: Of the columns, in percent; by default what is in them.
    """
    lines = ['.. list-table::', '   :header-rows: 1']
    if widths:
        lines.append(f'   :widths: {" ".join(map(str, widths))}')
    lines.append('')
    for row in (header, *rows):
        for number, cell in enumerate(row):
            lines.append(f'   {"  " if number else "* "}- {cell}'.rstrip())
    return '\n'.join(lines) + '\n'
