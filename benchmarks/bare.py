"""The bare transaction by pgbench: the same tables, row security on, as the app role, and nothing around it.

It locks the resource, writes booking, allocation and event, and commits: the least that a hold is. Each
client has chairs of its own and goes through starts far behind those of the holds over HTTP, so that none
conflicts.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ground import LOCATION, RESOURCES, SERVICE, TENANT, Ground
from holdfast.platform.embedded.binaries import binaries_folder

SCRIPT = f"""
\\set i :i + 1
\\set chair (:client_id + :step * (:i % :chairs)) % {RESOURCES}
\\set quarter :offset + :i / :chairs
begin;
select set_config('app.tenant', '{TENANT}', true), set_config('app.actor', 'bench', true);
select id as chair_id from resource where tenant_id = '{TENANT}'
    and id = ('01890000-0000-7000-8000-' || lpad(:chair::text, 12, '0'))::uuid for no key update \\gset
insert into booking (tenant_id, id, service_id, location_id, resource_id, status, starts_at, ends_at,
        local_start, time_zone, tzdb, hold_expires_at, price_minor, currency, title, created_at, updated_at)
    select '{TENANT}', gen_random_uuid(), '{SERVICE}', '{LOCATION}', :chair_id::uuid, 'held', at,
        at + interval '15 minutes', at at time zone 'UTC', 'Europe/Berlin', '2026f',
        now() + interval '10 minutes', 4200, 'EUR', 'Cut', now(), now()
    from (select timestamptz '2100-01-01 00:00Z' + interval '15 minutes' * :quarter) as t (at)
    returning id as booking_id \\gset
insert into allocation (tenant_id, booking_id, resource_id, lane, starts_at, ends_at, expires_at)
    select '{TENANT}', :booking_id::uuid, :chair_id::uuid, 0, at, at + interval '15 minutes',
        now() + interval '10 minutes'
    from (select timestamptz '2100-01-01 00:00Z' + interval '15 minutes' * :quarter) as t (at);
insert into booking_event (tenant_id, booking_id, kind, version, data, occurred_at)
    values ('{TENANT}', :booking_id::uuid, 'booking.held', 1, '{{"status": "held"}}', now());
commit;
"""
STATEMENTS = 7
"""Statements, and so round trips, of one bare transaction: begin and commit included."""


@dataclass(frozen=True)
class Bare:
    """Transactions a second and their mean latency in milliseconds."""

    clients: int
    rate: float
    latency: float


def run(ground: Ground, *, clients: int, seconds: int, offset: int) -> Bare:
    """Run the script; `offset` is the first quarter of an hour, new for every run."""
    script = ground.folder / "bare.sql"
    script.write_text(SCRIPT, encoding="utf-8")
    chairs = RESOURCES // clients
    result = subprocess.run(
        [
            str(Path(binaries_folder()) / "pgbench"),
            *("-n", "-M", "prepared", "-f", str(script), "-c", str(clients), "-j", str(min(clients, 2))),
            *("-T", str(seconds), "-D", "i=0", "-D", f"chairs={chairs}", "-D", f"step={clients}"),
            *("-D", f"offset={offset}", ground.prepared.app_url),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    rate = re.search(r"^tps = ([\d.]+)", result.stdout, re.MULTILINE)
    latency = re.search(r"^latency average = ([\d.]+) ms", result.stdout, re.MULTILINE)
    failed = re.search(r"number of failed transactions: (\d+)", result.stdout)
    if result.returncode or not rate or not latency or (failed and failed[1] != "0"):
        raise RuntimeError(f"pgbench failed:\n{result.stdout}{result.stderr}")
    return Bare(clients, float(rate[1]), float(latency[1]))
