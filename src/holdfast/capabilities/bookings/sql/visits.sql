-- Visits of several services and resources: what was bought, and for which role each claim was made.
alter table booking add column items jsonb not null default '[]' check (jsonb_typeof(items) = 'array');
-- The few bookings that are visits: what each of their services was given by whom counts towards limits.
create index booking_items_time on booking (tenant_id, starts_at) where items <> '[]';
-- The published start that it has seats of (slots.sql).
alter table booking add column slot_id uuid;
alter table allocation add column role text not null default 'lead' check (length(role) between 1 and 60);
