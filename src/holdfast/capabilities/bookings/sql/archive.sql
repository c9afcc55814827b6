-- What has been over for long.
select 1;
