"""The table of causes, read from the top: what says more stands above what says less.

Each row is tested with what the real tool wrote (tests/images/causes).
"""

from __future__ import annotations

from .cause_rows import DEBIAN, Cause

_NAMESPACE = (
    "ask an administrator to allow user namespaces, or use the engine `oci`, which needs none"
)
_SPACE = "free some space (`jupyter modelship prune` removes what is cached), then run it again"
_LOGIN = "log in with an account that may (`podman login HOST`), then run it again"
_INDEX_LOGIN = "check the name and password for that index (`uv auth login`, .netrc), run it again"
_LOCK_AGAIN = "make the lock again for the image's platform and Python"
_AGAIN = "run it again in a while; what was sent or made already is kept"
_CA = "give the CA's certificate (SSL_CERT_FILE for indexes, `ca_file` for the registry)"

CAUSES: tuple[Cause, ...] = (
    # --- the machine, before anything else: their words also occur in what follows
    Cause(
        "namespaces-used-up",
        r"(?:unshare|clone|user namespace).{0,40}: no space left on device",
        "this user may make no more user namespaces",
        "raise the sysctl user.max_user_namespaces (it is the limit, or 0), or use the engine "
        "`oci`, which needs none",
    ),
    Cause(
        "seccomp",
        r"seccomp(?!=| profile.{0,20}unconfined)",
        "a seccomp filter forbids a system call that the build needs",
        "build where the filter allows unshare and mount, or use the engine `oci`",
    ),
    Cause(
        "no-user-namespace",
        r"unshare failed: operation not permitted"
        r"|CLONE_NEWUSER\S*: operation not permitted"
        r"|uid_map: operation not permitted\s*$"
        r"|kernel\.unprivileged_userns_clone"
        r"|fork/exec /proc/self/exe: operation not permitted",
        "user namespaces are not allowed to this user",
        _NAMESPACE,
    ),
    Cause(
        "newuidmap-forbidden",
        r"newuidmap: write to uid_map failed|should be setuid or have filecaps setuid",
        "newuidmap may not map user ids: it has lost its privilege",
        "reinstall the package `uidmap`; on file systems mounted nosuid it cannot work",
    ),
    Cause(
        "newuidmap-missing",
        r"new[ug]idmap.{0,4}: executable file not found",
        "newuidmap is not installed",
        "install the package `uidmap` (shadow-utils on Fedora)",
    ),
    Cause(
        "subuid-missing",
        r"insufficient UIDs or GIDs available"
        r"|no (?:subuid|subgid) ranges found"
        r"|found no [UG]ID ranges set aside",
        "this user has no ranges of subordinate user and group ids",
        "ask an administrator for `usermod --add-subuids 100000-165535 --add-subgids "
        "100000-165535 USER`",
    ),
    Cause(
        "fuse-program-missing",
        r"can't stat program \S*fuse-overlayfs|fuse-overlayfs\S*: (?:no such file|executable file)",
        "fuse-overlayfs is not where it was",
        "install the package `fuse-overlayfs`",
    ),
    Cause(
        "fuse-missing",
        r"fuse: device not found|/dev/fuse: (?:no such|permission)|fuse-overlayfs: cannot mount",
        "this machine gives no /dev/fuse, which fuse-overlayfs needs",
        "load the kernel's module (`modprobe fuse`), or give the device to the container that "
        "this runs in",
    ),
    Cause(
        "cgroup-hybrid",
        r"cgroups? in hybrid mode not supported",
        "crun does not work with this machine's mixture of cgroup versions",
        "install `runc`, or start the machine with cgroup v2 only "
        "(systemd.unified_cgroup_hierarchy=1)",
    ),
    Cause(
        "cgroup",
        r"(?:creating|create) cgroup|cgroup\S*(?:`|'|\"|:).{0,40}permission denied",
        "the container runtime may not make a cgroup",
        "log in so that systemd gives this user a session (`loginctl enable-linger`), or use "
        "cgroup v2",
    ),
    Cause(
        "storage-driver",
        r"prerequisites for driver not satisfied|graph ?driver.{0,40}not supported"
        r"|kernel does not support overlay",
        "this kernel or file system does not support the storage driver",
        "put the cache on a local disk (ext4, xfs), or remove the driver from storage.conf",
    ),
    # --- the machine while it works
    Cause(
        "quota-of-disk",
        r"disk quota exceeded",
        "this user's disk quota is used up",
        _SPACE,
    ),
    Cause("no-space", r"no space left on device|ENOSPC", "the disk is full", _SPACE),
    Cause(
        "read-only",
        r"read-only file system",
        "the file system there is read-only",
        "set MODELSHIP_HOME to a folder that can be written to",
    ),
    Cause(
        "open-files",
        r"too many open files",
        "a process may open no more files",
        "raise the limit: `ulimit -n 4096`, or LimitNOFILE of the service that runs Jupyter",
    ),
    Cause(
        "processes",
        r"(?:fork|clone|pthread_create|newosproc).{0,60}resource temporarily unavailable"
        r"|failed to create new OS thread",
        "this user may start no more processes",
        "end some, or raise `ulimit -u` or the container's limit of pids",
    ),
    Cause(
        "out-of-memory",
        r"exit (?:status|code):? 137|signal: killed|OOMKilled|cannot allocate memory"
        r"|out of memory|failed to reserve page|^MemoryError|^Killed\s*$"
        r"|(?:died|ended) by SIGKILL",
        "memory ran out, and the kernel ended a process",
        "give the machine or the container more memory, or close what else runs there",
    ),
    Cause(
        "crash",
        r"(?:died|ended) by SIG(?:SEGV|ABRT|BUS|ILL|FPE)",
        "compiled code of a package crashed, and the process with it",
        "take another version of the package that the last lines name; SIGILL means that it is "
        "made for a newer processor",
    ),
    Cause(
        "exec-format",
        r"exec format error",
        "a program in the image is for another kind of processor than this machine's",
        "build for this machine's platform, or run it where its own is; an empty or cut-off "
        "program fails with the same words",
    ),
    *DEBIAN,
    # --- packages and indexes
    Cause(
        "hash-mismatch",
        r"hash mismatch|THESE PACKAGES DO NOT MATCH THE HASHES",
        "the index gives other bytes than the lock says",
        "make the lock again if the file was replaced on purpose; if not, somebody may have "
        "tampered with it: do not go on",
    ),
    Cause(
        "index-401",
        r"lack of valid authentication credentials|index.{0,200}401 unauthorized",
        "the package index wants a login",
        _INDEX_LOGIN,
    ),
    Cause(
        "index-403",
        r"an index .{0,300}403 forbidden",
        "the package index refuses this account",
        _INDEX_LOGIN,
    ),
    Cause(
        "index-429",
        r"HTTP status .{0,30}\(429 too many requests\)",
        "the package index wants fewer requests",
        _AGAIN,
    ),
    Cause(
        "index-5xx",
        r"HTTP status server error \(5\d\d",
        "the package index has a failure of its own",
        _AGAIN,
    ),
    Cause(
        "wheel-of-other-python",
        r"no wheels with a matching Python (?:implementation|ABI|version) tag",
        "a package has no wheel for the image's Python",
        "take a version that has one, or a base image with another Python",
    ),
    Cause(
        "wheel-of-other-platform",
        r"no wheels with a matching platform tag|is not a supported wheel on this platform",
        "a package has no wheel for the image's platform",
        "take a version that has one, or list it as a package that is built from source",
    ),
    Cause(
        "only-source",
        r"no usable wheels|building from source is disabled",
        "a package exists as source only",
        "list it as a package that is built from source (it runs code at build), or take another",
    ),
    Cause(
        "no-version",
        r"there (?:is|are) no versions? of|not found in the package registry"
        r"|no matching distribution found",
        "the index has no such version of a package",
        _LOCK_AGAIN + ", with the index that has it",
    ),
    Cause(
        "other-python",
        r"requested Python version \S+ does not satisfy|requires a different Python",
        "a package is not for that version of Python",
        "take a version of the package that is, or a kernel with a newer Python",
    ),
    Cause(
        "versions-disagree",
        r"requirements are unsatisfiable|ResolutionImpossible|conflicting dependencies",
        "packages ask for versions of each other that exclude each other",
        "loosen one of the pins that the message names, then lock again",
    ),
    Cause(
        "glibc-too-old",
        r"version `GLIBC(?:XX)?_[\d.]+' not found",
        "a package needs a newer C library than the base image has",
        "take a newer base image, or an older version of the package",
    ),
    Cause(
        "library-missing",
        r"lib[\w+.-]+\.so[\w.]*: cannot open shared object file",
        "a package needs a system library that the image has not",
        "take a variant without it (opencv-python-headless), or choose a base image with the "
        "Debian package that has it",
    ),
    # --- TLS and the way to a host
    Cause(
        "clock",
        r"certificate has expired or is not yet valid|certificate (?:expired|not valid yet)"
        r"|certificate is not yet valid",
        "a certificate is out of date, or this machine's clock is wrong",
        "compare the clock (`date`) with the times in the message; if it is right, the server's "
        "certificate has to be renewed",
    ),
    Cause(
        "tls-name",
        r"x509: (?:cannot validate certificate for|certificate is valid for)"
        r"|not valid for name|hostname mismatch",
        "the server's certificate is for another name",
        "use the host's name as its certificate has it",
    ),
    Cause(
        "tls-ca",
        r"certificate signed by unknown authority|CERTIFICATE_VERIFY_FAILED"
        r"|invalid peer certificate",
        "the server's certificate is from an authority that this machine does not know",
        _CA,
    ),
    Cause(
        "plain-http",
        r"server gave HTTP response to HTTPS client|WRONG_VERSION_NUMBER",
        "the server speaks plain HTTP where TLS was expected",
        "use its TLS port; plain HTTP is for a registry on this machine alone",
    ),
    Cause(
        "dns",
        r"no such host|dns error|name or service not known|temporary failure in name resolution",
        "the host's name cannot be resolved",
        "check the name, and whether this machine reaches its network (VPN, proxy)",
    ),
    Cause(
        "docker-daemon",
        r"cannot connect to the docker daemon|docker daemon socket|unable to connect to Podman",
        "the daemon does not answer, or not to this user",
        "start it and let this user reach its socket, or use the engine `buildah`: it needs none",
    ),
    Cause(
        "proxy-407",
        r"proxy auth(?:entication|orization) required",
        "the proxy wants a login",
        "put name and password into HTTPS_PROXY, or the host into NO_PROXY",
    ),
    Cause(
        "refused",
        r"connection refused",
        "nobody listens there",
        "check host and port, and whether the server is up",
    ),
    Cause(
        "timeout",
        r"i/o timeout|context deadline exceeded|operation timed out|^TimeoutError"
        r"|TLS handshake timeout|connection timed out",
        "the server does not answer in time",
        "check the way to it (VPN, proxy, firewall), then run it again",
    ),
    # --- the registry
    Cause(
        "registry-quota",
        r"will exceed the configured upper limit|quota.{0,20}exceeded|exceeded.{0,20}quota",
        "the registry's quota for this project is used up",
        "remove images there, or ask for more",
    ),
    Cause(
        "registry-429",
        r"toomanyrequests|too many requests to registry|pull rate limit",
        "the registry limits how often it is asked",
        "log in, which raises the limit, or wait; a mirror in `bases` avoids it",
    ),
    Cause(
        "registry-login",
        r"invalid username/password|incorrect username or password",
        "the registry does not know this name with this password",
        _LOGIN,
    ),
    Cause(
        "registry-denied",
        r"denied: |insufficient_scope|invalid status code from registry 403",
        "the registry does not allow this to this account",
        _LOGIN,
    ),
    Cause(
        "registry-401",
        r"unauthorized: |authentication required|no basic auth credentials",
        "the registry wants a login",
        _LOGIN,
    ),
    Cause(
        "registry-name",
        r"name unknown|repository .{0,80}(?:not found|does not exist)",
        "the registry has no repository of that name",
        "check the name; some registries want a repository to be made before a push",
    ),
    Cause(
        "registry-manifest",
        r"manifest unknown|manifest for .{0,200} not found",
        "the registry has no such image",
        "check the digest; `jupyter modelship` names its bases by digest, and old ones get removed",
    ),
    Cause(
        "not-a-registry",
        r"invalid status code from registry 404",
        "what answers there is no registry",
        "check host and port",
    ),
    Cause(
        "registry-5xx",
        r"status(?: code)?(?: from registry)? 5\d\d|received unexpected HTTP status: 5",
        "the registry has a failure of its own",
        _AGAIN,
    ),
    Cause(
        "no-such-platform",
        r"no image found in (?:manifest list|image index) for",
        "the base image does not exist for this platform",
        "take a base image that has it, or another platform",
    ),
    # --- images and their policy
    Cause(
        "policy-rejects",
        r"is rejected by policy|signature was required",
        "this machine's policy for images forbids that image",
        "ask the administrator, who decides in /etc/containers/policy.json",
    ),
    Cause(
        "policy-missing",
        r"policy\.json: no such file|error loading trust policy",
        "this machine has no policy for images",
        "install the package `golang-github-containers-common` (containers-common on Fedora)",
    ),
    Cause(
        "short-name",
        r"did not resolve to an alias and no unqualified-search",
        "an image is named without its registry",
        "name it in full: host/repository@sha256:…",
    ),
    Cause(
        "image-unknown",
        r"image not known|layer not known",
        "an image or layer that was made before is not there any more",
        "run it again: what is missing is made anew",
    ),
    Cause(
        "command-missing",
        r"executable file not found in \$PATH|failed to execute \S+: no such file"
        r"|cannot start \S+: no such file",
        "a program is not there",
        "install it; if it is the image's own, take a base image that has it",
    ),
)
