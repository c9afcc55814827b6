-- Global: found before any context is set.
create table tenant (
    id uuid primary key,
    slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name text not null check (length(name) between 1 and 200),
    status text not null default 'active' check (status in ('active', 'suspended')),
    locale text not null default 'en',
    time_zone text not null default 'UTC',
    currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
    -- What the public page shows: tagline, about, hue, words of the tenant's own (USERS §4, 13).
    settings jsonb not null default '{}',
    created_at timestamptz not null default now()
);

create table tenant_domain (
    host text primary key check (host = lower(host)),
    tenant_id uuid not null references tenant (id)
);

create table location (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    name text not null check (length(name) between 1 and 200),
    time_zone text not null default 'Asia/Dubai',
    address text not null default '',
    phone text not null default '',
    is_active boolean not null default true,
    display_order integer not null default 0,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
select protect_tenant_table('location');
