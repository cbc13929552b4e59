# SPDX-License-Identifier: Apache-2.0
"""The messages about many load balancers, once."""

from typing import Any

from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.osc import load_balancer_rollout_messages as messages
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.load_balancer.outcome import ResizeFailure
from resize_client.sdk.outcome import Result
from tests.unit.osc import written


def _failed(name: str, **fields: Any) -> Outcome:
    return Outcome(
        name,
        **{
            'result': Result.FAILED,
            'before': _load_balancer(name, 'ACTIVE'),
            'load_balancer': _load_balancer(name, 'ERROR'),
            'previous_flavor': 'small',
            'previous_flavor_id': 'small-id',
            'error': ResizeFailure('It failed'),
            'is_recorded': True,
            **fields,
        },
    )


def _load_balancer(name: str, status: str) -> _lb.LoadBalancer:
    return _lb.LoadBalancer.existing(
        id=f'{name}-id', name=name, provisioning_status=status
    )


class TestSelected(written.TestCase):
    def test_selected(self) -> None:
        self.check(
            lambda count: messages.selected(count, '--tags old'),
            {str(count): count for count in (0, 1, 2)},
            """
            0:
                No load balancer matches --tags old: nothing to do
            1:
                1 load balancer matches --tags old
            2:
                2 load balancers match --tags old
            """,
        )


class TestSummary(written.TestCase):
    def test_way_back(self) -> None:
        done = Outcome('done', result=Result.RESIZED)
        stopped = _resize.LoadBalancerResize.existing(
            state='FAILED', can_cancel=True
        )
        self.check(
            messages.summary,
            {
                'none failed': [done, Outcome('later')],
                'all can be cancelled': [
                    done,
                    *(_failed(n, resize=stopped) for n in ('web', 'shop')),
                ],
                'not all': [_failed('web', resize=stopped), _failed('shop')],
                'of different flavors': [
                    _failed('web'),
                    _failed('shop', previous_flavor='large'),
                ],
                'without a flavor': [_failed('web', previous_flavor=None)],
                'rebuilds': [_failed('web', is_rebuild=True)],
                'without a record': [
                    done,
                    *(
                        _failed(n, is_recorded=False, new_flavor='large')
                        for n in ('web', 'shop')
                    ),
                ],
                'the same flavor is refused': [
                    _failed(
                        'web',
                        is_recorded=False,
                        result=Result.REFUSED,
                        new_flavor_id='small-id',
                    )
                ],
            },
            """
            none failed:
                1 resized, 1 not started
            all can be cancelled:
                1 resized, 2 failed
                - To return all that failed to what they were: loadbalancer
                  resize cancel --wait web shop
            not all:
                2 failed
                - To return all that failed to what they were: loadbalancer
                  resize --wait --flavor small web shop
            of different flavors:
                2 failed
                - To return those that had flavor large: loadbalancer resize
                  --wait --flavor large shop
                - To return those that had flavor small: loadbalancer resize
                  --wait --flavor small web
            without a flavor:
                1 failed
                - An administrator can rebuild all that failed: loadbalancer
                  rebuild --wait web
            rebuilds:
                1 failed
                - To return all that failed to what they were: loadbalancer
                  rebuild --wait web
            without a record:
                1 resized, 2 failed
                - An administrator can fail each of them over: loadbalancer
                  failover <load-balancer>
                - To try again: loadbalancer resize --wait --flavor large
                  web shop
            the same flavor is refused:
                1 refused
                - An administrator can fail each of them over: loadbalancer
                  failover <load-balancer>
            """,
        )
