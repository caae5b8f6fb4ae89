"""A real Kubernetes for the tests: brought up by `make cluster`, or any other that is named.

Its processes are those of a node: etcd, API server, controllers, kubelet, containerd, pods. All of
them live in network, mount and process namespaces of the cluster's own, which go with the first
process of these namespaces; outside there are one interface, one folder, and control groups.
"""
