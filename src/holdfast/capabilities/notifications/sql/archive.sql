-- What was mailed about bookings that have been put away: the message keeps the booking's id, wherever that is.
alter table notification drop constraint if exists notification_tenant_id_booking_id_fkey;
