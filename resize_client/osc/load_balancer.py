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

"""Load balancer resize action implementations"""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import TypeAlias

from openstack import exceptions

from resize_client.osc import command
from resize_client.osc import errors
from resize_client.osc import load_balancer_wait
from resize_client.osc.load_balancer_wait import Outcome
from resize_client.sdk import service
from resize_client.sdk.load_balancer import _proxy
from resize_client.sdk.load_balancer import failure as _failure
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import plan as resize_plan
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import text

DRY_RUN_COLUMNS = ('id', 'name', 'subject', 'from', 'to', 'result')

# What the checks show already
_CHECKED_FIELDS = {'loadbalancer_topology', 'sriov_vip'}

# How often a resize is asked for whose request is broken off
_TRIES = 3

_DELETED = 'It has been deleted meanwhile'

_VERDICTS = {True: 'ok', False: 'refused', None: 'left to the service'}

_Planned: TypeAlias = resize_plan.ResizePlan | exceptions.SDKException
_Plans: TypeAlias = dict[str, _Planned]


class ResizeLoadBalancer(load_balancer_wait.LoadBalancerCommand):
    """Change the flavor of load balancers in place.

    A load balancer keeps its VIP, listeners, pools, members and policies. It
    must be ACTIVE or ERROR; the new flavor must have the same provider and
    topology as the one that it has.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancers',
            metavar='<load-balancer>',
            nargs='+',
            help='Load balancer to resize (name or ID)',
        )
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            required=True,
            help='Flavor to change to (name or ID)',
        )
        command.add_wait_arguments(parser, 'the resize has ended')
        command.add_dry_run_argument(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        self.check_wait_arguments(parsed_args)
        proxy, plans = self._plan(parsed_args)
        outcomes = [
            self._check(argument, plan) for argument, plan in plans.items()
        ]
        if parsed_args.dry_run:
            return DRY_RUN_COLUMNS, list(_dry_run_rows(plans))
        if self.exit_status == command.DONE:
            self._resize(proxy, outcomes, parsed_args)
        elif len(outcomes) > 1:
            self.error('None of the load balancers was changed')
        return load_balancer_wait.COLUMNS, [o.row() for o in outcomes]

    def _plan(
        self, parsed_args: argparse.Namespace
    ) -> tuple[_proxy.Proxy, _Plans]:
        arguments = list(dict.fromkeys(parsed_args.load_balancers))
        try:
            proxy = self.connection.load_balancer
            found = resize_plan.plan_resizes(
                proxy,
                arguments,
                parsed_args.flavor,
                read_profiles=True if parsed_args.dry_run else None,
            )
        except Exception as exc:
            subject = (
                f'Load balancer {arguments[0]}'
                if len(arguments) == 1
                else f'One of {len(arguments)} load balancers'
            )
            raise errors.refuse(exc, subject) from exc
        plans: _Plans = {}
        seen = set()
        for argument, plan in zip(arguments, found, strict=True):
            # The same one may be named by its name and by its ID.
            if isinstance(plan, resize_plan.ResizePlan):
                if plan.load_balancer.id in seen:
                    continue
                seen.add(plan.load_balancer.id)
            plans[argument] = plan
        return proxy, plans

    def _check(self, argument: str, plan: _Planned) -> Outcome:
        outcome = Outcome(argument)
        if not isinstance(plan, resize_plan.ResizePlan):
            self.fail(outcome, _why_not_found(plan), str(plan))
            return outcome
        outcome.load_balancer = plan.load_balancer
        outcome.previous_flavor = _flavor_name(plan)
        outcome.new_flavor = plan.flavor.name
        outcome.previous_id = plan.load_balancer.flavor_id
        outcome.new_id = plan.flavor.id
        if plan.is_refused:
            for check in plan.checks:
                if check.passed is False:
                    self.fail(outcome, 'refused', check.message)
        elif plan.is_running or plan.is_unchanged:
            outcome.result = 'accepted' if plan.is_running else 'unchanged'
            for check in plan.checks:
                if check.name == 'state':
                    self.hint(check.message)
        return outcome

    def _resize(
        self,
        proxy: _proxy.Proxy,
        outcomes: Sequence[Outcome],
        parsed_args: argparse.Namespace,
    ) -> None:
        to_ask = [o for o in outcomes if o.result == 'not started']
        interrupted = False
        self.if_interrupted = (
            'Interrupted while asking. What was accepted goes on; run the '
            'same command again: it resizes only what is not being resized yet'
        )
        try:
            service.side_by_side(lambda o: _ask(proxy, o), to_ask)
        except KeyboardInterrupt:
            interrupted = True
        for outcome in to_ask:
            if outcome.message is not None:
                self.fail(outcome, outcome.result, outcome.message)
        if interrupted:
            self.exit_status = command.INTERRUPTED
            self.error(self.if_interrupted)
            return
        accepted = [o for o in outcomes if o.result == 'accepted']
        if not parsed_args.wait:
            self._tell_how_to_cancel([o for o in accepted if o.can_go_back])
            return
        if accepted:
            self.wait(
                proxy,
                accepted,
                parsed_args,
                target=lambda outcome: outcome.new_id,
                succeeded='resized',
            )
        self._tell_how_to_undo(outcomes)

    def _tell_how_to_cancel(self, accepted: Sequence[Outcome]) -> None:
        if accepted:
            which = accepted[0].id if len(accepted) == 1 else '<load-balancer>'
            words = self.command_line('loadbalancer', 'resize', 'cancel')
            self.hint(f'To cancel: {words} {which}')

    def _tell_how_to_undo(self, outcomes: Sequence[Outcome]) -> None:
        resized: dict[str | None, list[Outcome]] = {}
        for outcome in outcomes:
            if outcome.result == 'resized' and outcome.can_go_back:
                resized.setdefault(outcome.previous_flavor, []).append(outcome)
        for flavor, group in resized.items():
            if flavor is None:
                for outcome in group:
                    self.hint(
                        f'{outcome.label} had no flavor before, which a '
                        'resize cannot return to'
                    )
                continue
            undo = self.command_line(
                'loadbalancer',
                'resize',
                '--wait',
                '--flavor',
                flavor,
                *(outcome.operand for outcome in group),
            )
            self.hint(f'To undo: {undo}')

    def remedy(self, outcome: Outcome) -> str:
        if outcome.status != 'ERROR':
            return ''
        if not outcome.can_go_back:
            mend = self.command_line('loadbalancer', 'failover', outcome.id)
            return f'. An administrator can fail it over: {mend}'
        return self.how_to_mend(outcome, str(outcome.new_flavor))


def _ask(proxy: _proxy.Proxy, outcome: Outcome) -> None:
    """Ask for the resize, and enter what was answered.

    A service under load closes connections on which there are requests. It is
    asked again when the load balancer is as it was; should it learn of this
    one late, it refuses the other.
    """
    for _ in range(_TRIES):
        load_balancer = outcome.load_balancer
        assert load_balancer is not None and outcome.new_id is not None
        outcome.result = 'unknown'
        try:
            proxy.resize_load_balancer(load_balancer, outcome.new_id)
        except Exception as exc:
            outcome.result = 'failed'
            outcome.message = _what_became(proxy, outcome, exc)
            if not (
                outcome.result == 'failed'
                and errors.is_broken_off(exc)
                and outcome.status in _load_balancer.RESIZABLE
            ):
                return
        else:
            outcome.result, outcome.message = 'accepted', None
            # That is what the service has made of it before it answered.
            load_balancer.provisioning_status = 'PENDING_UPDATE'
            return


def _what_became(
    proxy: _proxy.Proxy, outcome: Outcome, exc: Exception
) -> str | None:
    """Tell what became of a request that failed; None if it was taken."""
    message = (
        f'{outcome.label} was not resized to {outcome.new_flavor}: '
        f'{errors.explain(exc)}'
    )
    is_uncertain = errors.is_uncertain(exc)
    if is_uncertain or isinstance(exc, exceptions.ConflictException):
        return _look_after(proxy, outcome, message, is_uncertain=is_uncertain)
    if _is_gone(exc):
        return f'{message}. {_DELETED}'
    having = text.with_flavor(outcome.previous_flavor)
    return (
        f'{message}. It is unchanged: {outcome.status} {having}'
        f'{errors.advise(exc)}'
    )


def _look_after(
    proxy: _proxy.Proxy,
    outcome: Outcome,
    message: str,
    *,
    is_uncertain: bool,
) -> str | None:
    """Find out whether a request that failed was taken nevertheless."""
    before = _facts(outcome)
    try:
        found, unfinished = resize_plan.with_unfinished(
            proxy, proxy.get_load_balancer(outcome.id)
        )
        outcome.load_balancer = found
        at_rest = outcome.status in _load_balancer.RESIZABLE
        if (
            _facts(outcome) == ('ACTIVE', outcome.new_id)
            or (
                unfinished is not None
                and unfinished.leads_to(str(outcome.new_id))
            )
            # It may have failed by now: that is for the wait to tell.
            or (is_uncertain and at_rest and _facts(outcome) != before)
        ):
            outcome.result = 'accepted'
            return None
    except Exception as exc:
        if _is_gone(exc):
            return f'{message}. {_DELETED}'
        outcome.result = 'unknown'
        return (
            f'{message}. What it is now cannot be told: '
            f'{errors.explain(exc)}. Run the same command again: it resizes '
            'only what is not being resized yet'
        )
    again = 'run the same command again'
    if not at_rest:
        again += ' when it is ACTIVE'
    return f'{message}. It is now {outcome.status}; {again}'


def _is_gone(exc: Exception) -> bool:
    return isinstance(exc, exceptions.NotFoundException) and (
        service.is_from_service(exc)
    )


def _facts(outcome: Outcome) -> tuple[str | None, str | None]:
    assert outcome.load_balancer is not None
    return outcome.status, outcome.load_balancer.flavor_id


def _dry_run_rows(plans: _Plans) -> Iterator[Sequence[object]]:
    """Give what would change, and the result of every check."""
    for argument, plan in plans.items():
        if not isinstance(plan, resize_plan.ResizePlan):
            result = _why_not_found(plan)
            yield (None, argument, None, None, None, result)
            continue
        first = (plan.load_balancer.id, plan.load_balancer.name)
        for check in plan.checks:
            verdict = _VERDICTS[check.passed]
            yield (*first, check.name, check.before, check.after, verdict)
        before, after = plan.previous_profile, plan.profile
        if before is None or after is None or plan.is_unchanged:
            continue
        for field in sorted({*before, *after} - _CHECKED_FIELDS):
            was, is_to_be = before.get(field), after.get(field)
            verdict = 'same' if was == is_to_be else 'changes'
            yield (*first, field, was, is_to_be, verdict)


def _why_not_found(exc: exceptions.SDKException) -> str:
    if isinstance(exc, exceptions.DuplicateResource):
        return 'ambiguous'
    if isinstance(exc, exceptions.ForbiddenException):
        return 'forbidden'
    return 'not found'


def _flavor_name(plan: resize_plan.ResizePlan) -> str | None:
    if plan.previous_flavor is not None:
        return str(plan.previous_flavor.name)
    flavor_id = plan.load_balancer.flavor_id
    return None if flavor_id is None else str(flavor_id)


class CancelLoadBalancerResize(load_balancer_wait.LoadBalancerCommand):
    """Return a load balancer to its previous flavor while it is resized."""

    activity = 'cancel'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'load_balancer',
            metavar='<load-balancer>',
            help='Load balancer whose resize to cancel (name or ID)',
        )
        command.add_wait_arguments(
            parser, 'the load balancer has its previous flavor again'
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        self.check_wait_arguments(parsed_args)
        outcome = Outcome(parsed_args.load_balancer)
        try:
            proxy = self.connection.load_balancer
            outcome.load_balancer = resize_plan.find_load_balancer(
                proxy, parsed_args.load_balancer
            )
        except Exception as exc:
            raise errors.refuse(
                exc, f'Load balancer {parsed_args.load_balancer}'
            ) from exc
        flavors = resize_plan.flavor_names(proxy)
        # The flavor changes only at the end.
        outcome.previous_id = outcome.load_balancer.flavor_id
        outcome.previous_flavor = flavors.get(
            outcome.previous_id, outcome.previous_id
        )
        latest = self._latest(proxy, outcome)
        outcome.new_id = None if latest is None else latest.new_flavor_id
        outcome.new_flavor = flavors.get(outcome.new_id, outcome.new_id)
        self._ask(proxy, outcome, latest)
        if outcome.result == 'accepted' and parsed_args.wait:
            self.wait(
                proxy,
                [outcome],
                parsed_args,
                target=lambda outcome: outcome.previous_id,
                succeeded='cancelled',
            )
        return load_balancer_wait.COLUMNS, [outcome.row()]

    def _ask(
        self,
        proxy: _proxy.Proxy,
        outcome: Outcome,
        latest: _resize.LoadBalancerResize | None,
    ) -> None:
        """Ask for the cancel, and enter what was answered."""
        load_balancer = outcome.load_balancer
        assert load_balancer is not None
        self.if_interrupted = (
            f'Interrupted while asking. Whether the resize of '
            f'{outcome.mid_label} is cancelled cannot be told; run the same '
            'command again'
        )
        try:
            proxy.cancel_load_balancer_resize(load_balancer, resize=latest)
        except Exception as exc:
            self._look_after(proxy, outcome, exc)
        else:
            outcome.result = 'accepted'
            load_balancer.provisioning_status = 'PENDING_UPDATE'

    def _look_after(
        self,
        proxy: _proxy.Proxy,
        outcome: Outcome,
        exc: Exception,
    ) -> None:
        """Find out whether the resize is cancelled nevertheless.

        An earlier run of the same command may have asked for it, or this one
        although the answer was lost.
        """
        is_refused = isinstance(exc, exceptions.ConflictException)
        latest = None
        if is_refused or errors.is_uncertain(exc):
            latest = self._latest(proxy, outcome)
        now = self._now(proxy, outcome)
        state = None if latest is None else latest.state
        if state == 'CANCELLING' or (state == 'CANCELLED' and not is_refused):
            outcome.result = 'accepted'
            if is_refused:
                self.hint(
                    f'The resize of {outcome.mid_label} is being cancelled '
                    'already'
                )
        elif (
            latest is not None
            and state == 'CANCELLED'
            and outcome.status in _load_balancer.RESIZABLE
        ):
            outcome.result = 'unchanged'
            self._tell_cancelled(outcome, latest, ' already')
        else:
            message = (
                f'The resize of {outcome.mid_label} was not cancelled: '
                f'{errors.explain(exc)}{now}'
            )
            self.fail(outcome, 'failed', message + errors.advise(exc))

    def end_otherwise(
        self, outcome: Outcome, failure: _failure.ResizeFailure
    ) -> None:
        resize = failure.resize
        if (
            resize is not None
            and resize.state == 'CANCELLED'
            and outcome.status == 'ERROR'
        ):
            outcome.result = 'cancelled'
            self._tell_cancelled(outcome, resize)
        else:
            super().end_otherwise(outcome, failure)

    def _tell_cancelled(
        self,
        outcome: Outcome,
        resize: _resize.LoadBalancerResize,
        when: str = '',
    ) -> None:
        having = text.with_flavor(outcome.previous_flavor)
        message = (
            f'The resize of {outcome.mid_label} is cancelled{when}; it is '
            f'{outcome.status} {having}'
        )
        if outcome.status == 'ERROR':
            flavor = outcome.new_flavor or resize.new_flavor_id
            message += ', as before' + self.how_to_mend(outcome, flavor)
        self.hint(message)

    def remedy(self, outcome: Outcome) -> str:
        return f'. To look: {self.show_command(outcome)}'

    def _latest(
        self, proxy: _proxy.Proxy, outcome: Outcome
    ) -> _resize.LoadBalancerResize | None:
        """Look at the latest resize, where the service tells of it."""
        try:
            return proxy.get_load_balancer_resize(outcome.id)
        except Exception:
            return None

    def _now(self, proxy: _proxy.Proxy, outcome: Outcome) -> str:
        try:
            outcome.load_balancer = proxy.get_load_balancer(outcome.id)
        except Exception as exc:
            if _is_gone(exc):
                return f'. {_DELETED}'
            return f'. What it is now cannot be told: {errors.explain(exc)}'
        return f'. It is {outcome.status}'
