# SPDX-License-Identifier: Apache-2.0

"""Policy rules of the resize endpoint, in Octavia's naming."""

from octavia.common import constants
from oslo_policy import policy

from octavia_resize import constants as resize_constants

_LOAD_BALANCER = '/v2/lbaas/loadbalancers/{loadbalancer_id}'
_RESIZES = '/v2/lbaas/resizes'
_PATH = f'{_LOAD_BALANCER}/resize'

rules = [
    policy.DocumentedRuleDefault(
        f'{constants.RBAC_LOADBALANCER}{resize_constants.RBAC_PUT_RESIZE}',
        constants.RULE_API_WRITE,
        'Resize a Load Balancer',
        [{'method': 'PUT', 'path': _PATH}],
    ),
    policy.DocumentedRuleDefault(
        f'{constants.RBAC_LOADBALANCER}{resize_constants.RBAC_PUT_REBUILD}',
        constants.RULE_API_ADMIN,
        'Rebuild a Load Balancer',
        [{'method': 'PUT', 'path': f'{_LOAD_BALANCER}/rebuild'}],
    ),
    policy.DocumentedRuleDefault(
        f'{constants.RBAC_LOADBALANCER}{resize_constants.RBAC_GET_RESIZE}',
        constants.RULE_API_READ,
        'Show the latest resize of a Load Balancer',
        [{'method': 'GET', 'path': _PATH}],
    ),
    policy.DocumentedRuleDefault(
        f'{constants.RBAC_LOADBALANCER}'
        f'{resize_constants.RBAC_GET_RESIZE_DETAIL}',
        constants.RULE_API_ADMIN,
        'Show the text of the exception of a resize that failed, which can '
        'name hosts, addresses and compute flavors',
        [{'method': 'GET', 'path': _PATH}],
    ),
    policy.DocumentedRuleDefault(
        f'{constants.RBAC_LOADBALANCER}{resize_constants.RBAC_DELETE_RESIZE}',
        constants.RULE_API_WRITE,
        'Cancel the resize of a Load Balancer',
        [{'method': 'DELETE', 'path': _PATH}],
    ),
    policy.DocumentedRuleDefault(
        f'{resize_constants.RBAC_RESIZE}{constants.RBAC_GET_ALL}',
        constants.RULE_API_READ,
        'List the latest resizes of Load Balancers',
        [{'method': 'GET', 'path': _RESIZES}],
    ),
    policy.DocumentedRuleDefault(
        f'{resize_constants.RBAC_RESIZE}{constants.RBAC_GET_ALL_GLOBAL}',
        constants.RULE_API_READ_GLOBAL,
        'List the latest resizes of Load Balancers of all projects',
        [{'method': 'GET', 'path': _RESIZES}],
    ),
]


def list_rules() -> list[policy.DocumentedRuleDefault]:
    """Return the rules for oslo.policy's generators."""
    return rules


def register_rules(enforcer: policy.Enforcer) -> None:
    """Add the rules to Octavia's enforcer; may be called again."""
    for rule in rules:
        if rule.name not in enforcer.registered_rules:
            enforcer.register_default(rule)
