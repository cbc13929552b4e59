# SPDX-License-Identifier: Apache-2.0

"""What is refused before anything is locked."""

from typing import Any
from unittest import mock

from octavia.common import exceptions as octavia_exceptions
from octavia.db import api as db_api
from octavia.db import models as octavia_models
import pecan
import sqlalchemy as sa

from resize_sandbox.octavia import compute
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize import topologies

#: What a profile can't be.
_NO_OBJECTS = ('{', '', '[]', 'null', '"a"')
_UNKNOWN = '6d425a5e-429f-4848-b240-ab31c6d211e4'


class TestFlavor(topologies.SingleTestCase):
    def test_unknown_flavor(self) -> None:
        self.assert_refused(
            400,
            f'Flavor {_UNKNOWN} not found. List the flavors with '
            "'openstack loadbalancer flavor list'.",
            _UNKNOWN,
        )

    def _choices(self, flavor_id: str) -> str:
        """Leave two flavors that fit besides the one that there is.

        :param flavor_id: The requested one.
        """
        fitting = sorted((self.large, self.broken))
        with db_api.session().begin() as session:
            session.query(octavia_models.Flavor).filter(
                octavia_models.Flavor.id.not_in([*fitting, flavor_id])
            ).update({'enabled': False})
        return f'Choose one of: {", ".join(fitting)}.'

    def test_disabled_flavor(self) -> None:
        flavor_id = self.create_flavor(enabled=False)
        self.assert_refused(
            400,
            f'Flavor {base.named(flavor_id)} is disabled. '
            f'{self._choices(flavor_id)}',
            flavor_id,
        )

    def test_flavor_of_other_provider(self) -> None:
        flavor_id = self.create_flavor(provider='noop_driver')
        self.assert_refused(
            400,
            f"Flavor {base.named(flavor_id)} is of provider 'noop_driver' but "
            f"load balancer web ({self.lb_id}) is of provider 'amphora'. "
            f'{self._choices(flavor_id)}',
            flavor_id,
        )

    def test_alias_of_the_amphora_provider(self) -> None:
        flavor_id = self.create_flavor(provider='octavia')
        lb_id = self.create_load_balancer(None, provider='octavia')
        self.assertEqual(202, self.resize(lb_id, flavor_id).status_int)

    def test_other_topology(self) -> None:
        self.assert_refused(
            400,
            f'Flavor {base.named(self.ha_large)} has topology ACTIVE_STANDBY '
            f'but load balancer web ({self.lb_id}) has topology SINGLE, which '
            f'a resize cannot change. {self._choices(self.ha_large)}',
            self.ha_large,
        )

    def test_topology_of_the_configuration(self) -> None:
        self.override(
            'controller_worker', 'loadbalancer_topology', 'ACTIVE_STANDBY'
        )
        self.assert_refused(
            400,
            f'Flavor {base.named(self.large)} has topology ACTIVE_STANDBY but '
            f'load balancer web ({self.lb_id}) has topology SINGLE, which a '
            'resize cannot change. No other flavor of this cloud fits the '
            'load balancer.',
            self.large,
        )

    def test_sriov(self) -> None:
        flavor_id = self.create_flavor(sriov_vip=True)
        self.assert_refused(
            400,
            f'Flavor {base.named(flavor_id)} needs a VIP port of vNIC type '
            f'direct but the VIP port of load balancer web ({self.lb_id}) is '
            'of type normal, which a resize cannot change. '
            f'{self._choices(flavor_id)}',
            flavor_id,
        )

    def test_same_flavor(self) -> None:
        self.assert_refused(
            400,
            f'Load balancer web ({self.lb_id}) already has flavor '
            f'{base.named(self.small)}.',
            self.small,
        )

    def test_state(self) -> None:
        for status in ('PENDING_UPDATE', 'PENDING_CREATE', 'PENDING_DELETE'):
            self.lb_id = self.create_load_balancer(self.small, status=status)
            self.assert_refused(
                409,
                f'Load balancer web ({self.lb_id}) is in provisioning status '
                f'{status}. It can be resized in ACTIVE or ERROR only: wait '
                'until the operation in progress has ended, then try again.',
                self.large,
            )

    def test_compute_flavor_that_is_gone(self) -> None:
        self._refuse_to_validate(
            octavia_exceptions.InvalidSubresource(
                resource='Nova flavor', id='m1.secret'
            ),
            400,
            f'Flavor {base.named(self.large)} cannot be used: the provider '
            'refuses what its profile requires. Choose another flavor. An '
            'administrator can repair this one.',
        )

    def test_flavor_that_cannot_be_checked(self) -> None:
        self._refuse_to_validate(
            OSError('nova.internal:8774 refuses connections'),
            503,
            f'Flavor {base.named(self.large)} could not be checked: a service '
            'that the provider needs does not answer. Nothing was changed. '
            'Try again later.',
        )

    def _set_profile(self, flavor_id: str, data: str | None) -> None:
        """Break what a flavor's profile says, or let the profile be gone."""
        with db_api.session().begin() as session:
            flavor = session.get(octavia_models.Flavor, flavor_id)
            profile = flavor.flavor_profile
            if data is None:
                session.execute(sa.text('PRAGMA foreign_keys = OFF'))
                session.query(octavia_models.FlavorProfile).filter_by(
                    id=profile.id
                ).delete()
            else:
                profile.flavor_data = data

    def test_profile_that_cannot_be_read(self) -> None:
        for data in (*_NO_OBJECTS, None):
            flavor_id = self.create_flavor()
            self._set_profile(flavor_id, data)
            self.assert_refused(
                400,
                f'Flavor {base.named(flavor_id)} cannot be used: its profile '
                'is gone or cannot be read, which an administrator can '
                f'repair. {self._choices(flavor_id)}',
                flavor_id,
            )

    def test_setting_that_the_provider_does_not_know(self) -> None:
        flavor_id = self.create_flavor()
        self._set_profile(flavor_id, '{"compute_flavour": "m1.large"}')
        self.assert_refused(
            501,
            f"Flavor {base.named(flavor_id)} cannot be used: provider "
            "'amphora' does not support what its profile has: Additional "
            "properties are not allowed ('compute_flavour' was unexpected). "
            'Choose another flavor. An administrator can repair this one.',
            flavor_id,
        )

    def test_profile_of_another_flavor_that_cannot_be_read(self) -> None:
        """It is not offered."""
        self._set_profile(self.large, '{')
        response = self.resize(self.lb_id, self.ha_large)
        self.assertEqual(400, response.status_int, response.text)
        self.assertNotIn(self.large, response.json['faultstring'])

    def _refuse_to_validate(
        self, error: Exception, status: int, message: str
    ) -> None:
        with mock.patch.object(
            compute.SandboxComputeDriver,
            'validate_flavor',
            autospec=True,
            side_effect=error,
        ):
            self.assert_refused(status, message, self.large)


class TestServices(topologies.SingleTestCase):
    """What other services say."""

    def _set_availability_zone(self, data: str) -> None:
        with db_api.session().begin() as session:
            self.repos.availability_zone_profile.create(
                session,
                id=self.lb_id,
                name=self.lb_id,
                provider_name='amphora',
                availability_zone_data=data,
            )
            self.repos.availability_zone.create(
                session,
                name=self.lb_id,
                enabled=True,
                availability_zone_profile_id=self.lb_id,
            )
            self.repos.load_balancer.update(
                session, self.lb_id, availability_zone=self.lb_id
            )

    def test_availability_zone_that_is_gone(self) -> None:
        self._set_availability_zone('{"compute_zone": "az1"}')
        with mock.patch.object(
            compute.SandboxComputeDriver,
            'validate_availability_zone',
            autospec=True,
            side_effect=octavia_exceptions.InvalidSubresource(
                resource='Nova availability zone', id='az1'
            ),
        ):
            self.assert_refused(
                400,
                f'The availability zone of load balancer web ({self.lb_id}) '
                'cannot be used: the provider refuses what its profile '
                'requires. Nothing was changed. An administrator must repair '
                'it.',
                self.large,
            )

    def test_availability_zone_that_cannot_be_checked(self) -> None:
        self._set_availability_zone('{"compute_zone": "az1"}')
        with mock.patch.object(
            compute.SandboxComputeDriver,
            'validate_availability_zone',
            autospec=True,
            side_effect=OSError('nova.internal:8774 refuses connections'),
        ):
            self.assert_refused(
                503,
                f'The availability zone of load balancer web ({self.lb_id}) '
                'could not be checked: a service that the provider needs does '
                'not answer. Nothing was changed. Try again later.',
                self.large,
            )

    def test_availability_zone_with_an_unknown_setting(self) -> None:
        self._set_availability_zone('{"zone": "az1"}')
        self.assert_refused(
            501,
            f'The availability zone of load balancer web ({self.lb_id}) '
            "cannot be used: provider 'amphora' does not support what its "
            "profile has: Additional properties are not allowed ('zone' was "
            'unexpected). Nothing was changed. An administrator must repair '
            'it.',
            self.large,
        )

    def test_reads_outside_of_transactions(self) -> None:
        """The row of the load balancer is not locked meanwhile."""
        in_transaction: list[bool] = []

        def validate(_: Any, __: Any) -> None:
            context = pecan.request.context['octavia_context']
            in_transaction.append(context.session.in_transaction())

        with mock.patch.object(
            compute.SandboxComputeDriver, 'validate_flavor', validate
        ):
            self.assertEqual(
                202, self.resize(self.lb_id, self.large).status_int
            )
        self.assertEqual([False], in_transaction)
