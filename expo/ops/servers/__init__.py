"""Real PostgreSQL and Valkey from wheels, for machines that name no servers of their own.

They run as daemons under one folder and outlive the command that started them. Whoever uses them holds a shared lock
that the kernel drops when the process dies; the last one to leave may stop them.
"""
