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

"""Where the API of resizes is, and what answers in a cloud without it."""

from openstack import exceptions
from openstack import utils
from openstack.load_balancer.v2 import load_balancer as _lb
import requests

#: What to tell where a cloud has no resize
NOT_OFFERED = "This cloud's load balancing service does not offer resize"


def url(load_balancer_id: str) -> str:
    """Give the URL of the resizes of a load balancer.

    :param load_balancer_id: Its ID.
    :returns: The URL, without that of the service.
    """
    return str(
        utils.urljoin(_lb.LoadBalancer.base_path, load_balancer_id, 'resize')
    )


def raise_unless_offered(
    response: requests.Response, load_balancer_id: str
) -> None:
    """Tell a cloud without the resize API from one that refuses.

    :param response: An answer to a request to the resize of a load balancer.
    :param load_balancer_id: The load balancer's ID.
    :raises: :class:`~openstack.exceptions.NotSupported` when it says that
        there is no such API.

    Octavia as released takes ``resize`` for the body of a load balancer
    update, and ``cancel`` for an unknown argument of its deletion, hence its
    400; gateways in front of it answer 404 or 405. Where there is the resize
    API, a 404 names the load balancer.
    """
    fault = _fault(response)
    if (
        (response.status_code == 400 and "Value: 'resize'" in fault)
        or is_argument_unknown(response)
        or (response.status_code == 404 and load_balancer_id not in fault)
        or response.status_code == 405
    ):
        raise exceptions.NotSupported(NOT_OFFERED)


def is_argument_unknown(response: requests.Response) -> bool:
    """Tell whether an argument of a request isn't known there.

    :param response: The answer.
    :returns: True when it is Octavia's refusal of an argument of the URL.
    """
    return response.status_code == 400 and (
        'Unknown argument' in _fault(response)
    )


def _fault(response: requests.Response) -> str:
    try:
        return str(response.json()['faultstring'])
    except (ValueError, KeyError, TypeError):
        return ''
