"""The catalogue audit of TRUST G14: what the system catalogue says about every table, view and function.

`findings` reads only the catalogue, so a table that somebody adds is audited without being named here; only
tables that belong to no tenant have to be listed, each with the reason why.
"""

from __future__ import annotations

from typing import Any

import psycopg

# Rows of nobody's business: read before a tenant is known, or the bookkeeping of libraries.
GLOBAL_TABLES = {
    "tenant": "found by host before a context can be set",
    "tenant_domain": "found by host before a context can be set",
    "account": "a login works for many businesses",
    "account_emailaddress": "belongs to a login",
    "account_emailconfirmation": "belongs to a login",
    "mfa_authenticator": "belongs to a login",
    "socialaccount_socialaccount": "belongs to a login",
    "socialaccount_socialapp": "sign-in providers of the installation",
    "socialaccount_socialtoken": "belongs to a login",
    "usersessions_usersession": "belongs to a login",
    "auth_group": "Django's own; unused, memberships are ours",
    "auth_group_permissions": "Django's own; unused",
    "auth_permission": "Django's own; unused",
    "django_content_type": "Django's own",
    "django_migrations": "Django's own",
    "django_session": "sessions of logins, by an unguessable key",
    "procrastinate_jobs": "the queue; jobs carry ids only and open their tenant's context",
    "procrastinate_events": "the queue's own log",
    "procrastinate_periodic_defers": "the queue's own bookkeeping",
    "procrastinate_workers": "the queue's own bookkeeping",
}

POLICY = "(tenant_id = ( SELECT app_tenant() AS app_tenant))"

_TABLES = """
select c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, o.rolname as owner,
    exists(select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'
           and not a.attisdropped and a.attnotnull and a.atttypid = 'uuid'::regtype) as has_tenant,
    has_table_privilege('holdfast_app', c.oid, 'TRUNCATE, TRIGGER, REFERENCES') as too_much,
    coalesce(c.reloptions @> array['security_invoker=true'], false) as is_invoker
from pg_class c join pg_roles o on o.oid = c.relowner
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by c.relname
"""
_POLICIES = """
select polrelid, polpermissive, polcmd, polroles = '{0}'::oid[] as for_all,
    pg_get_expr(polqual, polrelid) as sees, pg_get_expr(polwithcheck, polrelid) as writes
from pg_policy
"""
# Unique, primary and exclusion indexes, and whether the tenant is part of each.
_UNIQUE = """
select i.indrelid, x.relname, i.indisprimary,
    pg_get_indexdef(i.indexrelid) ~ '([( ]|uuidrange\\()tenant_id[,) ]' as with_tenant
from pg_index i join pg_class x on x.oid = i.indexrelid
where i.indisunique or i.indisexclusion
"""
# Foreign keys: whether tenant_id of one side is tied to that of the other, and whether an index serves it.
_KEYS = """
select k.conrelid, k.conname, t.relname as target,
    exists(select from unnest(k.conkey, k.confkey) as pair (mine, theirs)
           join pg_attribute a on a.attrelid = k.conrelid and a.attnum = mine and a.attname = 'tenant_id'
           join pg_attribute b on b.attrelid = k.confrelid and b.attnum = theirs and b.attname = 'tenant_id')
        as with_tenant,
    k.confdeltype,
    exists(select from pg_index i where i.indrelid = k.conrelid
           and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) as is_indexed
from pg_constraint k join pg_class t on t.oid = k.confrelid
where k.contype = 'f'
"""
_DEFINERS = """
select p.proname from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.prosecdef
"""


def tenant_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Every table that is not on the list of global ones."""
    rows = connection.execute(_TABLES.encode()).fetchall()
    return [row[1] for row in rows if row[2] in ("r", "p") and row[1] not in GLOBAL_TABLES]


def findings(connection: psycopg.Connection[Any]) -> list[str]:
    """One sentence for each way in which the catalogue would let rows of one tenant reach another."""
    policies: dict[int, list[tuple[Any, ...]]] = {}
    for relation, *policy in connection.execute(_POLICIES.encode()):
        policies.setdefault(relation, []).append(tuple(policy))
    found: list[str] = []
    tenants: dict[int, str] = {}
    for oid, name, kind, enabled, forced, owner, has_tenant, too_much, is_invoker in connection.execute(
        _TABLES.encode()
    ).fetchall():
        if too_much:
            found.append(f"{name}: the app role may do more than select, insert, update and delete")
        if owner != "holdfast_owner":
            found.append(f"{name}: owned by {owner}")
        if kind in ("v", "m", "f"):
            if kind != "v" or not is_invoker:
                found.append(f"{name}: a view must be security_invoker; other kinds are not for tenants")
            continue
        if kind == "p":
            found.append(f"{name}: partitions can be read past the policy of their parent")
        if name in GLOBAL_TABLES:
            continue
        tenants[oid] = name
        if not has_tenant:
            found.append(f"{name}: no tenant_id, and not on the list of global tables")
        if not enabled or not forced:
            found.append(f"{name}: row security is not enabled and forced")
        if policies.get(oid, []) != [(True, "*", True, POLICY, POLICY)]:
            found.append(f"{name}: not exactly the one policy")
    return found + _keys_without_tenant(connection, tenants) + _definers(connection)


def _keys_without_tenant(connection: psycopg.Connection[Any], tenants: dict[int, str]) -> list[str]:
    found: list[str] = []
    primary: set[int] = set()
    for oid, index, is_primary, with_tenant in connection.execute(_UNIQUE.encode()).fetchall():
        if oid not in tenants:
            continue
        if is_primary:
            primary.add(oid)
        if not with_tenant:
            found.append(f"{tenants[oid]}: {index} is unique across tenants")
    found += [f"{name}: no primary key" for oid, name in tenants.items() if oid not in primary]
    for oid, key, target, with_tenant, on_delete, is_indexed in connection.execute(_KEYS.encode()).fetchall():
        if oid not in tenants:
            continue
        if target not in GLOBAL_TABLES and not with_tenant:
            found.append(f"{tenants[oid]}: {key} to {target} leaves out the tenant")
        if on_delete == "c":
            found.append(f"{tenants[oid]}: {key} to {target} deletes in cascades, past every policy")
        if not is_indexed:
            found.append(f"{tenants[oid]}: {key} to {target} has no index")
    return found


def _definers(connection: psycopg.Connection[Any]) -> list[str]:
    return [
        f"{name}: a function with its owner's rights"
        for (name,) in connection.execute(_DEFINERS.encode()).fetchall()
    ]
