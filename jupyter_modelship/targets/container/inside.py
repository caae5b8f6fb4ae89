"""A command in a container of an image that was not good: as a service's, but with a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import images
from .command import TMP
from .podman import Podman, environment


@dataclass(frozen=True, slots=True)
class Inside:
    podman: Podman
    image: str

    def argv(
        self,
        words: Sequence[str],
        *,
        folder: str,
        shown: Mapping[str, Path],
        env: Mapping[str, str],
        terminal: bool,
    ) -> tuple[str, ...]:
        """What runs `words` as the image's user, bound as a service is (see `command`), and with no
        value of the service's variables.

        `shown`: path inside -> folder of this machine, which can be read there.
        """
        volumes = [word for path, one in shown.items() for word in ("--volume", f"{one}:{path}:ro")]
        given = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        return self.podman.argv(
            *("run", "--rm", "--interactive", *(("--tty",) if terminal else ())),
            *("--pull", "never", "--userns", "host", "--network", self.podman.network),
            *("--http-proxy=false", "--read-only", "--read-only-tmpfs=false"),
            *("--tmpfs", f"/tmp:{TMP}", "--security-opt", "no-new-privileges"),  # noqa: S108 - inside
            *("--cap-drop", "all", "--workdir", folder, *volumes, *given),
            *("--entrypoint", words[0], self.image, *words[1:]),
        )

    @property
    def environment(self) -> Mapping[str, str]:
        return environment()


async def lay_out(podman: Podman, layout: Path) -> Inside:
    """The image of the layout in the target's store, where it may be already."""
    return Inside(podman, await images.take(podman, layout))
