# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""How a resize ends that did not succeed."""

from octavia.common import constants as octavia_constants
from octavia.db import api as db_apis
from octavia.db import repositories
from oslo_config import cfg
from oslo_log import log as logging
import tenacity

from octavia_resize import constants
from octavia_resize.db import repository

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


def fail(resize_id: str, from_state: str, reason: str) -> bool:
    """Record a failure and set the load balancer to ERROR, at once.

    The load balancer keeps its previous flavor_id. A database that is away
    for a while is waited for, as long as Octavia itself would.

    :param resize_id: UUID of the resize.
    :param from_state: The state that it must be in, else nothing changes.
    :param reason: What failed, for people.
    :returns: Whether this call recorded the failure.
    """
    resizes = repository.ResizeRepository()
    load_balancers = repositories.LoadBalancerRepository()
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(),
        wait=tenacity.wait_incrementing(
            CONF.haproxy_amphora.api_db_commit_retry_initial_delay,
            CONF.haproxy_amphora.api_db_commit_retry_backoff,
            CONF.haproxy_amphora.api_db_commit_retry_max,
        ),
        stop=tenacity.stop_after_attempt(
            CONF.haproxy_amphora.api_db_commit_retry_attempts
        ),
        reraise=True,
    )
    for attempt in retrying:
        with attempt, db_apis.session().begin() as session:
            if not resizes.transition(
                session,
                resize_id,
                (from_state,),
                constants.FAILED,
                reason=reason,
            ):
                return False
            resize = resizes.get_by_id(session, resize_id)
            assert resize is not None
            load_balancers.update(
                session,
                resize.load_balancer_id,
                provisioning_status=octavia_constants.ERROR,
            )
    return True
