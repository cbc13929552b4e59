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

"""The load balancers and flavors in the tests of the client."""

from tests.unit.sdk import cloud

SMALL = cloud.flavor('small')
LARGE = cloud.flavor('large')
RETIRED = cloud.flavor('retired', enabled=False)
WEB = cloud.load_balancer('web', SMALL)
SHOP = cloud.load_balancer('shop', SMALL)
PENDING = {**WEB, 'provisioning_status': 'PENDING_UPDATE'}
RESIZED = {**WEB, 'flavor_id': LARGE['id']}
ERROR = {**WEB, 'provisioning_status': 'ERROR'}
WEB_LABEL = f'Load balancer web ({WEB["id"]})'
SHOP_LABEL = f'Load balancer shop ({SHOP["id"]})'
RESIZE_URL = f'{cloud.LBS_URL}/{WEB["id"]}/resize'
