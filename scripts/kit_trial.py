"""Tries a kit where it must work: a clean Debian without a network, an ordinary user, a stick without rights.

    sudo .venv/bin/python scripts/kit_trial.py KIT_FOLDER --root FOLDER [--old-suite bullseye] [--write]

Installs, makes a station, damages, cuts short, fills the disk, updates; at last a hub on the loopback, and one case
from enrolment to acknowledgement. Every step must end as expected, or the exit code is 1. --write puts the report into
docs/kit.md. Not a test of CI: it needs root, debootstrap and two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kit_making import facts_text, write_sums
from kit_trial_root import STICK, USER, Ran, Root, begin_again_without_network, loopback_up, networks

from screens import demo_data
from screens.demo_hub import DemoHub

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "kit.md"
INSTALL = f"cd /{STICK}/kit && sh install.sh"
PREFIX = f"/home/{USER}/.local/share/village-counter"
LIMIT_S = 120  # what an installation may take
SMALL_MB = 100  # a disk that is too small
NEWER = "9.9.9"
PLACE = demo_data.PLACES[0]
EVERYBODYS = "/opt/village-counter"
ITEMS = "station --json items search 高龄"
VERIFY = "station --json verify"
WRITTEN = f"find {PREFIX}/versions -newer {PREFIX}/versions/*/complete -type f | wc -l"


class Step(NamedTuple):
    """One thing that was tried, and how it ended."""

    what: str
    good: bool
    seconds: float
    seen: str


class Trial:
    """The steps, in their order, on one root."""

    def __init__(self, root: Root, kit: Path) -> None:
        self.root = root
        self.kit = kit
        self.steps: list[Step] = []
        self.secret = {"STATION_PASSPHRASE": demo_data.PASSPHRASE, "STATION_PIN": demo_data.PIN}

    def run(self) -> list[Step]:
        """Everything, from the bare system to an acknowledged case."""
        self.root.stick(self.kit)
        self._bare()
        self._damaged()
        self._small_disk()
        self._installed()
        self._station()
        self._again()
        self._cut_and_update()
        self._for_everybody()
        self._with_a_hub()
        self._removed()
        return self.steps

    def _bare(self) -> None:
        self._note("no network in the trial", 0.0, f"ways out: {networks() or 'none'}", good=networks() == [])
        python = self.root.run("command -v python3 || echo none").said
        self._note("Python of the system", 0.0, python, good=True)

    def _damaged(self) -> None:
        wheel = next((self.root.folder / STICK / "kit" / "parts" / "wheels").glob("sqlcipher3-*.whl"))
        whole = wheel.read_bytes()
        wheel.write_bytes(whole[:5000] + b"\0" + whole[5001:])
        self._refuses(
            "one byte of a wheel is wrong: refused, and named", INSTALL, f"copy it again: parts/wheels/{wheel.name}"
        )
        wheel.unlink()
        self._refuses("a wheel is missing: refused, and named", INSTALL, f"copy it again: parts/wheels/{wheel.name}")
        wheel.write_bytes(whole)
        there = (self.root.folder / PREFIX.lstrip("/")).exists()
        self._note("nothing was written by either", 0.0, "", good=not there)

    def _small_disk(self) -> None:
        place = f"mount -t tmpfs -o size={SMALL_MB}m,mode=777 none /mnt && cd /{STICK}/{{}} && "
        install = f"su {USER} -c 'sh install.sh --prefix /mnt/p --bin /mnt/b'; code=$?; "
        whole = place + install + 'test -z "$(ls -A /mnt/p/versions)" || echo LEFT; exit $code'
        what = f"a disk of {SMALL_MB} MB: refused before writing"
        self._refuses(what, whole.format("kit"), "not enough space", "root")
        self._other_kit("liar", needs_mb="1")
        what = "the disk fills up half-way: said, and nothing left"
        self._refuses(what, whole.format("liar"), "the disk is full", "root")

    def _installed(self) -> None:
        ran = self.root.run(INSTALL)
        good = ran.code == 0 and ran.seconds <= LIMIT_S
        seen = f"{self._megabytes(PREFIX)} MB on the disk" if good else ran.said
        self._note(f"installed as an ordinary user (at most {LIMIT_S} s)", ran.seconds, seen, good=good)
        self._does("`station` after the next login", "station --help", lambda said: said.startswith("usage: station"))

    def _station(self) -> None:
        init = f"station --json init --keys passphrase --division {PLACE.division} --name {PLACE.name}"
        self._does(
            "station init --keys passphrase", init, lambda said: bool(json.loads(said)["division"] == PLACE.division)
        )
        self._does("station status", "station --json status", lambda said: json.loads(said)["enrolled"] is False)
        self._does("station items search", ITEMS, lambda said: json.loads(said) == [])
        self._does("station verify", VERIFY, _without_faults)
        code = "import socket; socket.create_connection(('192.0.2.1', 443), 3)"
        ran = self.root.run(f'{PREFIX}/current/env/bin/python -c "{code}"')
        self._note("a connection fails at once", ran.seconds, _last(ran), good="unreachable" in ran.said)
        self._does("files written into the version since it was whole", WRITTEN, lambda said: said.strip() == "0")

    def _again(self) -> None:
        before = self._pointer()
        ran = self.root.run(INSTALL)
        good = ran.code == 0 and "installed already" in ran.said and self._pointer() == before
        self._note("installed again: only checked", ran.seconds, "", good=good)
        self._does("the station is as it was", VERIFY, _without_faults)

    def _cut_and_update(self) -> None:
        before = self._pointer()
        self._other_kit("newer", version=NEWER)
        install = f"cd /{STICK}/newer && sh install.sh"
        self.root.cut(install, "1/4", 300)
        left = self.root.files_below(10**9)
        seen = f"{left} files of the newer one, the pointer where it was"
        good = left > 0 and self._pointer() == before
        self._note("an update is killed while packages are installed", 0.0, seen, good=good)
        self._does("the version from before works", VERIFY, _without_faults)
        self.root.cut(install, "2/4", 0)
        self._does(
            "killed while compiling: it works still",
            VERIFY,
            lambda said: self._pointer() == before and _without_faults(said),
        )
        ran = self.root.run(install)
        self._note(
            "the update, once more", ran.seconds, self._pointer(), good=ran.code == 0 and NEWER in self._pointer()
        )
        self._does("the station under the newer version", VERIFY, _without_faults)

    def _for_everybody(self) -> None:
        ran = self.root.run(INSTALL, "root")
        seen = f"{self._megabytes(EVERYBODYS)} MB in {EVERYBODYS}"
        self._note("installed as root", ran.seconds, seen, good=ran.code == 0)
        used = f"/usr/local/bin/station --json status && find {EVERYBODYS} -writable -type f | wc -l"
        self._does("used by an account that cannot write there", used, lambda said: said.split()[-1] == "0")
        ran = self.root.run(f"sh /{STICK}/kit/install.sh --uninstall && test ! -e {EVERYBODYS}", "root")
        self._note("removed by root", ran.seconds, "", good=ran.code == 0)

    def _with_a_hub(self) -> None:
        """From here the loopback is up: a hub on the same computer, and still no way out."""
        loopback_up()
        with tempfile.TemporaryDirectory() as place:
            hub = DemoHub(Path(place) / "hub")
            hub.make()
            hub.publish(demo_data.catalogue())
            hub.add_clerks(demo_data.CLERKS)
            url, code = hub.start(), hub.add_station(PLACE)
            try:
                (self.root.folder / STICK / "ca.crt").write_text(hub.ca, encoding="ascii")
                self._enrolled(url, code)
            finally:
                hub.stop()

    def _enrolled(self, url: str, code: str) -> None:
        line = json.dumps(demo_data.intakes()[0], ensure_ascii=False)
        (self.root.folder / STICK / "intake.jsonl").write_text(line + "\n", encoding="utf-8")
        enrol = f"station --json enrol {url} {code} --ca /{STICK}/ca.crt"
        self._does("station enrol", enrol, lambda said: bool(json.loads(said)["sync"]["level"]))
        self._does("station items search, now", ITEMS, lambda said: len(json.loads(said)) > 0)
        clerk = f"station --json --as {PLACE.clerk}"
        self._does("station take", f"{clerk} take /{STICK}/intake.jsonl", lambda said: '"number"' in said)
        self._does("station sync", "station --json sync", lambda said: json.loads(said)["pushed"] == 1)
        case = f'$({clerk} cases | sed -n \'s/.*"case": *"\\([^"]*\\)".*/\\1/p\' | head -n 1)'
        paper = f"{clerk} print {case} --doc receipt --format pdf --out receipt.pdf && head -c 5 receipt.pdf"
        self._does("a receipt as PDF", paper, lambda said: said.endswith("%PDF-"))

    def _removed(self) -> None:
        remove = f"sh /{STICK}/kit/install.sh --uninstall && test ! -e {PREFIX}/versions && ls {PREFIX}/station"
        self._does("removed; the work is still there", remove, lambda said: "station.db" in said)

    def _does(self, what: str, command: str, good: Callable[[str], bool]) -> None:
        ran = self._login(command)
        try:
            held = ran.code == 0 and good(ran.said)
        except (ValueError, KeyError, TypeError, IndexError):
            held = False
        self._note(what, ran.seconds, "" if held else ran.said[-400:], good=held)

    def _refuses(self, what: str, script: str, reason: str, user: str = USER) -> None:
        """It ends with that reason in its English sentence, and leaves nothing."""
        ran = self.root.run(script, user)
        said = re.search(r"Not installed: (.*)", ran.said)
        good = ran.code == 1 and said is not None and reason in said[1] and "LEFT" not in ran.said
        self._note(what, ran.seconds, said[1] if said else _last(ran), good=good)

    def _login(self, command: str) -> Ran:
        """As after signing in: the shell reads ~/.profile, as Debian's users have it."""
        return self.root.run(f"cd ~ && exec bash -l -c {_quoted(command)}", more=self.secret)

    def _note(self, what: str, seconds: float, seen: str, *, good: bool) -> None:
        self.steps.append(Step(what, good, seconds, " ".join(seen.split())))
        print(f"{'good  ' if good else 'FAILED'} {seconds:6.1f} s  {what}  {'' if good else seen}", flush=True)

    def _pointer(self) -> str:
        return (self.root.folder / PREFIX.lstrip("/") / "current").readlink().name

    def _other_kit(self, name: str, **facts: str) -> None:
        """The same kit under other facts, with its list of hashes made anew."""
        place = self.root.stick(self.kit, name)
        lines = (place / "parts" / "kit.txt").read_text(encoding="ascii").splitlines()
        known = dict(line.split("=", 1) for line in lines)
        (place / "parts" / "kit.txt").write_text(facts_text(known | facts), encoding="ascii")
        write_sums(place)

    def _megabytes(self, place: str) -> str:
        return self.root.run(f"du -sm {place} | cut -f 1", "root").said.strip()


def on_an_older(root: Root, kit: Path) -> Step:
    """A system whose glibc may be older than the kit asks for: it says so."""
    root.stick(kit)
    ran = root.run(INSTALL)
    return Step("an older system", ran.code == 1 and "too old" in ran.said, ran.seconds, _last(ran))


def report(kit: Path, suite: str, steps: list[Step]) -> str:
    """The trial as Markdown."""
    facts = dict(line.split("=", 1) for line in (kit / "parts" / "kit.txt").read_text(encoding="ascii").splitlines())
    size = sum(path.stat().st_size for path in kit.rglob("*") if path.is_file()) / 2**20
    carried = f"carries {facts['packed']}" if facts["packed"] else "carries no Python"
    good = sum(step.good for step in steps)
    place = f"Debian {suite} minbase, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"
    lines = [
        f"Kit {facts['version']}-{facts['build']} for {facts['platform']}, {carried}, {size:.1f} MB; {place}.",
        f"{good} of {len(steps)} steps as expected.",
        "",
        "| Step | Ended | Seconds | Seen |",
        "|---|---|---:|---|",
    ]
    for step in steps:
        ended = "as expected" if step.good else "**NOT**"
        lines.append(f"| {step.what} | {ended} | {step.seconds:.1f} | {step.seen.replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def write(mark: str, text: str) -> None:
    """Puts the report where docs/kit.md has room for it."""
    begin, end = f"<!-- trial {mark} -->\n", f"<!-- end of trial {mark} -->"
    document = DOCUMENT.read_text(encoding="utf-8")
    before, after = document.split(begin)[0], document.split(end)[1]
    DOCUMENT.write_text(before + begin + text + end + after, encoding="utf-8")


def main() -> int:
    """Makes the roots with the network, then tries the kit without."""
    parser = argparse.ArgumentParser(
        description="Tries an offline kit in a clean Debian without a network. Needs root."
    )
    parser.add_argument("kit", type=Path, metavar="KIT_FOLDER")
    parser.add_argument(
        "--root", type=Path, required=True, metavar="FOLDER", help="where the systems are made, and kept"
    )
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--old-suite", metavar="SUITE", help="an older system too, to see what it says")
    parser.add_argument("--write", action="store_true", help="put the report into docs/kit.md")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    carried = bool(list((options.kit / "parts").glob("python-*")))
    mark = "carried" if carried else "own"
    root, old = Root(options.root / f"{options.suite}-{mark}"), Root(options.root / f"{options.old_suite}")
    if not options.inside:
        if os.geteuid() != 0 or not shutil.which("debootstrap"):
            parser.error("needs root and debootstrap")
        root.make(options.suite, () if carried else ("python3",))
        if options.old_suite:
            old.make(options.old_suite, ())
        begin_again_without_network([sys.executable, *sys.argv, "--inside"])
    shutil.rmtree(root.folder / PREFIX.lstrip("/"), ignore_errors=True)
    trial = Trial(root, options.kit)
    steps = trial.run()
    if options.old_suite:
        steps.append(on_an_older(old, options.kit))
    text = report(options.kit, options.suite, steps)
    print(text)
    if options.write:
        write(mark, text)
    return 0 if all(step.good for step in steps) else 1


def _without_faults(said: str) -> bool:
    return bool(json.loads(said)["faults"] == [])


def _last(ran: Ran) -> str:
    return ran.said.strip().splitlines()[-1] if ran.said.strip() else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


if __name__ == "__main__":
    sys.exit(main())
