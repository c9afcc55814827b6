-- Taking moves back.
select 1;
