# SPDX-License-Identifier: Apache-2.0

"""What a resize of load balancers costs, beside failovers."""

import datetime
import statistics
import time

from benchmarks import measure
from benchmarks.setting import Setting

# How many load balancers the shell loop changes: those take minutes.
_LOOP = 10

SUBNET = '1a3b6f52-7d07-4b3e-8f3a-0d1c7d3f5a41'


def command(setting: Setting) -> None:
    """Resize against failover, both without waiting.

    A failover is for administrators only.
    """
    lb_id = setting.find_load_balancer('web').id
    ours: list[measure.Run] = []
    peer: list[measure.Run] = []
    flavors = ['large', 'small'] * (setting.pairs + 1)
    for flavor in flavors[: setting.pairs]:
        ours.append(
            setting.tenant.run(
                'loadbalancer', 'resize', '--flavor', flavor, 'web'
            )
        )
        setting.wait_active(lb_id)
        peer.append(setting.peer.run('loadbalancer', 'failover', 'web'))
        setting.wait_active(lb_id)
    setting.add_runs('``loadbalancer resize``', ours, peer)
    flavor = flavors[setting.pairs]
    requests = setting.tenant.count_requests(
        'loadbalancer', 'resize', '--flavor', flavor, 'web'
    )
    setting.wait_active(lb_id)
    peers = setting.peer.count_requests('loadbalancer', 'failover', 'web')
    setting.wait_active(lb_id)
    setting.add(
        '``loadbalancer resize``: HTTP requests of a tenant',
        str(requests),
        str(peers),
        f'{requests / peers:.2f}',
    )


def flows(setting: Setting) -> None:
    """The server's flows, from its 202 to ACTIVE."""
    for name, flavors in (
        ('web', ('large', 'small')),
        ('shop', ('ha-large', 'ha-small')),
    ):
        proxy = setting.cloud.load_balancer
        load_balancer = setting.find_load_balancer(name)
        ids = {f.name: f.id for f in proxy.flavors()}
        now = load_balancer.flavor_id
        path = f'/lbaas/loadbalancers/{load_balancer.id}'
        ours: list[float] = []
        peer: list[float] = []
        # Requests take no more than a second or two: too little for few.
        for number in range(3 * setting.pairs):
            now = next(ids[f] for f in flavors if ids[f] != now)
            pair = [
                (ours, 'resize', {'new_flavor_id': now}),
                (peer, 'failover', None),
            ]
            # The first is faster: Octavia keeps the amphorae that it has
            # deleted in its database, and reads all each time.
            if number % 4 > 1:
                pair.reverse()
            for durations, action, body in pair:
                with setting.watch(load_balancer.id) as watcher:
                    proxy.put(f'{path}/{action}', json=body)
                    begun = time.monotonic()
                durations.append(watcher.ended[load_balancer.id] - begun)
        # Python's garbage collection runs in some of them only, and takes
        # a tenth of one: a median would depend on chance.
        a, b = statistics.mean(ours), statistics.mean(peer)
        setting.add(
            f'The flow on the server, {load_balancer.name}',
            f'{a:.2f} s',
            f'{b:.2f} s',
            f'{a / b:.2f}',
        )


def waiting(setting: Setting) -> None:
    """The lag between the server's end and the command's."""
    lb_id = setting.find_load_balancer('web').id
    ours, peer = [], []
    for number in range(setting.pairs):
        flavor = _other_flavor(setting, 'web')
        with setting.watch(lb_id) as watcher:
            run = setting.ours.run(
                *('loadbalancer', 'resize', '--flavor', flavor),
                *('--wait', 'web'),
            )
        ours.append(run.ended - watcher.ended[lb_id])
        with setting.watch(lb_id) as watcher:
            run = setting.peer.run('loadbalancer', 'failover', '--wait', 'web')
        peer.append(run.ended - watcher.ended[lb_id])
    a, b = statistics.median(ours), statistics.median(peer)
    setting.add(
        'From ACTIVE to the exit of the command with ``--wait``',
        f'{a:.2f} s',
        f'{b:.2f} s',
        f'{a / b:.2f}',
    )


def _other_flavor(setting: Setting, name: str) -> str:
    small = setting.find_flavor('small').id
    now = setting.find_load_balancer(name).flavor_id
    return 'large' if now == small else 'small'


def many(setting: Setting) -> None:
    """Many in one command, against a shell loop of the peer."""
    proxy = setting.member.load_balancer
    small = setting.find_flavor('small').id
    names = [f'many-{number}' for number in range(setting.many)]
    ids = [
        proxy.create_load_balancer(
            name=name, vip_subnet_id=SUBNET, flavor_id=small
        ).id
        for name in names
    ]
    for lb_id in ids:
        setting.wait_active(lb_id)
    run = setting.tenant.run(
        *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
        *('--max-in-progress', '0', *names),
    )
    resizes = [
        proxy.get(f'/lbaas/loadbalancers/{lb_id}/resize').json()['resize']
        for lb_id in ids
    ]
    server = _seconds_between(
        min(resize['created_at'] for resize in resizes),
        max(resize['updated_at'] for resize in resizes),
    )
    setting.add(
        f'{setting.many} load balancers at once: command against server',
        f'{run.wall:.1f} s',
        f'{server:.1f} s',
        f'{run.wall / server:.2f}',
    )
    begun = time.monotonic()
    for name in names[:_LOOP]:
        setting.peer.run('loadbalancer', 'failover', '--wait', name)
    for_each = run.wall / len(names)
    loop = (time.monotonic() - begun) / len(names[:_LOOP])
    setting.add(
        f'{setting.many} load balancers: for each, one command against a loop',
        f'{for_each:.2f} s',
        f'{loop:.2f} s',
        f'{for_each / loop:.2f}',
    )
    requests = setting.tenant.count_requests(
        *('loadbalancer', 'resize', '--flavor', 'small', '--wait'),
        *('--max-in-progress', '0', *names),
    )
    setting.add(
        f'{setting.many} load balancers: HTTP requests for each',
        f'{requests / setting.many:.2f}',
        '',
        '',
    )


def _seconds_between(begin: str, end: str) -> float:
    """Return the time between two points in ISO 8601."""
    length = datetime.datetime.fromisoformat(
        end
    ) - datetime.datetime.fromisoformat(begin)
    return length.total_seconds()
