# SPDX-License-Identifier: Apache-2.0

"""Outcomes of resizes of load balancers, in the tests of messages."""

from typing import Any

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer.outcome import Outcome
from resize_client.sdk.outcome import Result

_WEB = {
    'id': '123',
    'name': 'web',
    'flavor_id': 'small-id',
    'provisioning_status': 'ACTIVE',
}
BEFORE = _lb.LoadBalancer.existing(**_WEB)
NO = exceptions.SDKException('It says no')
LOST = ValueError('it is not JSON')


def with_status(status: str, **fields: Any) -> _lb.LoadBalancer:
    return _lb.LoadBalancer.existing(
        **{**_WEB, 'provisioning_status': status, **fields}
    )


def resize_in(state: str, **fields: Any) -> _resize.LoadBalancerResize:
    fields.setdefault('can_cancel', state == 'RUNNING')
    return _resize.LoadBalancerResize.existing(
        state=state, new_flavor_name='large', **fields
    )


def outcome(result: Result, argument: str = 'web', **fields: Any) -> Outcome:
    return Outcome(
        argument,
        result=result,
        **{
            'before': BEFORE,
            'load_balancer': BEFORE,
            'previous_flavor_id': 'small-id',
            'previous_flavor': 'small',
            'new_flavor_id': 'large-id',
            'new_flavor': 'large',
            'is_recorded': True,
            **fields,
        },
    )


def to_the_same(result: Result, **fields: Any) -> Outcome:
    return outcome(
        result, new_flavor_id='small-id', new_flavor='small', **fields
    )
