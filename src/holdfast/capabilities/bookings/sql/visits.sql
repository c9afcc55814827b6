-- Visits of several services and resources: what was bought, and for which role each claim was made.
alter table booking add column items jsonb not null default '[]' check (jsonb_typeof(items) = 'array');
alter table allocation add column role text not null default 'lead' check (length(role) between 1 and 60);
