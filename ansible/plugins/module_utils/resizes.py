# SPDX-License-Identifier: Apache-2.0

"""What the modules have in common."""

import abc
import traceback

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.openstack.cloud.plugins.module_utils import openstack

try:
    from keystoneauth1 import exceptions as keystone_exceptions
    from openstack import exceptions

    from resize_client.sdk import connection
    from resize_client.sdk import faults
    from resize_client.sdk.outcome import Result

    IMPORT_ERROR = None
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

#: The arguments that the modules have in common
ARGUMENTS = dict(
    name=dict(type='list', elements='str', required=True),
    timeout=dict(type='int', default=3600),
    max_in_progress=dict(type='int', default=5),
    canary=dict(type='int', default=0),
    max_failures=dict(type='int', default=1),
)


class ResizeModule(openstack.OpenStackModule):
    """A module that resizes what its option ``name`` lists."""

    module_kwargs = dict(supports_check_mode=True)

    def __init__(self):
        super().__init__()
        if IMPORT_ERROR:
            self.fail_json(
                msg=missing_required_lib('python-resizeclient'),
                exception=IMPORT_ERROR,
            )
        connection.extend(self.conn)

    @property
    def limits(self):
        """The arguments of a rollout."""
        names = (
            *('wait', 'timeout'),
            *('max_in_progress', 'canary', 'max_failures'),
        )
        return {name: self.params[name] for name in names}

    @abc.abstractmethod
    def check(self):
        """Return an Outcome for each, and change nothing."""

    @abc.abstractmethod
    def resize(self):
        """Resize, and return an Outcome for each."""

    @abc.abstractmethod
    def show(self, outcome):
        """Return an Outcome as a dict."""

    @abc.abstractmethod
    def sizes(self, outcome):
        """Return the sizes before and after."""

    def run(self):
        """Resize, or only check in check mode.

        :returns: what the module returns.
        """
        if self.params['canary'] and not self.params['wait']:
            self.fail_json(msg='canary needs wait: true. Nothing was changed')
        try:
            outcomes = self.check() if self.check_mode else self.resize()
        except (
            exceptions.SDKException,
            keystone_exceptions.ClientException,
            ValueError,
        ) as error:
            self.fail_json(msg=_explain(error))
        results = dict(
            changed=any(map(self._is_change, outcomes)),
            resizes=[self.show(outcome) for outcome in outcomes],
            diff=self._diff(outcomes),
        )
        messages = [_message(outcome) for outcome in outcomes if outcome.error]
        if messages:
            # Clusters may be refused for one reason.
            self.fail_json(msg='. '.join(dict.fromkeys(messages)), **results)
        return results

    def _is_change(self, outcome):
        if self.check_mode and outcome.result is Result.NOT_STARTED:
            return True
        return outcome.result in (
            Result.ACCEPTED,
            Result.RESIZED,
            Result.REBUILT,
            Result.TIMED_OUT,
        )

    def _diff(self, outcomes):
        before, after = {}, {}
        for outcome in outcomes:
            previous, new = self.sizes(outcome)
            before[outcome.argument] = previous
            after[outcome.argument] = (
                new if self._is_change(outcome) else previous
            )
        return dict(before=before, after=after)


class LoadBalancerModule(ResizeModule):
    """A module that gives load balancers new amphorae."""

    def show(self, outcome):
        return dict(
            name=outcome.argument,
            id=outcome.id,
            provisioning_status=outcome.status,
            previous_flavor=outcome.previous_flavor,
            result=str(outcome.result),
            resize=outcome.resize and outcome.resize.to_dict(computed=False),
        )


def _message(outcome):
    """Return why an Outcome is not the one that was wanted."""
    message = _explain(outcome.error)
    if outcome.result is Result.TIMED_OUT:
        return (
            f'{outcome.label} is not done yet: {message}. The operation '
            'continues; run the playbook again to wait for the end'
        )
    if getattr(outcome.error, 'response', None) is not None:
        return f'{outcome.label} was not changed: {message}'
    return message


def _explain(error):
    message = ''
    if isinstance(error, exceptions.HttpException):
        message = faults.message(error)
    return message or ' '.join(str(error).split())
