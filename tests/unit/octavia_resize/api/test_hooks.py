# SPDX-License-Identifier: Apache-2.0

"""The body of a request, before Octavia parses it."""

from tests.unit.octavia_resize import topologies


class TestArguments(topologies.SingleTestCase):
    def test_given_twice(self) -> None:
        for method, arguments, name in (
            ('PUT', 'dry_run=true&dry_run=false', 'dry_run'),
            ('PUT', 'dry_run=true&dry_run=true', 'dry_run'),
            ('PUT', 'dry_run=true&dry%5frun=false', 'dry_run'),
            ('PUT', 'dry_run&dry_run=true', 'dry_run'),
            ('PUT', 'dry_run=true;dry_run=false', 'dry_run'),
            ('GET', 'x=1&x=2', 'x'),
            ('DELETE', 'cancel=true&cancel=false', 'cancel'),
            ('DELETE', 'cancel=true&id=1&id=2', 'id'),
        ):
            response = self.request(
                method,
                self.lb_id,
                {'new_flavor_id': self.large},
                arguments=arguments,
            )
            self.assert_fault(
                response,
                400,
                f"The argument '{name}' is given more than once. Nothing was "
                'changed.',
            )
        self.assertIsNone(self.get_resize(self.lb_id))


class TestBody(topologies.SingleTestCase):
    def test_body(self) -> None:
        self.set_resize_option('max_drain_seconds', 60)
        example = (
            'The request body must be a JSON object like '
            '{"new_flavor_id": "<flavor UUID>"}: '
        )
        not_json = 'it is not valid JSON.'
        no_object = 'it is not an object.'
        no_uuid = 'new_flavor_id is not the UUID of a flavor.'
        twice = 'a field is given twice.'
        uuid_ = self.large
        for body, reason in (
            (b'', not_json),
            (b'{', not_json),
            (b'\xff\xfe', not_json),
            (b'[' * 100_000, not_json),
            (b'<resize/>', not_json),
            (b'null', no_object),
            (b'[]', no_object),
            (b'"a"', no_object),
            (b'1', no_object),
            ({}, 'new_flavor_id is missing.'),
            ({'new_flavor_id': None}, no_uuid),
            ({'new_flavor_id': 1}, no_uuid),
            ({'new_flavor_id': True}, no_uuid),
            ({'new_flavor_id': []}, no_uuid),
            ({'new_flavor_id': {}}, no_uuid),
            ({'new_flavor_id': ''}, no_uuid),
            ({'new_flavor_id': 'large'}, no_uuid),
            ({'new_flavor_id': '\u00e9\0'}, no_uuid),
            ({'new_flavor': uuid_}, 'unknown field "new_flavor".'),
            ({'new_flavor_id': uuid_, 'x': 1}, 'unknown field "x".'),
            (b'{"new_flavor_id": 1, "new_flavor_id": 1}', twice),
            ({'new_flavor_id': uuid_, '': 1}, 'unknown field "".'),
        ):
            response = self.request('PUT', self.lb_id, body)
            self.assert_fault(response, 400, example + reason)
        for seconds in (-1, 61, 10**30, 2.5, True, '5', None, []):
            response = self.request(
                'PUT',
                self.lb_id,
                {'new_flavor_id': uuid_, 'drain_seconds': seconds},
            )
            self.assert_fault(
                response,
                400,
                'The drain of connections (drain_seconds) must be a whole '
                'number of seconds from 0 to 60, the most that this cloud '
                'allows.',
            )
        self.assertIsNone(self.get_resize(self.lb_id))

    def test_body_is_left_unread(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for method, status in (('GET', 200), ('DELETE', 409), ('POST', 405)):
            for content_type in ('text/plain', 'multipart/form-data'):
                response = self.request(
                    method, lb_id, b'?', **{'Content-Type': content_type}
                )
                self.assertEqual(status, response.status_int, response.text)
