# SPDX-License-Identifier: Apache-2.0

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
