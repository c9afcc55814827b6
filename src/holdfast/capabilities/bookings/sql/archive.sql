-- The archive: finished bookings that are over for long, out of the way of those that are still being made.

-- The same columns in the same order as the tables they come from (a test compares them): a later column of
-- booking or allocation is added here too, and to the views below. Checks are not copied: what is put away was
-- checked when it was written, and nothing changes it.
create table archived_booking (like booking including defaults);
create index archived_booking_time on archived_booking (tenant_id, starts_at);
create index archived_booking_resource_time on archived_booking (tenant_id, resource_id, starts_at);
create index archived_booking_location on archived_booking (tenant_id, location_id, starts_at);
create index archived_booking_customer on archived_booking (tenant_id, customer_id, starts_at);
create index archived_booking_service on archived_booking (tenant_id, service_id);
create index archived_booking_series on archived_booking (tenant_id, series_id, series_position)
    where series_id is not null;
alter table archived_booking
    add foreign key (tenant_id, service_id) references service (tenant_id, id),
    add foreign key (tenant_id, location_id) references location (tenant_id, id),
    add foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    add foreign key (tenant_id, customer_id) references customer (tenant_id, id),
    add primary key (tenant_id, id);
select protect_tenant_table('archived_booking');

-- No key to its booking: both are written at once, and never again. To check one row by row PostgreSQL plans by
-- what it knows of the archive, and of one that was analysed while it was empty it thinks that reading all that
-- a tenant has costs nothing (200 a second instead of 2,000).
create table archived_allocation (like allocation including defaults);
create index archived_allocation_resource on archived_allocation (tenant_id, resource_id, starts_at);
create index archived_allocation_booking on archived_allocation (tenant_id, booking_id);
alter table archived_allocation
    alter column booking_id set not null,
    add foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    add primary key (tenant_id, id);
select protect_tenant_table('archived_allocation');

-- What points at a booking keeps its id, wherever the booking is: links, messages, challenges, offers. Only an
-- allocation goes along with it.
do $$
declare
    v_key record;
begin
    for v_key in
        select conrelid::regclass as referrer, conname from pg_constraint
        where contype = 'f' and confrelid = 'booking'::regclass and conrelid <> 'allocation'::regclass
    loop
        execute format('alter table %s drop constraint %I', v_key.referrer, v_key.conname);
    end loop;
end
$$;

-- In their place: a booking leaves its table for the archive only, and the archive never.
create function booking_is_kept() returns trigger
language plpgsql
as $$
begin
    if current_setting('app.archiving', true) is distinct from 'on' then
        raise exception 'a booking is put away, never deleted' using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;
create trigger booking_is_kept before delete on booking
    for each statement execute function booking_is_kept();
create trigger booking_is_never_truncated before truncate on booking
    for each statement execute function refuse_change();
create trigger archived_booking_is_kept before delete on archived_booking
    for each row execute function refuse_change();
create trigger archived_booking_is_never_truncated before truncate on archived_booking
    for each statement execute function refuse_change();

-- For readers who ask for the past. Whoever asks for today reads the tables.
create view every_booking with (security_invoker = true) as
    select b.*, false as is_archived from booking b
    union all
    select b.*, true from archived_booking b;
create view every_allocation with (security_invoker = true) as
    select a.* from allocation a
    union all
    select a.* from archived_allocation a;

-- Put away what the tenant of the context has that ended, and was changed, by p_until; at most so many. It is
-- no change of the booking: no version, no event. Only rows that nobody is working on, and of seats only where
-- nobody works on their instance, which is locked first as everywhere. Resources need no lock: whoever would
-- change this time locks the booking too, and then finds it gone. Returns how many.
create function booking_archive(p_until timestamptz, p_limit integer) returns integer
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_found uuid[];
    v_slots uuid[];
    v_bookings uuid[];
    v_count integer;
    v_gone integer;
begin
    -- What is left before that time are the few that are not finished: by their start they are found at once.
    select array_agg(due.id), array_agg(due.slot_id) into v_found, v_slots
    from (
        select b.id, b.slot_id from booking b
        where b.tenant_id = v_tenant and b.starts_at < p_until and b.ends_at <= p_until and b.updated_at <= p_until
            and b.status in ('completed', 'no_show', 'cancelled', 'expired')
        order by b.starts_at limit p_limit) due;
    if v_found is null then
        return 0;
    end if;
    select array_agg(locked.id) into v_slots
    from (
        select i.id from slot_instance i where i.tenant_id = v_tenant and i.id = any (v_slots)
        order by i.id for no key update skip locked) locked;
    select array_agg(locked.id) into v_bookings
    from (
        select b.id from booking b
        where b.tenant_id = v_tenant and b.id = any (v_found)
            and (b.slot_id is null or b.slot_id = any (v_slots))
            and b.ends_at <= p_until and b.updated_at <= p_until
            and b.status in ('completed', 'no_show', 'cancelled', 'expired')
        order by b.id for update skip locked) locked;
    insert into archived_booking select * from booking where tenant_id = v_tenant and id = any (v_bookings);
    get diagnostics v_count = row_count;
    perform set_config('app.archiving', 'on', true);
    delete from booking where tenant_id = v_tenant and id = any (v_bookings);
    get diagnostics v_gone = row_count;
    perform set_config('app.archiving', '', true);
    if v_gone <> v_count then
        raise exception '% bookings were put away and % left their table', v_count, v_gone;
    end if;
    with moved as (delete from allocation where tenant_id = v_tenant and booking_id = any (v_bookings) returning *)
    insert into archived_allocation select * from moved;
    return v_count;
end
$$;

-- Do so for every tenant, each in its own context, after as many days as it wishes: its setting
-- archive_after_days, 183 by default, at least 30, null for never. The hour more lets a reader tell by its own
-- clock that nothing of the last thirty days is in the archive.
create function booking_archive_due(p_limit integer) returns integer
language plpgsql
as $$
declare
    v_tenant uuid;
    v_days numeric;
    v_left integer := p_limit;
begin
    for v_tenant, v_days in
        select id, case
            when not settings ? 'archive_after_days' then 183
            when jsonb_typeof(settings -> 'archive_after_days') = 'number'
                then greatest(30, least(36525, (settings ->> 'archive_after_days')::numeric)) end
        from tenant order by id
    loop
        continue when v_days is null;
        perform set_config('app.tenant', v_tenant::text, true);
        v_left := v_left - booking_archive(
            clock_timestamp() - make_interval(secs => v_days * 86400) - interval '1 hour', v_left);
        exit when v_left <= 0;
    end loop;
    perform set_config('app.tenant', '', true);
    return p_limit - v_left;
end
$$;

-- What is put away, as moves answer it; null when it is not. p_token_hash, of a guest, is a link that counts.
create function booking_archived_answer(p_booking uuid, p_token_hash bytea, p_is_staff boolean) returns jsonb
language sql stable
as $$
    select booking_answer(row(b.*)::booking) from archived_booking b
    where b.tenant_id = app_tenant() and b.id = p_booking and (p_is_staff or exists (
        select from booking_token t
        where t.tenant_id = b.tenant_id and t.token_hash = p_token_hash and t.booking_id = b.id
            and t.used_at is null and t.expires_at > clock_timestamp()))
$$;
