# SPDX-License-Identifier: Apache-2.0
import testtools
import webob

from resize_sandbox.dataplane import api


class TestRefuseListeners(testtools.TestCase):
    def test_protocol(self) -> None:
        application = api.refuse_listeners(webob.Response(status=201))
        for protocol, status in (
            ('UDP', 501),
            ('HTTP', 201),
            # Octavia refuses the others.
            ([], 201),
            ({'UDP': 1}, 201),
            (None, 201),
        ):
            for body in (
                {'listener': {'protocol': protocol}},
                {'loadbalancer': {'listeners': [{'protocol': protocol}]}},
            ):
                request = webob.Request.blank('/', method='POST', json=body)
                response = request.get_response(application)
                self.assertEqual(status, response.status_int, protocol)
