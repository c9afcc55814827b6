-- What else customers are told: changes, reminders, offers, what expired; in a business's own words too.
alter table notification drop constraint notification_kind_check;
alter table notification add constraint notification_kind_check check (kind in (
    'received', 'confirmed', 'changed', 'declined', 'cancelled', 'reminder', 'offer', 'expired'));
-- Of a reminder: how long before the start. Each lead time is a message of its own.
alter table notification add column lead_minutes integer not null default 0 check (lead_minutes >= 0);
alter table notification drop constraint notification_tenant_id_booking_id_kind_version_key;
alter table notification add constraint notification_is_told_once
    unique (tenant_id, booking_id, kind, version, lead_minutes);
create index notification_time on notification (tenant_id, created_at);

-- Which reminders have been asked for: one for a booking, a lead time and a start. A booking that moves has
-- another start and is reminded of anew. Without a key to the booking: rows are forgotten after the start.
create table reminder (
    tenant_id uuid not null,
    booking_id uuid not null,
    lead_minutes integer not null check (lead_minutes > 0),
    starts_at timestamptz not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, booking_id, lead_minutes, starts_at)
);
create index reminder_start on reminder (tenant_id, starts_at);
select protect_tenant_table('reminder');

-- How far a tenant has been looked through for what falls due: reminders by time, the log by position.
create table mail_progress (
    tenant_id uuid primary key,
    reminded_until timestamptz not null default '-infinity',
    seen_tx xid8 not null default '0',
    seen_id bigint not null default 0
);
select protect_tenant_table('mail_progress');

-- A business's own words for a kind of mail in one language; without a row the built-in ones are used.
create table mail_template (
    tenant_id uuid not null,
    kind text not null check (kind in (
        'received', 'confirmed', 'changed', 'declined', 'cancelled', 'reminder', 'offer', 'expired')),
    locale text not null check (locale in ('en', 'ar', 'de', 'fr')),
    subject text not null check (length(subject) between 1 and 200),
    body text not null check (length(body) between 1 and 4000),
    version integer not null default 1,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, kind, locale)
);
select protect_tenant_table('mail_template');

-- Calendars to subscribe to, by an address that is a secret; only its hash is stored.
create table calendar_feed (
    tenant_id uuid not null,
    id uuid not null,
    secret_hash bytea not null check (length(secret_hash) = 32),
    -- Whose calendar: one person's, or a place's.
    resource_id uuid,
    location_id uuid,
    -- "details" names services and first names, "busy" only that time is taken.
    shows text not null check (shows in ('details', 'busy')),
    label text not null default '' check (length(label) <= 200),
    created_by text not null default app_actor(),
    created_at timestamptz not null default clock_timestamp(),
    revoked_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, secret_hash),
    check (num_nonnulls(resource_id, location_id) = 1),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    foreign key (tenant_id, location_id) references location (tenant_id, id)
);
create index calendar_feed_resource on calendar_feed (tenant_id, resource_id);
create index calendar_feed_location on calendar_feed (tenant_id, location_id);
select protect_tenant_table('calendar_feed');
