"""`make bench`: measures the figures of the section "Speed" and writes docs/benchmarks.md.

`goals` names the figures; `samples` and `page` are pure; `starts`, `deploys`, `serving` and
`preview` measure; `machine` says on what, and how quiet it was.
"""
