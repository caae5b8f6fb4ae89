"""Runs: what was asked for, who works on it, what happened. One journal, many readers.

`client` is the door for faces; `context` is what the pipeline is handed; `worker` is the process.
"""
