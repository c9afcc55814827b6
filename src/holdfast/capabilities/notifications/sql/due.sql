-- What has fallen due for a tenant since the last look: reminders, and bookings that expired by themselves.

-- Reminders are due between the last look and now, at each lead time before the start. Nobody is reminded of
-- what they were told of later than that: booked or moved within the lead time. After a long pause only the
-- shortest of several lead times is told. The five minutes more are for bookings whose transaction was still
-- open; the key of reminder keeps them from being told twice.
-- Expired bookings are told of where somebody waits for an answer: a request, an option, an offer; never a
-- checkout that was left. The log is read below the oldest open transaction, and a day back at the most.
create function notification_take_due(p_leads integer[], p_now timestamptz)
returns table (told_booking uuid, told_kind text, told_version integer, told_lead integer)
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_seen mail_progress%rowtype;
    v_horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
    v_lead integer;
    v_from timestamptz;
    v_tx xid8;
    v_id bigint;
begin
    insert into mail_progress (tenant_id) values (v_tenant) on conflict do nothing;
    select * into v_seen from mail_progress where tenant_id = v_tenant for no key update;

    -- One lead time after the other, the shortest first: bounds that are known before the statement let it read
    -- only what starts between them.
    foreach v_lead in array p_leads loop
        v_from := greatest(p_now, v_seen.reminded_until + make_interval(mins => v_lead - 5));
        return query
        with taken as (
            insert into reminder (tenant_id, booking_id, lead_minutes, starts_at)
            select v_tenant, b.id, v_lead, b.starts_at
            from booking b
            where b.tenant_id = v_tenant and b.starts_at > v_from
                and b.starts_at <= p_now + make_interval(mins => v_lead)
                and b.status = 'confirmed' and b.contact is not null and b.source <> 'demo'
                and b.starts_at - make_interval(mins => v_lead) > (
                    select coalesce(max(e.occurred_at), b.created_at) from booking_event e
                    where e.tenant_id = v_tenant and e.booking_id = b.id
                        and e.kind in ('booking.confirmed', 'booking.rescheduled'))
            on conflict do nothing
            returning booking_id, starts_at)
        select b.id, 'reminder', b.version, v_lead
        from taken join booking b on b.tenant_id = v_tenant and b.id = taken.booking_id
        where not exists (
            select from reminder shorter
            where shorter.tenant_id = v_tenant and shorter.booking_id = taken.booking_id
                and shorter.starts_at = taken.starts_at and shorter.lead_minutes < v_lead);
    end loop;

    return query
    select e.booking_id, 'expired', e.version, 0
    from booking_event e
    where e.tenant_id = v_tenant and (e.tx, e.id) > (v_seen.seen_tx, v_seen.seen_id) and e.tx < v_horizon
        and e.kind = 'booking.expired' and e.occurred_at > clock_timestamp() - interval '1 day'
        and (e.data->>'source' = 'waitlist' or exists (
            select from booking_event was
            where was.tenant_id = v_tenant and was.booking_id = e.booking_id
                and was.version = e.version - 1 and was.data->>'status' in ('pending', 'option')))
    order by e.tx, e.id;

    select e.tx, e.id into v_tx, v_id from booking_event e
    where e.tenant_id = v_tenant and e.tx < v_horizon order by e.tx desc, e.id desc limit 1;
    update mail_progress set
        reminded_until = p_now, seen_tx = coalesce(v_tx, seen_tx), seen_id = coalesce(v_id, seen_id)
    where tenant_id = v_tenant;
    delete from reminder where tenant_id = v_tenant and starts_at < p_now - interval '7 days';
end
$$;
