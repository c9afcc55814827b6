-- Mails that are about no single booking: a link to a customer's own list. The row has its own id as the one
-- thing it is told for, and the language in which it was asked, to be sent again in.
alter table notification
    alter column booking_id drop not null,
    add column language text check (language in ('en', 'ar', 'de', 'fr'));
alter table notification drop constraint notification_kind_check;
alter table notification add constraint notification_kind_check check (kind in (
    'received', 'confirmed', 'changed', 'declined', 'cancelled', 'reminder', 'offer', 'expired', 'link'));
alter table notification add constraint notification_is_about_a_booking
    check ((booking_id is null) = (kind = 'link'));
