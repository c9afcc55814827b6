-- Bookings that change places.
select 1;
