-- Another service for the same booking.
select 1;
