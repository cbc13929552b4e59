# SPDX-License-Identifier: Apache-2.0

"""Rows that a load balancer refers to, and that are gone or broken."""

from octavia.db import api as db_api
import sqlalchemy as sa

from tests.unit.octavia_resize import topologies

_REPAIR = 'Nothing was changed. An administrator must repair it.'
_NO_OBJECTS = ('{', '', '[]', 'null', '"a"')


class TestReferences(topologies.SingleTestCase):
    def _execute(self, *statements: str, data: str = '{}') -> None:
        with db_api.session().begin() as session:
            session.execute(sa.text('PRAGMA foreign_keys = OFF'))
            for statement in statements:
                session.execute(
                    sa.text(statement), {'id': self.lb_id, 'data': data}
                )

    def _assert_refused(self, reason: str) -> None:
        """Check the answers to resize, rebuild and the dry runs of both."""
        message = f'{reason}. {_REPAIR}'
        self.assert_refused(409, message, self.large)
        url = f'/v2.0/lbaas/loadbalancers/{self.lb_id}/rebuild'
        for arguments in ('?dry_run=true', ''):
            request = self.build_request(
                'PUT', url + arguments, {}, roles='load-balancer_admin,admin'
            )
            response = request.get_response(self.application)
            self.assert_fault(response, 409, message)

    def test_present_flavor(self) -> None:
        profile = (
            'WHERE id = (SELECT flavor_profile_id FROM flavor WHERE id = '
            '(SELECT flavor_id FROM load_balancer WHERE id = :id))'
        )
        broken = f'UPDATE flavor_profile SET flavor_data = :data {profile}'
        for statement, data in (
            *((broken, data) for data in _NO_OBJECTS),
            (f'DELETE FROM flavor_profile {profile}', '{}'),
        ):
            flavor_id = self.create_flavor()
            self.lb_id = self.create_load_balancer(flavor_id)
            self._execute(statement, data=data)
            self._assert_refused(
                f'The present flavor {flavor_id} ({flavor_id}) of load '
                f'balancer web ({self.lb_id}) cannot be used: it or its '
                'profile is gone or cannot be read'
            )

    def test_availability_zone(self) -> None:
        use_zone = (
            'INSERT INTO availability_zone_profile (id, name, provider_name, '
            "availability_zone_data) VALUES (:id, :id, 'amphora', :data)",
            'INSERT INTO availability_zone (name, enabled, '
            'availability_zone_profile_id) VALUES (:id, 1, :id)',
            'UPDATE load_balancer SET availability_zone = :id WHERE id = :id',
        )
        gone = (
            'DELETE FROM availability_zone_profile WHERE id = :id',
            'DELETE FROM availability_zone WHERE name = :id',
        )
        for data, statements in (
            *((data, use_zone) for data in _NO_OBJECTS),
            *(('{}', (*use_zone, statement)) for statement in gone),
        ):
            self.lb_id = self.create_load_balancer(self.small)
            self._execute(*statements, data=data)
            self._assert_refused(
                f'The availability zone {self.lb_id} of load balancer web '
                f'({self.lb_id}) cannot be used: it or its profile is gone or '
                'cannot be read'
            )

    def test_vip(self) -> None:
        for statement in (
            'DELETE FROM vip WHERE load_balancer_id = :id',
            'UPDATE vip SET ip_address = NULL WHERE load_balancer_id = :id',
        ):
            self.lb_id = self.create_load_balancer(self.small)
            self._execute(statement)
            self._assert_refused(
                f'The VIP of load balancer web ({self.lb_id}), or an '
                'additional one, is gone or has no address'
            )
