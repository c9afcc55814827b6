-- What is sold: how long it takes, its buffers, its price and its flow.
create table service (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    -- Null: sold at every location.
    location_id uuid,
    name text not null check (length(name) between 1 and 200),
    description text not null default '' check (length(description) <= 4000),
    duration_minutes integer not null check (duration_minutes between 1 and 10080),
    buffer_before_minutes integer not null default 0 check (buffer_before_minutes between 0 and 1440),
    buffer_after_minutes integer not null default 0 check (buffer_after_minutes between 0 and 1440),
    -- Minor units of the currency; null means "on request".
    price_minor bigint check (price_minor >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    flow text not null default 'instant' check (flow in ('instant', 'hold', 'approval')),
    required_skills text[] not null default '{}',
    slot_granularity_minutes integer not null default 15 check (slot_granularity_minutes between 1 and 1440),
    minimum_notice_minutes integer not null default 0 check (minimum_notice_minutes >= 0),
    horizon_days integer not null default 365 check (horizon_days between 1 and 1095),
    is_active boolean not null default true,
    display_order integer not null default 0,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, location_id) references location (tenant_id, id)
);
create index service_location on service (tenant_id, location_id);
select protect_tenant_table('service');
