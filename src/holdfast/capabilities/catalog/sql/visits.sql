-- What a service may ask for beyond one person's time: seats, limits, steps, roles, add-ons, its own policy.
alter table service alter column slot_granularity_minutes drop not null;
-- Null: starts lie on the grid of each opening rule.
alter table service alter column slot_granularity_minutes drop default;
alter table service
    -- Seats at one start; more than one makes it a group, whose starts are published (slot_instance).
    add column capacity smallint not null default 1 check (capacity between 1 and 1000),
    -- Of this service, for each resource that gives it; null means as many as there is time for.
    add column most_per_day smallint check (most_per_day between 1 and 1000),
    add column most_per_week smallint check (most_per_week between 1 and 1000),
    -- Steps: [{role, offset_minutes, duration_minutes, kind}]; empty means one, over the whole duration.
    add column segments jsonb not null default '[]' check (jsonb_typeof(segments) = 'array'),
    -- Who or what is needed: [{name, kind, required_skills}], the lead first; empty means one person.
    add column roles jsonb not null default '[]' check (jsonb_typeof(roles) = 'array'),
    add column is_add_on boolean not null default false,
    -- Null: the tenant's policy.
    add column exposure text check (exposure in ('all', 'curated')),
    add column publishes_slots boolean not null default false;

-- What may be added to a service: at its end, or some minutes into it.
create table service_add_on (
    tenant_id uuid not null references tenant (id),
    service_id uuid not null,
    add_on_id uuid not null,
    at_minutes integer check (at_minutes between 0 and 10080),
    display_order integer not null default 0,
    primary key (tenant_id, service_id, add_on_id),
    check (service_id <> add_on_id),
    foreign key (tenant_id, service_id) references service (tenant_id, id),
    foreign key (tenant_id, add_on_id) references service (tenant_id, id)
);
create index service_add_on_add_on on service_add_on (tenant_id, add_on_id);
select protect_tenant_table('service_add_on');
