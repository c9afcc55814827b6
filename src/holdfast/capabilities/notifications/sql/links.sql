-- Mails that are about no single booking.
select 1;
