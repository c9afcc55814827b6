-- Parties with several people at work.
select 1;
