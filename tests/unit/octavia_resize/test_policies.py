# SPDX-License-Identifier: Apache-2.0

"""What an operator writes into policy.yaml counts."""

import json
import pathlib

from octavia.common import policy as octavia_policy
from oslo_config import cfg
from oslo_policy import policy
import testtools

from octavia_resize import policies
from tests.unit.octavia_resize import base


class TestPolicyFile(base.TestCase):
    RULE = 'os_load-balancer_api:loadbalancer:'

    def _write(self, **rules: str) -> None:
        pathlib.Path(cfg.CONF.oslo_policy.policy_file).write_text(
            json.dumps(
                {self.RULE + name: rule for name, rule in rules.items()}
            )
        )
        octavia_policy.get_enforcer().load_rules(force_reload=True)

    def test_overridden(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.addCleanup(self._write)
        self._write(
            put_resize='role:resizer',
            get_resize='role:resizer',
            delete_resize='role:canceller',
            **{'get_resize:detail': 'role:resizer'},
        )
        for method, role, body in (
            ('PUT', 'resizer', {'new_flavor_id': self.large}),
            ('GET', 'resizer', None),
            ('DELETE', 'canceller', None),
        ):
            for roles in ('member,reader', 'admin'):
                self.assert_fault(
                    self.request(method, lb_id, body, roles=roles),
                    403,
                    base.FORBIDDEN,
                )
            response = self.request(method, lb_id, body, roles=role)
            self.assertLess(response.status_int, 300, response.text)


class TestOctaviaWithARuleOfItsOwn(testtools.TestCase):
    def test_default_of_octavia_counts(self) -> None:
        conf = cfg.ConfigOpts()
        conf([])
        enforcer = policy.Enforcer(conf)
        name = 'os_load-balancer_api:loadbalancer:put_resize'
        enforcer.register_default(
            policy.RuleDefault(name, 'rule:load-balancer:admin')
        )
        policies.register_rules(enforcer)
        self.assertEqual(
            'rule:load-balancer:admin',
            enforcer.registered_rules[name].check_str,
        )
        self.assertEqual(
            {rule.name for rule in policies.rules},
            set(enforcer.registered_rules),
        )
