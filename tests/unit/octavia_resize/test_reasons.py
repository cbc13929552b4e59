# SPDX-License-Identifier: Apache-2.0

from keystoneauth1 import exceptions as keystone_exceptions
from novaclient import exceptions as nova_exceptions
from octavia.amphorae.driver_exceptions import exceptions as amphora_exceptions
from octavia.amphorae.drivers.haproxy import exceptions as agent_exceptions
from octavia.common import exceptions
from octavia.network import base as network_base
from openstack import exceptions as openstack_exceptions
from oslo_db import exception as db_exceptions
from sqlalchemy import exc as sqlalchemy_exceptions
from taskflow.types import failure
import testtools

from octavia_resize import reasons
from octavia_resize.worker import failures


def _failure(exception: Exception) -> failure.Failure:
    try:
        raise exception
    except Exception:
        return failure.Failure()


class TestExplain(testtools.TestCase):
    def test_each_reason(self) -> None:
        for exception, expected in (
            (exceptions.ComputeBuildException(fault='x'), reasons.NO_AMPHORA),
            (
                exceptions.ComputeWaitTimeoutException(id='x'),
                'The compute service did not provide an amphora in time',
            ),
            (
                exceptions.ComputeDeleteException(compute_msg='x'),
                'The compute service could not delete an amphora',
            ),
            (
                nova_exceptions.OverLimit(413),
                'The compute service refused a request',
            ),
            (
                exceptions.MissingVIPSecurityGroup(lb_id='x'),
                'The networking service could not connect an amphora',
            ),
            (
                network_base.CreatePortException(),
                'The networking service could not connect an amphora',
            ),
            (
                network_base.TimeoutException(),
                'The networking service did not have a port ready in time',
            ),
            (
                openstack_exceptions.HttpException(),
                'The networking service could not connect an amphora',
            ),
            (
                amphora_exceptions.TimeOutException(),
                'An amphora did not answer in time',
            ),
            (
                agent_exceptions.InternalServerError(),
                'An amphora refused its configuration',
            ),
            (
                failures.AmphoraRefused('x'),
                'An amphora refused its configuration',
            ),
            (
                amphora_exceptions.AmpVersionUnsupported(version='0.5'),
                'An amphora refused its configuration',
            ),
            (
                failures.VIPNotTaken('x'),
                'A new amphora did not take over the VIP in time',
            ),
            (
                failures.ListenersSkipped('x'),
                'A TLS secret could not be given to an amphora',
            ),
            (
                exceptions.CertificateGenerationException(msg='x'),
                'The certificate of an amphora could not be made',
            ),
            (db_exceptions.DBConnectionError(), 'The database did not answer'),
            (
                sqlalchemy_exceptions.TimeoutError(),
                'The database did not answer',
            ),
            (
                keystone_exceptions.ConnectFailure(),
                'A service of the cloud did not answer',
            ),
            (ValueError(), 'A step of the resize failed'),
        ):
            (found, _) = reasons.explain([_failure(exception)])
            self.assertEqual(expected, found, exception)
            # As the jobboard stores it.
            stored = failure.Failure.from_dict(_failure(exception).to_dict())
            (found, _) = reasons.explain([stored])
            self.assertEqual(expected, found, exception)

    def test_known_and_unknown(self) -> None:
        found = reasons.explain(
            [
                _failure(ValueError('node-7 is away')),
                _failure(exceptions.ComputeNoResourcesException()),
                _failure(ValueError('node-7 is away')),
            ]
        )

        self.assertEqual(
            (
                'A step of the resize failed; '
                'The compute service could not provide an amphora',
                'The compute service does not have the resources available '
                'to fulfill the request; node-7 is away',
            ),
            found,
        )

    def test_characters_of_four_bytes(self) -> None:
        (_, detail) = reasons.explain([_failure(ValueError('bücher 🛒'))])

        self.assertEqual('b\\xfccher \\U0001f6d2', detail)

    def test_long(self) -> None:
        (_, detail) = reasons.explain([_failure(ValueError('🛒' * 30_000))])

        self.assertEqual(10_000, len(detail))
