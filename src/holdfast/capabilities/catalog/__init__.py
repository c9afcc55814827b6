"""Catalog: the services a business sells - how long, how much, with which skills, in which flow."""
