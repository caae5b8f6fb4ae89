"""Services on a Kubernetes cluster: plain objects, applied by server-side apply, no operator.

The cluster's client is imported where a call is made, and nowhere else.
"""
