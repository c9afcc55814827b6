-- When somebody works and when not, and the version by which bookings notice a change.
create table opening_rule (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    location_id uuid not null,
    resource_id uuid,
    service_id uuid,
    rule_kind text not null check (rule_kind in ('WEEKLY', 'DATE_RANGE', 'EXCEPTION')),
    -- ISO weekdays, 1 is Monday; null means every day.
    days_of_week smallint[] check (
        days_of_week <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[] and cardinality(days_of_week) > 0),
    start_time time not null,
    end_time time not null,
    slot_capacity smallint not null default 1 check (slot_capacity between 1 and 1000),
    slot_granularity_minutes smallint check (slot_granularity_minutes between 1 and 1440),
    valid_from date,
    valid_to date,
    is_closed boolean not null default false,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    -- The same contradictions that holdfast.scheduling.hours.OpeningRule refuses.
    check (valid_from is null or valid_to is null or valid_from <= valid_to),
    check (start_time <> end_time or start_time = '00:00'),
    check (rule_kind <> 'WEEKLY' or days_of_week is not null),
    check (rule_kind <> 'DATE_RANGE' or valid_from is not null or valid_to is not null),
    check (rule_kind <> 'EXCEPTION' or (valid_from is not null and valid_to is not null)),
    unique nulls not distinct (tenant_id, location_id, resource_id, service_id, rule_kind, days_of_week,
        start_time, end_time, valid_from, valid_to),
    foreign key (tenant_id, location_id) references location (tenant_id, id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    foreign key (tenant_id, service_id) references service (tenant_id, id)
);
create index opening_rule_resource on opening_rule (tenant_id, resource_id);
create index opening_rule_service on opening_rule (tenant_id, service_id);
select protect_tenant_table('opening_rule');

create table blackout (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    -- Neither: the whole business. A location: everybody there. A resource: that calendar.
    location_id uuid,
    resource_id uuid,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- Sealed: "doctor's appointment" is nobody's business.
    reason bytea,
    -- S0 and S2: repeats every week at the same local time.
    is_recurring boolean not null default false,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    check (starts_at < ends_at),
    foreign key (tenant_id, location_id) references location (tenant_id, id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id)
);
create index blackout_time on blackout (tenant_id, ends_at, starts_at);
create index blackout_location on blackout (tenant_id, location_id);
create index blackout_resource on blackout (tenant_id, resource_id);
select protect_tenant_table('blackout');

create table schedule_version (
    tenant_id uuid not null references tenant (id) primary key,
    version bigint not null default 1
);
select protect_tenant_table('schedule_version');
