-- What curated pages offered to whom: the other half of the report on fairness (what was taken is a booking).
create table slot_offer (
    tenant_id uuid not null references tenant (id),
    id bigint generated always as identity,
    offered_at timestamptz not null,
    service_id uuid not null,
    -- Who was asked for; null: anyone.
    resource_id uuid,
    location_id uuid,
    local_date date not null,
    variant text not null,
    -- False for what was added within minutes, in the place of a start that had been taken.
    is_first boolean not null,
    -- How many starts there were; which of them were shown, on the wall too; and beside each who could give it.
    total integer not null check (total >= 0),
    starts_at timestamptz[] not null,
    local_starts timestamp[] not null check (cardinality(local_starts) = cardinality(starts_at)),
    able jsonb not null check (jsonb_array_length(able) = cardinality(starts_at)),
    primary key (tenant_id, id),
    foreign key (tenant_id, service_id) references service (tenant_id, id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id)
);
create index slot_offer_time on slot_offer (tenant_id, offered_at);
create index slot_offer_service on slot_offer (tenant_id, service_id, local_date);
create index slot_offer_resource on slot_offer (tenant_id, resource_id);
select protect_tenant_table('slot_offer');
