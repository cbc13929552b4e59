# SPDX-License-Identifier: Apache-2.0
import testtools

from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize
from tests.unit.load_balancers import RESIZE_URL
from tests.unit.load_balancers import WEB
from tests.unit.sdk.load_balancer import load_balancers


class TestRequests(load_balancers.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.web = _load_balancer.LoadBalancer.existing(**WEB)

    def test_cancel(self) -> None:
        # Without the argument, Octavia without the resize API would delete
        # the load balancer.
        self.cloud.requests.delete(RESIZE_URL, status_code=202)
        for resize_id, query in ((None, ''), ('7', '&id=7')):
            seen = _resize.LoadBalancerResize.existing(id=resize_id)
            self.web.cancel_resize(self.proxy, seen)
            self.assertEqual(
                f'DELETE {RESIZE_URL}?cancel=true{query}',
                self.cloud.requested()[-1],
            )


class TestTexts(testtools.TestCase):
    def test_label(self) -> None:
        for name, label in (('web', 'web (123)'), ('', '123'), (None, '123')):
            found = _load_balancer.LoadBalancer(id='123', name=name)
            self.assertEqual(
                f'Load balancer {label}', _load_balancer.label(found)
            )
            self.assertEqual(
                f'load balancer {label}',
                _load_balancer.label(found, start=False),
            )

    def test_with_flavor(self) -> None:
        self.assertEqual(
            ['with flavor small', 'with no flavor'],
            [_load_balancer.with_flavor(name) for name in ('small', None)],
        )
