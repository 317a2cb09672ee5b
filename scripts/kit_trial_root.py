"""A clean Linux of its own for the trial of a kit: a small Debian in a folder, an ordinary user, no network at all.

Needs root, debootstrap, and a network for that one step only. Whoever runs in it sees no more than its folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, NoReturn

USER = "clerk"
STICK = "media/stick"
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
ENDS_S = 600


class Ran(NamedTuple):
    """A command that came to its end."""

    code: int
    said: str
    seconds: float


class Root:
    """The folder of a Linux, and what is done in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, suite: str, packages: Sequence[str]) -> None:
        """The least that Debian calls a system; kept where it is there already."""
        if (self.folder / "etc" / "passwd").exists():
            return
        command = ["debootstrap", "--variant=minbase"]
        if packages:
            command.append(f"--include={','.join(packages)}")
        subprocess.run([*command, suite, str(self.folder)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["chroot", str(self.folder), "useradd", "-m", "-s", "/bin/bash", USER], check=True)

    def stick(self, kit: Path, name: str = "kit") -> Path:
        """The kit as FAT would hold it: without rights, owned by nobody in particular."""
        place = self.folder / STICK / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(kit, place, copy_function=shutil.copyfile)
        for path in (self.folder / STICK).rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return place

    def run(self, script: str, user: str = USER, more: dict[str, str] | None = None) -> Ran:
        """Runs a script of the shell as that user, to its end."""
        begun = perf_counter()
        done = subprocess.run(
            self._command(script, user, more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=ENDS_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8", errors="replace"), perf_counter() - begun)

    def cut(self, script: str, at: str, after: int) -> str:
        """Runs a script and kills all of it, as a power cut would, once it has said `at` and made so many files."""
        process = subprocess.Popen(
            self._command(script, USER, None),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = ""
        assert process.stdout is not None
        for line in process.stdout:
            said += line.decode("utf-8", errors="replace")
            if at in said:
                break
        while process.poll() is None and self.files_below(after) < after:
            os.sched_yield()
        process.send_signal(signal.SIGKILL)
        process.wait()
        return said

    def files_below(self, most: int) -> int:
        """How many files the versions that are not whole have, counted up to `most`."""
        count = 0
        for version in (self.folder / f"home/{USER}/.local/share/village-counter/versions").iterdir():
            if not (version / "complete").exists():
                for _place, _folders, names in os.walk(version / "env"):
                    count += len(names)
                    if count >= most:
                        return count
        return count

    def _command(self, script: str, user: str, more: dict[str, str] | None) -> list[str]:
        """A namespace for its processes too: when its first one is killed, nothing of it lives on."""
        home = "/root" if user == "root" else f"/home/{user}"
        settings = [
            f"{name}={value}" for name, value in {"HOME": home, "USER": user, "PATH": PATH, **(more or {})}.items()
        ]
        inside = [
            "chroot",
            f"--userspec={user}:{user}",
            str(self.folder),
            "/usr/bin/env",
            "-i",
            *settings,
            "sh",
            "-c",
            script,
        ]
        mounted = 'mount -t proc proc "$0/proc" && cd / && exec "$@"'
        namespace = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
        return [*namespace, "sh", "-c", mounted, str(self.folder), *inside]


def begin_again_without_network(command: Sequence[str]) -> NoReturn:
    """Becomes the same program in a network of its own, in which there is nothing, not even a loopback that is up."""
    os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private", *command])  # noqa: S606 - no shell


def networks() -> list[str]:
    """The ways out of here: names of devices other than the loopback, and routes."""
    devices = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:]
    names = [line.partition(":")[0].strip() for line in devices]
    routes = Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]
    return [name for name in names if name != "lo"] + routes


def loopback_up() -> None:
    """For a hub on the same computer: the loopback, and still nothing that leads out."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
