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

"""Tell an answer of a service from what isn't one, and keep its words."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import contextlib
from typing import Any

from openstack import exceptions
from openstack import resource
import requests

from resize_client.sdk import faults

# Of load balancers, clusters and nodegroups, what is read as text
_TEXTS = (
    *('uuid', 'name', 'project_id', 'role', 'flavor_id'),
    *('status', 'status_reason', 'provisioning_status'),
)


def raise_unless_object(response: requests.Response) -> None:
    """Tell the page of somebody on the way to the service from an answer.

    :param response: The answer to a GET.
    :raises: ValueError unless it is a JSON object.
    """
    try:
        body = response.json()
    except ValueError as exc:
        raise ValueError('it is not JSON') from exc
    if not isinstance(body, dict):
        raise ValueError('it is not a JSON object')


def raise_unless_accepted(response: requests.Response) -> None:
    """Tell the success of somebody else from the service's own.

    :param response: The answer to a request that starts something.
    :raises: ValueError unless its status is 202.
    """
    if response.status_code != 202:
        raise ValueError(f'its status is {response.status_code}, not 202')


def raise_unless_text(fields: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse what can't be read, before it ends in Python's words.

    :param fields: What the service has answered.
    :param names: The fields that hold text, or null.
    :raises: ValueError when one holds something else.
    """
    for name in names:
        if not isinstance(fields.get(name), str | None):
            raise ValueError(f'its {name} is not text')


def with_field(
    found: resource.ResourceT, field: str, *, is_nullable: bool = True
) -> resource.ResourceT:
    """Give what the service has answered, if that is an answer.

    openstacksdk takes any JSON for a resource without attributes, and any
    value for one of an attribute.

    :param found: What the service has answered.
    :param field: The name of a field that it always has.
    :param is_nullable: Whether the field's value may be null.
    :returns: The same.
    :raises: ValueError without that field, or with a field that is text and
        holds something else.
    """
    fields = found._body.attributes
    if field not in fields or (not is_nullable and fields[field] is None):
        raise ValueError(f'there is no {field} in it')
    raise_unless_text(fields, _TEXTS)
    return found


@contextlib.contextmanager
def in_its_words() -> Iterator[None]:
    """Let what a service has said stand in the exceptions that are raised.

    openstacksdk doesn't read Magnum's errors, nor any that isn't an object.

    :returns: A context manager.
    :raises: ValueError for an answer in which openstacksdk stumbles.
    """
    try:
        yield
    except exceptions.HttpException as exc:
        if exc.response is not None:
            exc.details = faults.words(exc) or exc.details
        raise
    except (AttributeError, TypeError) as exc:
        raise ValueError('it is not what was asked for') from exc
