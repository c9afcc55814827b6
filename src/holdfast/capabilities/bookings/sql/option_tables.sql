-- Options of studios: until when one stands, and who has challenged whom.
alter table booking
    -- An option ends then by itself; nothing else has it.
    add column option_expires_at timestamptz,
    add check (status <> 'option' or (option_rank is not null and option_expires_at is not null));
-- Bookings of a resource and a range, without a service: the queue of options is among them.
create index booking_studio on booking (tenant_id, resource_id, ends_at) where service_id is null;
create index booking_option_due on booking (tenant_id, option_expires_at) where status = 'option';

-- Whoever waits behind may ask whoever is first to decide. The holder confirms or gives way by `answer_by`.
create table option_challenge (
    tenant_id uuid not null,
    id uuid not null,
    resource_id uuid not null,
    challenger_id uuid not null,
    holder_id uuid not null,
    status text not null default 'open' check (status in ('open', 'withdrawn', 'answered', 'overdue')),
    opened_at timestamptz not null,
    answer_by timestamptz not null,
    closed_at timestamptz,
    check (challenger_id <> holder_id),
    check ((status = 'open') = (closed_at is null)),
    primary key (tenant_id, id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    foreign key (tenant_id, challenger_id) references booking (tenant_id, id),
    foreign key (tenant_id, holder_id) references booking (tenant_id, id)
);
create index option_challenge_resource on option_challenge (tenant_id, resource_id, answer_by);
create index option_challenge_challenger on option_challenge (tenant_id, challenger_id);
create index option_challenge_holder on option_challenge (tenant_id, holder_id);
create index option_challenge_due on option_challenge (tenant_id, answer_by) where status = 'open';
-- One question at a time, to one holder and by one who waits.
create unique index option_challenge_open_holder on option_challenge (tenant_id, holder_id) where status = 'open';
create unique index option_challenge_open_challenger on option_challenge (tenant_id, challenger_id)
    where status = 'open';
select protect_tenant_table('option_challenge');
