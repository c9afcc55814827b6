"""PostgreSQL without a server to install: the binaries come from a wheel, the data lives in one folder.

Owns initialising, starting, watching and stopping one private server, as root or as a plain user. Knows
nothing of what is stored in it: roles and databases are made by `holdfast.platform.db.roles`.
"""
