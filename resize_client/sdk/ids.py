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

"""Name resources that are passed as themselves, or by ID or name."""

from urllib import parse

from openstack import resource


def id_of(value: str | resource.Resource) -> str:
    """Give the ID of a resource that is passed as itself or by its ID.

    :param value: The resource or its ID.
    :returns: The ID.
    """
    return value if isinstance(value, str) else str(value.id)


def in_path(value: str | resource.Resource) -> str:
    """Give what names a resource in a URL's path.

    openstacksdk puts an ID there as it is; a name may contain anything.

    :param value: The resource, its ID or its name.
    :returns: The ID or name, quoted.
    """
    return parse.quote(id_of(value), safe='')
