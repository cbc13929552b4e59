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

"""Write to people, where there is somebody, whatever they can read."""

from collections.abc import Iterator
import contextlib
import io
import os
import shutil
import textwrap
from typing import TextIO


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person looks at a stream.

    :param stream: The stream, None for one that was closed from the start.
    :returns: True for a terminal.
    """
    with contextlib.suppress(OSError, ValueError):
        return stream is not None and stream.isatty()
    return False


def write_line(stream: TextIO | None, text: str) -> None:
    """Write a line, if that is possible: what was done is done either way.

    :param stream: The stream, None for one that was closed from the start.
    :param text: The line, without its end.
    """
    if stream is None:
        return
    encoding = getattr(stream, 'encoding', None) or 'utf-8'
    line = f'{text}\n'.encode(encoding, 'backslashreplace')
    with contextlib.suppress(OSError, ValueError):
        stream.write(line.decode(encoding))
        stream.flush()


def wrap(stream: TextIO | None, text: str) -> str:
    """Break sentences between words where a terminal ends.

    :param stream: Where they will be written.
    :param text: The sentences; each line stays one.
    :returns: The same, in more lines if the stream is a terminal.
    """
    if not is_terminal(stream):
        return text
    return '\n'.join(
        textwrap.fill(
            line,
            shutil.get_terminal_size().columns,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )


def or_nowhere(stream: TextIO | None) -> TextIO:
    """Give a stream that can be written to.

    :param stream: The stream, None for one that was closed from the start.
    :returns: The same; one that leads nowhere if that is closed.
    """
    if stream is None or stream.closed:
        return open(os.devnull, 'w', encoding='utf-8')
    return stream


@contextlib.contextmanager
def any_name_on(stream: TextIO) -> Iterator[None]:
    """Let a stream take names that its encoding can't write.

    :param stream: The stream.
    :returns: A context manager.
    """
    if not isinstance(stream, io.TextIOWrapper):
        yield
        return
    before = stream.errors
    stream.reconfigure(errors='backslashreplace')
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            stream.reconfigure(errors=before)
