"""Compares the event log with the tables, tenant by tenant: a process of its own, as the app role."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from holdfast.capabilities.tenants.types import Tenant

_MOST_SAID = 100


def main(slugs: Sequence[str]) -> int:
    """Check the businesses with these slugs, or all; say what differs. The answer is the exit status."""
    # Only now: these read the settings.
    from holdfast.capabilities.bookings.queries.history import Checked, check_log
    from holdfast.capabilities.tenants.queries import list_tenants
    from holdfast.platform.tenancy import tenant_context

    tenants = {tenant.slug: tenant for tenant in list_tenants()}
    unknown = [slug for slug in slugs if slug not in tenants]
    if unknown:
        sys.stderr.write(f"There is no business {', '.join(unknown)}.\n")
        return 1
    status = 0
    for tenant in _chosen(tenants, slugs):
        read = Checked()
        with tenant_context(tenant.id, "system:check-log"):
            differences = check_log(read)
            said = list(islice(differences, _MOST_SAID))
            more = sum(1 for _ in differences)
        for each in said:
            sys.stdout.write(f"{tenant.slug}: {each}\n")
        if more:
            sys.stdout.write(f"{tenant.slug}: and {more} more\n")
        total = len(said) + more
        verdict = f"{total} difference{'s' if total > 1 else ''}" if total else "log and tables agree"
        sys.stdout.write(
            f"{tenant.slug}: {read.events} events, {read.bookings} bookings, {read.allocations} allocations:"
            f" {verdict}\n"
        )
        status = status or int(total > 0)
    return status


def _chosen(tenants: dict[str, Tenant], slugs: Sequence[str]) -> Iterator[Tenant]:
    yield from (tenants[slug] for slug in slugs or tenants)


if __name__ == "__main__":
    django.setup()
    raise SystemExit(main(sys.argv[1:]))
