# SPDX-License-Identifier: Apache-2.0

"""What is written into the configuration of haproxy, and removed again."""

from unittest import mock

import testtools

from octavia_resize.worker import haproxy

_MARK = '  # octavia-resize\n'
_CONFIGURATION = """\
global
    daemon

defaults
    option http-keep-alive

frontend of-http
    bind 198.51.100.5:443
{of_http}
frontend global
    bind 198.51.100.5:22
    mode tcp

backend of-http
    mode http
"""
_ORIGINAL = _CONFIGURATION.format(of_http='    mode http')
_OF_TCP = _ORIGINAL.replace('mode http', 'mode tcp')


def _add_global(configuration: str, line: str) -> str:
    return configuration.replace('global\n', f'global\n    {line}{_MARK}', 1)


def _add_to_frontend(*lines: str) -> str:
    added = ''.join(f'    {line}{_MARK}' for line in lines)
    return _CONFIGURATION.format(of_http=f'    mode http\n{added}'.rstrip())


class TestConfiguration(testtools.TestCase):
    def test_close_after_requests(self) -> None:
        """An old haproxy cannot end a connection of HTTP/2 after a request.

        An older one does not have the option for idle connections.
        """
        of_http = (
            'option idle-close-on-response',
            'http-after-response set-header Connection close '
            'unless { status 101 }',
        )
        expected = [
            _add_global(
                _add_to_frontend(*of_http), 'tune.h2.fe.max-total-streams 1'
            ),
            _add_to_frontend(*of_http, 'timeout http-keep-alive 1'),
            _add_to_frontend(of_http[1], 'timeout http-keep-alive 1'),
        ]
        for configuration in (_ORIGINAL, *expected):
            self.assertEqual(
                expected, haproxy.close_after_requests(configuration)
            )
        self.assertEqual([], haproxy.close_after_requests(_OF_TCP))

    def test_close_at_reload(self) -> None:
        """The agent does not announce what it does not find."""
        for configuration in (
            _ORIGINAL,
            _OF_TCP,
            haproxy.close_after_requests(_ORIGINAL)[0],
        ):
            closing = haproxy.close_at_reload(configuration)
            self.assertFalse(haproxy.closes_at_reload(configuration))
            self.assertTrue(haproxy.closes_at_reload(closing))
            self.assertEqual(
                _add_global(configuration, 'mworker-max-reloads 1').replace(
                    'bind', '"bind"'
                ),
                closing,
            )

    def test_restore(self) -> None:
        for original in (_ORIGINAL, _OF_TCP):
            for changed in (
                original,
                *haproxy.close_after_requests(original),
            ):
                self.assertEqual(original, haproxy.restore(changed))
                self.assertEqual(
                    original, haproxy.restore(haproxy.close_at_reload(changed))
                )

    def test_new_amphorae(self) -> None:
        """They answer what comes after a reload; the option stays."""
        for versions, expected in (
            (['2', '4'], _ORIGINAL),
            (
                ['2', '6'],
                _ORIGINAL.replace(
                    '443\n    mode http\n',
                    '443\n    mode http\n    option idle-close-on-response\n',
                ),
            ),
        ):
            driver = mock.Mock()
            driver.jinja_combo.build_config = mock.Mock(return_value=_ORIGINAL)
            haproxy.answer_when_stopped(driver)
            built = driver.jinja_combo.build_config(haproxy_versions=versions)
            self.assertEqual(expected, built)
            self.assertEqual(expected, haproxy.restore(built))
