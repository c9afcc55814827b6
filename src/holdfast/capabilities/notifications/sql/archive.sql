-- What was mailed about bookings that have been put away.
select 1;
