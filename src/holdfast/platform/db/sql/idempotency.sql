-- The answers of mutations, kept 24 hours a tenant, actor and route. The row is written in the
-- transaction of the work, so a crash takes the claim along with the effect.
create table idempotency_record (
    tenant_id uuid not null,
    actor text not null,
    route text not null,
    key text not null,
    fingerprint bytea not null,
    status_code smallint not null,
    body bytea not null,
    is_sealed boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, actor, route, key)
);
create index idempotency_record_created_at on idempotency_record (tenant_id, created_at);
select protect_tenant_table('idempotency_record');

-- Claim a key for the running transaction. Returns null when the caller may do the work now, else
-- what to answer: {"outcome": "replay" | "key_reused" | "in_progress", ...}.
-- The advisory lock, not the row, marks work in progress: it ends with the transaction, whatever
-- becomes of it, and a twin request learns at once that it came too early.
create function idempotency_claim(p_route text, p_key text, p_fingerprint bytea) returns jsonb
language plpgsql
as $$
declare
    known idempotency_record%rowtype;
begin
    if not pg_try_advisory_xact_lock(
        hashtextextended(concat_ws('|', app_tenant(), app_actor(), p_route, p_key), 7)
    ) then
        return jsonb_build_object('outcome', 'in_progress');
    end if;
    select * into known from idempotency_record
    where tenant_id = app_tenant() and actor = app_actor() and route = p_route and key = p_key
        and created_at > clock_timestamp() - interval '24 hours';
    if not found then
        return null;
    end if;
    if known.fingerprint <> p_fingerprint then
        return jsonb_build_object('outcome', 'key_reused');
    end if;
    return jsonb_build_object(
        'outcome', 'replay', 'status_code', known.status_code, 'is_sealed', known.is_sealed,
        'body', encode(known.body, 'base64'));
end
$$;

-- Keep the answer for replays; a record that outlived its day makes room for the new one.
create function idempotency_remember(
    p_route text, p_key text, p_fingerprint bytea, p_status_code integer, p_body bytea, p_is_sealed boolean
) returns void
language plpgsql
as $$
begin
    insert into idempotency_record (tenant_id, actor, route, key, fingerprint, status_code, body, is_sealed)
    values (app_tenant(), app_actor(), p_route, p_key, p_fingerprint, p_status_code, p_body, p_is_sealed)
    on conflict (tenant_id, actor, route, key) do update
        set fingerprint = excluded.fingerprint, status_code = excluded.status_code, body = excluded.body,
            is_sealed = excluded.is_sealed, created_at = excluded.created_at
        where idempotency_record.created_at <= clock_timestamp() - interval '24 hours';
end
$$;
