# SPDX-License-Identifier: Apache-2.0

"""Configuration files in oslo.config's INI format."""

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

Value = str | int | bool | Path | Sequence[str]
Sections = Mapping[str, Mapping[str, Value]]


def render(sections: Sections) -> str:
    """Render options as an INI file that oslo.config reads back unchanged.

    :param sections: values by section and option name. A sequence becomes a
        comma separated list.
    :returns: the text of the file.
    """
    blocks = []
    for section, options in sections.items():
        lines = [f'[{section}]']
        lines += [f'{name} = {_value(v)}' for name, v in options.items()]
        blocks.append('\n'.join(lines) + '\n')
    return '\n'.join(blocks)


def _value(value: Value) -> str:
    if isinstance(value, str | int | bool | Path):
        text = str(value)
    else:
        text = ','.join(value)
    # oslo.config substitutes $name.
    return text.replace('$', '$$')
