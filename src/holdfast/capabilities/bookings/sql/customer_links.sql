-- Links by which customers find their own bookings.
select 1;
