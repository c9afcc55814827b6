-- What every tenant table stands on: the context function, one policy shape, a range of uuids.

-- Unset and '' both mean "no tenant": no rows are seen, none can be written.
create function app_tenant() returns uuid
language sql stable parallel safe
as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;

create function app_actor() returns text
language sql stable parallel safe
as $$ select coalesce(nullif(current_setting('app.actor', true), ''), 'unknown') $$;

create function app_request_id() returns text
language sql stable parallel safe
as $$ select coalesce(current_setting('app.request_id', true), '') $$;

-- Lets GiST of the core compare uuids by equality inside an exclusion constraint, so that no
-- extension is needed and every PostgreSQL will do.
create type uuidrange as range (subtype = uuid);

-- One policy a table, for every role that does not bypass row security, owner included (FORCE).
-- The sub-select makes PostgreSQL evaluate the setting once a statement, not once a row.
create function protect_tenant_table(name regclass) returns void
language plpgsql
as $$
begin
    execute format('alter table %s enable row level security', name);
    execute format('alter table %s force row level security', name);
    execute format(
        'create policy tenant_isolation on %s using (tenant_id = (select app_tenant()))'
        ' with check (tenant_id = (select app_tenant()))', name);
end
$$;

-- For append-only tables: history can be added to, never changed.
create function refuse_change() returns trigger
language plpgsql
as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;
