-- Who waits for a time to come free, what each was offered, and how far a tenant has been looked through.

-- A held time that somebody on the list is offered.
alter table booking drop constraint booking_source_check;
alter table booking add constraint booking_source_check
    check (source in ('api', 'page', 'staff', 'demo', 'waitlist'));

create table waitlist_entry (
    tenant_id uuid not null,
    id uuid not null,
    -- Any one of these will do; they are checked when the wish is written down.
    service_ids uuid[] not null check (cardinality(service_ids) between 1 and 10),
    add_on_ids uuid[] not null default '{}',
    -- With whom and where; null: anyone, anywhere.
    resource_id uuid,
    location_id uuid,
    from_date date not null,
    to_date date not null,
    -- Starts from this time of day on, and before that one.
    from_time time,
    to_time time,
    party_size smallint not null default 1 check (party_size between 1 and 1000),
    status text not null default 'waiting' check (status in ('waiting', 'offered', 'booked', 'left', 'lapsed')),
    -- Sealed: name, e-mail, phone; and what they want to be known.
    contact bytea not null,
    notes bytea,
    email_index bytea,
    phone_index bytea,
    source text not null default 'api' check (source in ('api', 'page', 'staff')),
    language text not null default '',
    token_hash bytea not null check (length(token_hash) = 32),
    version integer not null default 1,
    -- The place in the queue, and when the last start that would suit has passed.
    created_at timestamptz not null default clock_timestamp(),
    closes_at timestamptz not null,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    unique (tenant_id, token_hash),
    check (from_date <= to_date),
    check (from_time < to_time),
    check (num_nonnulls(email_index, phone_index) > 0),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    foreign key (tenant_id, location_id) references location (tenant_id, id)
);
create index waitlist_entry_open on waitlist_entry (tenant_id, created_at, id) where status in ('waiting', 'offered');
create index waitlist_entry_dates on waitlist_entry (tenant_id, to_date);
create index waitlist_entry_email on waitlist_entry (tenant_id, email_index) where status in ('waiting', 'offered');
create index waitlist_entry_phone on waitlist_entry (tenant_id, phone_index) where status in ('waiting', 'offered');
create index waitlist_entry_resource on waitlist_entry (tenant_id, resource_id);
create index waitlist_entry_location on waitlist_entry (tenant_id, location_id);
select protect_tenant_table('waitlist_entry');

-- What was offered to whom, and what became of it. Without a key to the booking: that may have gone to the archive.
create table waitlist_offer (
    tenant_id uuid not null,
    booking_id uuid not null,
    entry_id uuid not null,
    service_id uuid not null,
    resource_id uuid not null,
    starts_at timestamptz not null,
    offered_at timestamptz not null,
    expires_at timestamptz not null,
    outcome text not null default 'open' check (outcome in ('open', 'taken', 'declined', 'lapsed', 'withdrawn')),
    decided_at timestamptz,
    primary key (tenant_id, booking_id),
    check ((outcome = 'open') = (decided_at is null)),
    foreign key (tenant_id, entry_id) references waitlist_entry (tenant_id, id),
    foreign key (tenant_id, service_id) references service (tenant_id, id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id)
);
create index waitlist_offer_entry on waitlist_offer (tenant_id, entry_id, starts_at);
create index waitlist_offer_service on waitlist_offer (tenant_id, service_id);
create index waitlist_offer_resource on waitlist_offer (tenant_id, resource_id);
-- Nobody has two times held at once, whatever the code does.
create unique index waitlist_offer_is_one on waitlist_offer (tenant_id, entry_id) where outcome = 'open';
select protect_tenant_table('waitlist_offer');

-- How far a tenant has been looked through. `round` fences: who looks takes the next one, and whoever still offers
-- in an earlier one stops. `wishes` counts what was written down, `seen_wishes` what a finished look knew of.
create table waitlist_progress (
    tenant_id uuid primary key,
    round bigint not null default 0,
    wishes bigint not null default 0,
    seen_wishes bigint not null default 0,
    seen_tx xid8 not null default '0',
    seen_id bigint not null default 0,
    seen_version bigint not null default -1,
    looked_at timestamptz not null default 'epoch'
);
select protect_tenant_table('waitlist_progress');

-- Whether two wishes are for the same: a service in common, and days.
create function waitlist_is_same_wish(p_one waitlist_entry, p_other waitlist_entry) returns boolean
language sql immutable
as $$
    select p_one.service_ids && p_other.service_ids
        and p_one.from_date <= p_other.to_date and p_other.from_date <= p_one.to_date
$$;

-- Whether two entries are of the same person, as far as e-mail and phone tell.
create function waitlist_is_same_person(p_one waitlist_entry, p_other waitlist_entry) returns boolean
language sql immutable
as $$
    select coalesce(p_one.email_index = p_other.email_index, false)
        or coalesce(p_one.phone_index = p_other.phone_index, false)
$$;

-- An offer is a booking that is held: whatever becomes of that, by whoever's hand, becomes of the offer in the same
-- transaction. Taken: the entry is booked, and others of the same person for the same are not needed any more.
-- Else the entry waits again in its old place. What is cancelled after it was taken concerns the list no more.
create function waitlist_follow_booking() returns trigger
language plpgsql
as $$
declare
    v_entry uuid;
begin
    if new.status in ('pending', 'confirmed') then
        update waitlist_offer set outcome = 'taken', decided_at = new.updated_at
        where tenant_id = new.tenant_id and booking_id = new.id and outcome <> 'taken'
        returning entry_id into v_entry;
        if v_entry is not null then
            update waitlist_entry set status = 'booked', version = version + 1, updated_at = new.updated_at
            where tenant_id = new.tenant_id and id = v_entry and status in ('waiting', 'offered');
            update waitlist_entry other set status = 'left', version = other.version + 1, updated_at = new.updated_at
            from waitlist_entry mine
            where mine.tenant_id = new.tenant_id and mine.id = v_entry and other.tenant_id = new.tenant_id
                and other.id <> v_entry and other.status = 'waiting'
                and waitlist_is_same_person(mine, other) and waitlist_is_same_wish(mine, other);
        end if;
    elsif new.status in ('cancelled', 'expired') then
        update waitlist_offer set
            outcome = case when new.status = 'expired' then 'lapsed' when app_actor() = 'guest' then 'declined'
                else 'withdrawn' end,
            decided_at = new.updated_at
        where tenant_id = new.tenant_id and booking_id = new.id and outcome = 'open'
        returning entry_id into v_entry;
        update waitlist_entry set status = 'waiting', version = version + 1, updated_at = new.updated_at
        where tenant_id = new.tenant_id and id = v_entry and status = 'offered';
    end if;
    return null;
end
$$;
create trigger waitlist_follows_booking after update of status on booking for each row
    when (new.source = 'waitlist' and new.status is distinct from old.status)
    execute function waitlist_follow_booking();

-- The tenants in which somebody waits and something has happened since the last finished look: time may have come
-- free, a wish was written down, the schedule changed; or long enough ago for what time alone brings. Wishes whose
-- window is over lapse here. The log is read below the oldest open transaction, so that nothing commits behind it.
create function waitlist_list_due() returns table (due_tenant uuid)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid;
    v_now timestamptz := clock_timestamp();
    v_seen waitlist_progress%rowtype;
begin
    for v_tenant in select id from tenant where status = 'active' order by id loop
        perform set_config('app.tenant', v_tenant::text, true);
        continue when not exists (select from waitlist_entry where tenant_id = v_tenant and status = 'waiting');
        update waitlist_entry set status = 'lapsed', version = version + 1, updated_at = v_now
        where tenant_id = v_tenant and status = 'waiting' and closes_at <= v_now;
        select * into v_seen from waitlist_progress where tenant_id = v_tenant;
        continue when v_seen.looked_at > v_now - interval '2 minutes' and v_seen.wishes = v_seen.seen_wishes
            and v_seen.seen_version = waitlist_schedule_version() and not exists (
                select from booking_event e
                where e.tenant_id = v_tenant and (e.tx, e.id) > (v_seen.seen_tx, v_seen.seen_id)
                    and e.tx < pg_snapshot_xmin(pg_current_snapshot())
                    and e.kind not in ('booking.held', 'booking.pending', 'booking.confirmed', 'booking.option',
                        'booking.pencil', 'booking.completed', 'booking.no_show'));
        due_tenant := v_tenant;
        return next;
    end loop;
    perform set_config('app.tenant', '', true);
end
$$;

create function waitlist_schedule_version() returns bigint
language sql stable
as $$ select coalesce((select version from schedule_version where tenant_id = app_tenant()), 0) $$;

-- Begin a look: nobody's earlier one goes on from here. Returns its round and what it will have seen of the log,
-- the schedule and the wishes, so that whatever happens meanwhile is looked at again.
create function waitlist_begin_look() returns jsonb
language plpgsql
as $$
declare
    v_round bigint;
    v_wishes bigint;
    v_event booking_event%rowtype;
begin
    insert into waitlist_progress (tenant_id, round) values (app_tenant(), 1)
    on conflict (tenant_id) do update set round = waitlist_progress.round + 1
    returning round, wishes into v_round, v_wishes;
    select * into v_event from booking_event e
    where e.tenant_id = app_tenant() and e.tx < pg_snapshot_xmin(pg_current_snapshot())
    order by e.tx desc, e.id desc limit 1;
    return jsonb_build_object(
        'round', v_round, 'wishes', v_wishes, 'tx', coalesce(v_event.tx::text, '0'), 'id', coalesce(v_event.id, 0),
        'version', waitlist_schedule_version());
end
$$;
