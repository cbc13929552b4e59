# SPDX-License-Identifier: Apache-2.0


"""The examples in docstrings."""

from collections.abc import Iterator
import importlib
import inspect
import pkgutil
import textwrap
import types
from typing import Any

_BEGIN = '.. code-block:: python\n'


def examples(package: types.ModuleType) -> Iterator[tuple[str, str]]:
    """Return the name of what has an example in its docstring, and that.

    :param package: where to search, in all its modules.
    """
    for found in pkgutil.walk_packages(
        package.__path__, f'{package.__name__}.'
    ):
        module = importlib.import_module(found.name)
        for name, documented in _documented(module):
            text = inspect.getdoc(documented) or ''
            for example in text.split(_BEGIN)[1:]:
                lines = []
                for line in example.splitlines():
                    if line and not line.startswith(' '):
                        break
                    lines.append(line)
                yield f'{module.__name__}.{name}', _dedent(lines)


def _documented(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in inspect.getmembers(module):
        if getattr(value, '__module__', None) != module.__name__:
            continue
        yield name, value
        if inspect.isclass(value):
            for method, function in vars(value).items():
                if inspect.isfunction(function):
                    yield f'{name}.{method}', function


def _dedent(lines: list[str]) -> str:
    return textwrap.dedent('\n'.join(lines))
