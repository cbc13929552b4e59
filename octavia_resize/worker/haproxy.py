# SPDX-License-Identifier: Apache-2.0

"""How haproxy ends connections: changes to a configuration of Octavia's.

What is added to the configuration of an old amphora is marked, so that it can
be removed again by whoever rolls the resize back.
"""

from collections.abc import Mapping
import re
from typing import Any

_MARK = '  # octavia-resize'
_BIND = re.compile(r'^(\s*)bind\b', re.MULTILINE)
_QUOTED_BIND = re.compile(r'^(\s*)"bind"', re.MULTILINE)
#: A process that is reloaded or stopped closes an idle connection at once,
#: which a request may be on the way to. With this option the process answers
#: that request, and closes the connection then.
_IDLE_CLOSE = 'option idle-close-on-response'
#: The first version that is known to have the option.
_IDLE_CLOSE_VERSION = (2, 6)
#: An answer with which a client changes the protocol keeps the connection.
_CLOSE = (
    'http-after-response set-header Connection close unless { status 101 }'
)
#: HTTP/2 has no such header. From haproxy 2.9 on a connection can be ended
#: after one request; before, one that is idle can.
_CLOSE_HTTP2 = 'tune.h2.fe.max-total-streams 1'
_CLOSE_IDLE_HTTP2 = 'timeout http-keep-alive 1'
_CLOSE_AT_RELOAD = 'mworker-max-reloads 1'


def answer_when_stopped(driver: Any) -> None:
    """Have amphorae close connections without loss when haproxy is reloaded.

    That concerns what Octavia's driver uploads from now on. The next resize
    of the load balancer, or the next change of a listener, then loses no
    request on a connection that is kept.

    :param driver: Octavia's driver of amphorae.
    """
    templater = getattr(driver, 'jinja_combo', None)
    # The drivers for tests have none.
    if templater is None:
        return
    build_config = templater.build_config

    def build(*args: Any, haproxy_versions: list[str], **kwargs: Any) -> str:
        configuration: str = build_config(
            *args, haproxy_versions=haproxy_versions, **kwargs
        )
        if tuple(map(int, haproxy_versions)) < _IDLE_CLOSE_VERSION:
            return configuration
        return _add(configuration, {'frontend': [_IDLE_CLOSE]}, mark='')

    templater.build_config = build


def close_after_requests(configuration: str) -> list[str]:
    """Have each connection of HTTP closed after its next request.

    The response says so to the client. TCP has no such message.

    :param configuration: That of an old amphora.
    :returns: The configurations to try, the best first: an agent refuses one
        that its haproxy does not know. Empty without a listener of HTTP.
    """
    original = restore(configuration)
    additions: list[Mapping[str, list[str]]] = [
        {'global': [_CLOSE_HTTP2], 'frontend': [_IDLE_CLOSE, _CLOSE]},
        {'frontend': [_IDLE_CLOSE, _CLOSE, _CLOSE_IDLE_HTTP2]},
        # Before haproxy 2.4 what the option does was the default.
        {'frontend': [_CLOSE, _CLOSE_IDLE_HTTP2]},
    ]
    closing = [_add(original, lines) for lines in additions]
    return [] if closing[-1] == original else closing


def close_at_reload(configuration: str) -> str:
    """Have the second of two reloads close what is open now.

    A process that has been reloaded would keep its connections: here it may
    outlive one reload, after which it answers the requests in progress. The
    agent announces the addresses of lines that begin with bind when it
    reloads, which would draw clients back to an old amphora.

    :param configuration: That of an old amphora.
    """
    return _BIND.sub(
        r'\1"bind"', _add(configuration, {'global': [_CLOSE_AT_RELOAD]})
    )


def closes_at_reload(configuration: str) -> bool:
    """Return whether :func:`close_at_reload` made a configuration."""
    return _CLOSE_AT_RELOAD + _MARK in configuration


def restore(configuration: str) -> str:
    """Return the configuration as Octavia has made it."""
    return _QUOTED_BIND.sub(
        r'\1bind',
        ''.join(
            line
            for line in configuration.splitlines(keepends=True)
            if not line.rstrip().endswith(_MARK)
        ),
    )


def _add(
    configuration: str, additions: Mapping[str, list[str]], mark: str = _MARK
) -> str:
    """Add lines to sections.

    :param additions: Lines by the keyword of their section. To a frontend
        they are added only if it is one of HTTP.
    """
    lines: list[str] = []
    section = ''
    for line in configuration.splitlines(keepends=True):
        lines.append(line)
        keywords = line.split()
        is_first = bool(keywords) and not line[0].isspace()
        if is_first:
            section = keywords[0]
        if keywords == ['mode', 'http'] or (
            is_first and section != 'frontend'
        ):
            lines += [
                f'    {added}{mark}\n' for added in additions.get(section, ())
            ]
    return ''.join(lines)
