# SPDX-License-Identifier: Apache-2.0

"""The reasons of a failed resize, which any user may read.

The text of an exception can name hosts, addresses and the operator's compute
flavors. That text is the detail, which only some may read: see the policy.
"""

from collections.abc import Iterable

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

from octavia_resize.worker import failures

NO_AMPHORA = 'The compute service could not provide an amphora'
#: The first match counts.
_REASONS = {
    NO_AMPHORA: (
        exceptions.ComputeBuildException,
        exceptions.ComputeGetException,
        exceptions.ComputeNoResourcesException,
        exceptions.ComputePortInUseException,
        exceptions.ComputeStatusException,
        exceptions.ComputeUnknownException,
    ),
    'The compute service did not provide an amphora in time': (
        exceptions.ComputeBuildQueueTimeoutException,
        exceptions.ComputeWaitTimeoutException,
    ),
    'The compute service could not delete an amphora': (
        exceptions.ComputeDeleteException,
    ),
    'The compute service refused a request': (
        exceptions.ComputeGetInterfaceException,
        nova_exceptions.ClientException,
    ),
    'The networking service did not have a port ready in time': (
        network_base.TimeoutException,
    ),
    'The networking service could not connect an amphora': (
        exceptions.MissingVIPSecurityGroup,
        exceptions.NetworkServiceError,
        network_base.NetworkException,
        openstack_exceptions.SDKException,
    ),
    'An amphora did not answer in time': (
        amphora_exceptions.AmpConnectionRetry,
        amphora_exceptions.TimeOutException,
    ),
    'An amphora refused its configuration': (
        agent_exceptions.APIException,
        amphora_exceptions.AmphoraDriverError,
        exceptions.AmphoraNetworkConfigException,
        failures.AmphoraRefused,
    ),
    'A new amphora did not take over the VIP in time': (failures.VIPNotTaken,),
    'A TLS secret could not be given to an amphora': (
        exceptions.CertificateRetrievalException,
        exceptions.CertificateStorageException,
        exceptions.MisMatchedKey,
        exceptions.MissingCertSubject,
        exceptions.NeedsPassphrase,
        exceptions.UnreadableCert,
        exceptions.UnreadablePKCS12,
        failures.ListenersSkipped,
    ),
    'The certificate of an amphora could not be made': (
        exceptions.CertificateGenerationException,
    ),
    'The database did not answer': (
        db_exceptions.DBError,
        sqlalchemy_exceptions.TimeoutError,
    ),
    'A service of the cloud did not answer': (
        keystone_exceptions.ClientException,
    ),
    'The load balancer may not serve as before the resize': (
        failures.NotRestored,
    ),
}
WORKER_STOPPED = 'The worker that ran the resize has stopped'
UNKNOWN = 'A step of the resize failed'
AMPHORA_GONE = 'A new amphora was deleted by somebody else'
#: Of a resize that failed, and whose rollback failed, too.
NOT_ROLLED_BACK = 'The rollback is not complete'
#: Of a resize whose load balancer somebody else has changed.
CHANGED = 'Something else changed the load balancer meanwhile'
#: Of a resize that continues.
ONE_BY_ONE = (
    'There was no room for two more servers: the new amphorae are built one '
    'after the other'
)
#: Of a resize that is COMPLETED.
NOT_DELETED = (
    'The load balancer has its new flavor; an old amphora was not deleted'
)
#: The ways out of the ERROR that a failure leaves.
_CANCEL = 'no amphora was replaced, and a cancel leads back'
_REBUILD = (
    'a resize to any flavor, also to the present one, rebuilds the load '
    'balancer'
)

#: Characters that fit into the column of any database.
_MAX_DETAIL = 10_000


def explain(causes: Iterable[failure.Failure]) -> tuple[str, str]:
    """Return the reason and the detail of a failure.

    :param causes: Failures of taskflow, at least one.
    :returns: The reason, for users, and the detail, for operators. The detail
        is shortened if it is very long. It is ASCII, as oslo.db by default
        connects to MySQL with characters of at most three bytes.
    """
    causes = list(causes)
    detail = '; '.join(sorted({cause.exception_str for cause in causes}))
    return (
        '; '.join(sorted({_summarize(cause) for cause in causes})),
        detail.encode('ascii', 'backslashreplace').decode()[:_MAX_DETAIL],
    )


def join(*pairs: tuple[str | None, str | None]) -> tuple[str, str | None]:
    """Return one reason and detail for several.

    :param pairs: Reason and detail of each; either may be missing.
    """
    reasons, details = (
        '; '.join(text for text in texts if text)
        for texts in zip(*pairs, strict=True)
    )
    return reasons or UNKNOWN, details or None


def with_way_out(reason: str, can_cancel: bool) -> str:
    """Add to a reason how a user repairs the load balancer in ERROR.

    :param reason: Why the resize has failed.
    :param can_cancel: Whether a cancel gives the load balancer the status
        that it had before.
    """
    return f'{reason}; {_CANCEL if can_cancel else _REBUILD}'


def _summarize(cause: failure.Failure) -> str:
    for reason, kinds in _REASONS.items():
        if cause.check(*kinds):
            return reason
    return UNKNOWN
