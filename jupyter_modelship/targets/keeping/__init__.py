"""Keeping services alive on this machine, whatever their processes are: the keeper and its clients.

What starts a process is a launcher; each target brings its own.
"""
