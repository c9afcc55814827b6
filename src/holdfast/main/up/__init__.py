"""`holdfast up`: one command that brings everything up, keeps it up, and takes it down.

Owns the order of the steps, the processes it starts, and what is said about them at the terminal. Every
step is also a command of its own, for those who run the processes under a supervisor of their own.
"""
