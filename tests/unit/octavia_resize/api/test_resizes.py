# SPDX-License-Identifier: Apache-2.0

"""The list of resizes, with Octavia's query conventions."""

from typing import Any
from urllib import parse

import webob

from tests.unit.octavia_resize import base


class TestResizes(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        self.ids = []
        for flavor_id in (self.large, self.large, self.broken):
            lb_id = self.create_load_balancer(self.small)
            self.resize(lb_id, flavor_id)
            self.ids.append(self.get_resize(lb_id).id)
        self.fail_resize(lb_id, 'No room', 'host-1')

    def _send(self, arguments: str = '', **kwargs: Any) -> webob.Response:
        return self.build_request(
            'GET', f'/v2.0/lbaas/resizes?{arguments}', **kwargs
        ).get_response(self.application)

    def _list(self, arguments: str = '', **kwargs: Any) -> list[str]:
        response = self._send(arguments, **kwargs)
        self.assertEqual(200, response.status_int, response.text)
        return [resize['id'] for resize in response.json['resizes']]

    def test_what_is_shown(self) -> None:
        *_, failed = self._send().json['resizes']
        self.assertEqual(
            ('web', 'resize', 'FAILED', None, self.broken, 'No room'),
            (
                failed['loadbalancer_name'],
                failed['operation'],
                failed['state'],
                failed['phase'],
                failed['new_flavor_name'],
                failed['reason'],
            ),
        )
        self.assertNotIn('detail', failed)

    def test_filters(self) -> None:
        first, second, failed = self.ids
        for arguments, ids in (
            ('', self.ids),
            ('state=FAILED', [failed]),
            ('state=QUEUED&state=FAILED', self.ids),
            ('operation=rebuild', []),
            (f'new_flavor_id={self.large}', [first, second]),
            (f'project_id={base.PROJECT_ID}', self.ids),
        ):
            self.assertEqual(ids, self._list(arguments), arguments)
        self.assertEqual(
            [{'id': failed}],
            self._send('fields=id&state=FAILED').json['resizes'],
        )

    def test_given_twice(self) -> None:
        for name in ('limit', 'marker', 'page_reverse', 'project_id'):
            self.assert_fault(
                self._send(f'{name}=1&{name}=2'),
                400,
                f"The argument '{name}' is given more than once. Nothing was "
                'changed.',
            )

    def test_pages(self) -> None:
        """Each link leads to the next page, and back, with the filters."""
        arguments, seen = f'limit=1&project_id={base.PROJECT_ID}', []
        while arguments:
            response = self._send(arguments).json
            seen += [resize['id'] for resize in response['resizes']]
            links = {
                link['rel']: parse.urlsplit(link['href'])
                for link in response['resizes_links']
            }
            arguments = links['next'].query if 'next' in links else ''
            if len(seen) == 2:
                self.assertEqual(seen[:1], self._list(links['previous'].query))
                self.assertEqual('/v2.0/lbaas/resizes', links['next'].path)
        self.assertEqual(self.ids, seen)

    def test_rights(self) -> None:
        """A tenant sees the own project's, an administrator all."""
        other = {'project_id': base.OTHER_PROJECT_ID}
        self.assertEqual([], self._list(**other))
        self.assertEqual(self.ids, self._list(roles='admin', **other))
        self.assertEqual(403, self._send(roles='nobody').status_int)
        self.assertEqual(
            403,
            self._send(f'project_id={base.PROJECT_ID}', **other).status_int,
        )

    def test_refusals(self) -> None:
        for arguments in ('color=red', 'marker=none', 'limit=many'):
            self.assertEqual(400, self._send(arguments).status_int, arguments)
