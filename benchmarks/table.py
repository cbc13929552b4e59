# SPDX-License-Identifier: Apache-2.0

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
