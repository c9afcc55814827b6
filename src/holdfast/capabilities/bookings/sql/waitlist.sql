-- Who waits for a time to come free.
select 1;
