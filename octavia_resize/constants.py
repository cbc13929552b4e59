# SPDX-License-Identifier: Apache-2.0


"""Names that more than one module of octavia_resize uses."""

#: The resize of a load balancer that was accepted and waits for a worker.
QUEUED = 'QUEUED'
#: A worker replaces the amphorae.
RUNNING = 'RUNNING'
#: A cancel was accepted: the worker rolls the resize back.
CANCELLING = 'CANCELLING'
#: The load balancer has the new flavor.
COMPLETED = 'COMPLETED'
#: A cancel has ended: the load balancer has the previous flavor.
CANCELLED = 'CANCELLED'
#: A task failed: the load balancer is in ERROR with the previous flavor.
FAILED = 'FAILED'

IN_PROGRESS_STATES = (QUEUED, RUNNING, CANCELLING)

PHASE_QUEUED = 'queued'
#: New amphorae are built; the old ones serve and are not touched.
PHASE_BUILDING = 'building'
#: The old amphorae close connections that clients keep.
PHASE_DRAINING = 'draining'
#: The VIPs move to the new amphorae.
PHASE_SWITCHING = 'switching'
#: The new amphorae serve; the old ones are deleted.
PHASE_CLEANING_UP = 'cleaning up'
#: The rollback: the new amphorae are deleted; the old ones serve.
PHASE_ROLLING_BACK = 'rolling back'

#: The operation of a record, and the last part of the path that starts it.
RESIZE = 'resize'
#: New amphorae of the same flavor.
REBUILD = 'rebuild'
OPERATIONS = (RESIZE, REBUILD)
#: In the store of a flow: the jobboard finds the job of a resize by it.
RESIZE_ID = 'resize_id'

#: What the rules of the list begin with.
RBAC_RESIZE = 'os_load-balancer_api:resize:'
RBAC_PUT_RESIZE = 'put_resize'
RBAC_PUT_REBUILD = 'put_rebuild'
RBAC_GET_RESIZE = 'get_resize'
RBAC_GET_RESIZE_DETAIL = 'get_resize:detail'
RBAC_DELETE_RESIZE = 'delete_resize'
#: Octavia's rule for profiles: those who may read one get the changes of a
#: dry run.
RBAC_GET_FLAVOR_PROFILE = 'os_load-balancer_api:flavor-profile:get_one'

RPC_VERSION = '1.0'
