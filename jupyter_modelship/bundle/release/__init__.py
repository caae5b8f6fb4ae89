"""Kubernetes objects as data: typed values in, plain objects out; no cluster is asked."""
