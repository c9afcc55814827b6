-- Limits a day and a week, counted from what is really booked, under the locks of whoever gives the service.

-- How many bookings in which this resource gives this service begin on a day, and in its week. A booking of
-- one service says so itself, a visit of several by its items. What is cancelled or expired has no allocation.
create function booking_count_given(
    p_resource uuid, p_service uuid, p_day_start timestamptz, p_day_end timestamptz,
    p_week_start timestamptz, p_week_end timestamptz, p_except uuid, p_now timestamptz,
    out a_day bigint, out a_week bigint
)
language plpgsql stable
as $$
declare
    v_tenant uuid := app_tenant();
    v_bookings uuid[];
begin
    -- Two statements: in a table without statistics one join read everybody's week for each booking.
    select array_agg(a.booking_id) into v_bookings
    from allocation a
    where a.tenant_id = v_tenant and a.resource_id = p_resource
        and a.ends_at > p_week_start and a.starts_at < p_week_end
        and (a.expires_at is null or a.expires_at > p_now);
    select count(*) filter (where b.starts_at >= p_day_start and b.starts_at < p_day_end), count(*)
    into a_day, a_week
    from booking b
    where b.tenant_id = v_tenant and b.starts_at >= p_week_start and b.starts_at < p_week_end
        and b.id = any (v_bookings) and b.id is distinct from p_except
        and case when b.items = '[]' then b.service_id = p_service and b.resource_id = p_resource
            else b.items @> jsonb_build_array(
                jsonb_build_object('service_id', p_service, 'resource_id', p_resource)) end;
end
$$;

-- Whether this resource gives the service as often as is wanted already; a limit of null is none.
create function booking_is_at_limit(
    p_resource uuid, p_service uuid, p_day_start timestamptz, p_day_end timestamptz,
    p_week_start timestamptz, p_week_end timestamptz, p_most_per_day integer, p_most_per_week integer,
    p_except uuid, p_now timestamptz
) returns boolean
language plpgsql stable
as $$
declare
    v_given record;
begin
    v_given := booking_count_given(
        p_resource, p_service, p_day_start, p_day_end, p_week_start, p_week_end, p_except, p_now);
    return coalesce(v_given.a_day >= p_most_per_day, false) or coalesce(v_given.a_week >= p_most_per_week, false);
end
$$;
