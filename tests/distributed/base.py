# SPDX-License-Identifier: Apache-2.0

"""What tests on the distributed profile have in common."""

from collections.abc import Callable
from collections.abc import Iterator
from concurrent import futures
import configparser
import contextlib
import os
import signal
import time
from typing import Any
from typing import NamedTuple

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb
import psutil
import sqlalchemy
from testtools.content import text_content

from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.distributed import octavia
from resize_sandbox.state import Step
from tests.distributed import sandboxes
from tests.functional import load_balancer
from tests.functional import shared_sandbox

WORKERS = octavia.RESIZE_WORKERS

#: How often the loops of the races run.
ITERATIONS = int(os.environ.get('RESIZE_TEST_ITERATIONS', '10'))

#: By when a resize whose worker has been killed has come to an end: it is
#: noticed, and what Octavia tries again is given up.
_END_SECONDS = 120.0
_POLL_SECONDS = 0.2

#: Flavors whose amphorae take their time to boot.
SLOW = 'slow'
HA_SLOW = 'ha-slow'


class Answer(NamedTuple):
    """What Octavia has answered to one request."""

    status: int
    #: The seconds that it took.
    seconds: float
    text: str


class TestCase(load_balancer.TestCase):
    """A test that may stop any service of its sandbox."""

    #: Whether the workers use the jobboard; None where that doesn't matter.
    jobboard: bool | None = False

    def setUp(self) -> None:
        self.sandbox = sandboxes.take(jobboard=self.jobboard)
        super().setUp()
        self.assertEqual(
            DISTRIBUTED,
            self.sandbox.options.profile,
            'RESIZE_SANDBOX_DIR names no distributed sandbox',
        )
        if self.jobboard is not None:
            self._use_jobboard(self.jobboard)
        # Workers notice some seconds later that RabbitMQ was restarted, and
        # what is sent to them before that is lost.
        self.until(
            'all services work',
            lambda: all(service.running for service in self.sandbox.status()),
        )

    def stop(self, *names: str, number: int = signal.SIGTERM) -> None:
        """Stop services; they are started again at the end of the test."""
        self.addCleanup(self.sandbox.start_services, *names)
        self.sandbox.stop_services(*names, number=number)

    def start(self, *names: str) -> None:
        """Start services, and wait until they work."""
        self.sandbox.start_services(*names)

    def terminate(self, name: str) -> None:
        """Have a service begin to end; :meth:`stop` waits for the end."""
        self._find(name).terminate()

    def send_signal(self, name: str, number: int) -> None:
        """Send a signal to a service and to what it has started."""
        parent = self._find(name)
        for process in (parent, *parent.children(recursive=True)):
            process.send_signal(number)

    def _find(self, name: str) -> psutil.Process:
        (pid,) = [
            service.pid
            for service in self.sandbox.status()
            if service.name == name
        ]
        return psutil.Process(pid)

    @contextlib.contextmanager
    def stunned(self, name: str) -> Iterator[None]:
        """Have a service stand still, as a machine that is paused does.

        Not within a transaction: what that has locked stays locked until the
        database closes the connection, and nobody can continue before.
        """
        self.until(
            f'{name} stands still outside of transactions',
            lambda: self._stop_outside_transactions(name),
        )
        try:
            yield
        finally:
            self.send_signal(name, signal.SIGCONT)

    def _stop_outside_transactions(self, name: str) -> bool:
        self.send_signal(name, signal.SIGSTOP)
        # What others have locked is free again by then.
        time.sleep(0.5)
        if self._is_nothing_locked():
            return True
        self.send_signal(name, signal.SIGCONT)
        return False

    def _is_nothing_locked(self) -> bool:
        config = self._read_config()
        locked = {
            config['database']['connection']: (
                'amphora',
                'load_balancer',
                'load_balancer_resize',
            )
        }
        if config.has_section('task_flow'):
            persistence = config['task_flow']['persistence_connection']
            locked[persistence] = ('atomdetails', 'flowdetails')
        for url, tables in locked.items():
            engine = sqlalchemy.create_engine(url)
            try:
                with engine.begin() as connection:
                    for table in tables:
                        connection.execute(
                            sqlalchemy.text(
                                f'SELECT 1 FROM {table} FOR UPDATE NOWAIT'
                            )
                        ).all()
            except sqlalchemy.exc.OperationalError:
                return False
            finally:
                engine.dispose()
        return True

    def wait_for_log(self, name: str, *parts: str) -> None:
        """Wait until a service has logged a line with some parts."""
        log = self.sandbox.log_file(name)

        def found() -> bool:
            return any(
                all(part in line for part in parts)
                for line in log.read_text(errors='replace').splitlines()
            )

        self.until(f'{name} logs {parts}', found, 120)

    def set_status(self, load_balancer_id: str, status: str) -> None:
        """Set a provisioning status in the database, as operators may."""
        with self.engine.begin() as connection:
            connection.execute(
                sqlalchemy.text(
                    'UPDATE load_balancer SET provisioning_status = :status '
                    'WHERE id = :id'
                ),
                {'status': status, 'id': load_balancer_id},
            )

    @property
    def engine(self) -> sqlalchemy.Engine:
        """Return an engine of Octavia's database."""
        return sqlalchemy.create_engine(
            self._read_config()['database']['connection']
        )

    def _read_config(self) -> configparser.ConfigParser:
        config = configparser.ConfigParser(interpolation=None, strict=False)
        config.read(self.sandbox.state.etc / 'octavia.conf')
        return config

    def _use_jobboard(self, used: bool) -> None:
        """Have all workers run with or without the jobboard."""
        if used and not self.sandbox.options.jobboard:
            raise RuntimeError(
                'RESIZE_SANDBOX_DIR names no sandbox with a jobboard, or '
                'another process has it'
            )
        workers = (octavia.WORKER, *WORKERS)
        changed = []
        for name in workers:
            path = self.sandbox.state.config_file(name)
            own = configparser.RawConfigParser()
            own.read(path)
            is_used = own.getboolean(
                'task_flow',
                'jobboard_enabled',
                fallback=self.sandbox.options.jobboard,
            )
            if is_used == used:
                continue
            own.read_dict({'task_flow': {'jobboard_enabled': str(used)}})
            with path.open('w') as file:
                own.write(file)
            changed.append(name)
        if changed:
            self.sandbox.stop_services(*changed)
        self.start(*workers)

    def request_resize(self, load_balancer_id: str, flavor: str) -> Answer:
        """Request a resize once, as the tenant."""
        return self.request(
            'PUT',
            f'loadbalancers/{load_balancer_id}/resize',
            {'new_flavor_id': self.flavors.get(flavor, flavor)},
        )

    def cancel(self, load_balancer_id: str) -> int:
        """Cancel a resize; return the status of the answer."""
        return self.request(
            'DELETE', f'loadbalancers/{load_balancer_id}/resize?cancel=true'
        ).status

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        cloud: str = 'sandbox-member',
    ) -> Answer:
        """Send one request to Octavia, and don't repeat it."""
        tenant = shared_sandbox.connect(cloud)
        started = time.monotonic()
        response = tenant.session.request(
            f'{self.endpoint}/v2.0/lbaas/{path}',
            method,
            json=body,
            raise_exc=False,
            connect_retries=0,
            status_code_retries=0,
            headers={'X-Auth-Token': tenant.session.get_token()},
            authenticated=False,
        )
        seconds = time.monotonic() - started
        return Answer(response.status_code, seconds, response.text)

    @property
    def endpoint(self) -> str:
        """Octavia's base URL."""
        port = self.sandbox.state.read_json('ports')['octavia']
        return f'http://127.0.0.1:{port}'

    def show_token(self) -> None:
        """Let every process of the API check the tenant's token.

        They remember it, and query Keystone again much later only.
        """
        path = 'loadbalancers?limit=1'
        with futures.ThreadPoolExecutor(16) as pool:
            answers = pool.map(lambda _: self.request('GET', path), range(64))
            self.assertEqual({200}, {answer.status for answer in answers})

    def resize_state(self, load_balancer_id: str) -> dict[str, Any]:
        """Return the latest resize."""
        response = self.member.load_balancer.get(
            f'/lbaas/loadbalancers/{load_balancer_id}/resize'
        )
        exceptions.raise_from_response(response)
        found: dict[str, Any] = response.json()['resize']
        return found

    def until(
        self, what: str, check: Callable[[], Any], timeout: float = 60.0
    ) -> Any:
        """Wait until something holds; errors of the services don't count.

        :param what: what is waited for, for the failure.
        :returns: what the check has returned.
        """
        deadline = time.monotonic() + timeout
        seen: Any = None
        while time.monotonic() < deadline:
            try:
                seen = check()
            except exceptions.SDKException as error:
                seen = error
            else:
                if seen:
                    return seen
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f'{what}: not within {timeout} s: {seen!r}')

    @contextlib.contextmanager
    def held_mid_flow(
        self, lb: _lb.LoadBalancer, flavor: str
    ) -> Iterator[None]:
        """Start a resize, and enter the context when new amphorae boot.

        They don't become ACTIVE while the context is open.
        """
        with self.boots_held():
            self.start_resize(lb, flavor)
            self.until_mid_flow(lb.id)
            yield

    def boots_held(self) -> contextlib.AbstractContextManager[Any]:
        """Keep servers from becoming ACTIVE while the context is open."""
        return self.sandbox.state.hold(Step.BOOT)

    def until_mid_flow(self, load_balancer_id: str) -> None:
        """Wait until the flow of a resize builds all new amphorae."""
        self.until(
            'the new amphorae',
            lambda: (
                len(self.new_amphorae(load_balancer_id))
                == len(self.amphorae(load_balancer_id))
            ),
        )

    def new_amphorae(self, load_balancer_id: str) -> dict[str, str]:
        """Return the server of each amphora that is being built, by ID."""
        return {
            amphora.id: amphora.compute_id
            for amphora in self.admin.load_balancer.amphorae(
                loadbalancer_id=load_balancer_id
            )
            if amphora.compute_id and amphora.status == 'BOOTING'
        }

    def report(self, outcome: str) -> None:
        """Write an outcome to the report, DIR/logs/outcomes.txt."""
        self.addDetail('outcome', text_content(outcome))
        name = self.id().removeprefix('tests.distributed.')
        file = os.open(
            self.sandbox.state.logs / 'outcomes.txt',
            os.O_WRONLY | os.O_APPEND | os.O_CREAT,
            0o600,
        )
        with os.fdopen(file, 'w') as report:
            report.write(f'{name}: {outcome}\n')

    def end_after_fault(self, load_balancer_id: str) -> _lb.LoadBalancer:
        """Wait until a resize has ended, and report how and when."""
        started = time.monotonic()
        found = self.until_ended(load_balancer_id)
        seconds = time.monotonic() - started
        self.report(f'{found.provisioning_status} {seconds:.0f} s after it')
        return found

    def until_ended(
        self, load_balancer_id: str, timeout: float = _END_SECONDS
    ) -> _lb.LoadBalancer:
        """Wait until a load balancer is in no PENDING state any more."""

        def ended() -> _lb.LoadBalancer | None:
            found = self.get(load_balancer_id)
            if found.provisioning_status.startswith('PENDING_'):
                return None
            return found

        return self.until('the end of the resize', ended, timeout)

    def receiver_of(self, load_balancer_id: str) -> str:
        """Return the worker that has received the resize."""
        return self._logged(f"Resizing load balancer '{load_balancer_id}'")

    def runner_of(self, load_balancer_id: str) -> str:
        """Return the worker that runs the flow; another with a jobboard."""
        return self._logged(f'in DB for load balancer {load_balancer_id}')

    def _logged(self, text: str) -> str:
        def worker() -> str | None:
            for name in WORKERS:
                if text in self.sandbox.log_file(name).read_text(
                    errors='replace'
                ):
                    return name
            return None

        found: str = self.until(f'a worker that logs {text!r}', worker)
        return found

    def assert_sound(
        self, before: dict[str, Any], *, flavors: tuple[str, str]
    ) -> str:
        """Check what must hold after each fault.

        No child is lost or changed, and the load balancer is either ACTIVE
        with the flavor that its amphorae carry, or in ERROR.

        :param before: what :meth:`everything` has returned.
        :param flavors: the flavor before the resize, and the new one.
        :returns: the provisioning status.
        """
        path = next(iter(before))
        load_balancer_id = path.split('/')[1]
        after = self.everything(load_balancer_id)
        status: str = after[path]['provisioning_status']
        names = {i: n for n, i in self.flavors.items()}
        flavor = names[after[path]['flavor_id']]
        self.assertIn(status, ('ACTIVE', 'ERROR'))
        self.assertIn(flavor, flavors)
        self.assertEqual(
            _stable(before, path), _stable(after, path), 'children'
        )
        if status == 'ACTIVE':
            amphorae = self.amphorae(load_balancer_id)
            self.assertEqual(
                [f'sandbox.{flavor.removeprefix("ha-")}']
                * (2 if flavor.startswith('ha-') else 1),
                list(amphorae.values()),
            )
        else:
            self.assertEqual(flavors[0], flavor)
        return status

    def heal(self, before: dict[str, Any], flavor: str) -> None:
        """Resize again, as its owner would, and expect full success."""
        load_balancer_id = next(iter(before)).split('/')[1]
        answer = self.request_resize(load_balancer_id, flavor)
        self.assertEqual(202, answer.status)
        self.wait_for(load_balancer_id, 'ACTIVE')
        self.assert_sound(before, flavors=(flavor, flavor))


def _stable(everything: dict[str, Any], path: str) -> dict[str, Any]:
    """Return what a resize must keep, whatever happens.

    Octavia sets children to ERROR or PENDING_UPDATE with their load
    balancer; the next resize or failover makes them ACTIVE.
    """
    left_out = {'provisioning_status', 'operating_status'}
    return {
        key: {
            name: value
            for name, value in fields.items()
            if name not in left_out
            and not (key == path and name == 'flavor_id')
        }
        for key, fields in everything.items()
    }
