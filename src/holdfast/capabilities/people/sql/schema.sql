-- What can be booked, who may work here, and the customers, whose contact data is sealed.
create table resource (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    location_id uuid not null,
    kind text not null default 'person' check (kind in ('person', 'room', 'chair', 'equipment')),
    name text not null check (length(name) between 1 and 200),
    title text not null default '',
    skills text[] not null default '{}',
    -- How many bookings fit side by side: lanes 0 .. capacity - 1.
    capacity integer not null default 1 check (capacity between 1 and 1000),
    is_active boolean not null default true,
    display_order integer not null default 0,
    settings jsonb not null default '{}',
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, location_id) references location (tenant_id, id)
);
create index resource_location on resource (tenant_id, location_id);
select protect_tenant_table('resource');

create table membership (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    account_id uuid not null references account (id),
    role text not null check (role in ('owner', 'admin', 'manager', 'frontdesk', 'artist')),
    resource_id uuid,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    unique (tenant_id, account_id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id)
);
create index membership_account on membership (account_id);
create index membership_resource on membership (tenant_id, resource_id);
select protect_tenant_table('membership');

create table customer (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    -- Name, e-mail and phone as one sealed document (holdfast.platform.crypto).
    contact bytea not null,
    email_index bytea,
    phone_index bytea,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create unique index customer_email on customer (tenant_id, email_index) where email_index is not null;
create index customer_phone on customer (tenant_id, phone_index) where phone_index is not null;
select protect_tenant_table('customer');
