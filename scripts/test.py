"""The one test command: format, lint, types, contracts, locks, generated documents, tests.

`--quick` leaves out the slow tests. Everything else on the command line goes to pytest. Every step runs, whatever
became of those before it; the last lines say how each ended, and the exit code is 1 if any failed.
"""

import os
import subprocess
import sys
import time

import environment  # refuses an old Python, so nothing here may need a new one to be parsed

GENERATED = {  # who draws a document with --check, and which
    "scripts/draw_states.py": "docs/case-states.md",
    "scripts/draw_rules.py": "docs/rules.md",
    "scripts/protocol_vectors.py": "docs/protocol-vectors.json",
}


def main() -> int:
    """Run every step in the environment, then say how each ended."""
    environment.ensure("dev")
    outcomes = [run(name, command) for name, command in steps(sys.argv[1:])]
    print("\n== result", flush=True)
    for name, passed, seconds in outcomes:
        print(f"{'passed' if passed else 'FAILED':8}{name:28}{seconds:7.1f} s")
    failed = [name for name, passed, _ in outcomes if not passed]
    print(f"FAILED: {', '.join(failed)}" if failed else f"All {len(outcomes)} steps passed.", flush=True)
    return 1 if failed else 0


def steps(arguments: list[str]) -> list[tuple[str, list[str]]]:
    """The steps in their order, the quickest to fail first, each with its command."""
    python = str(environment.PYTHON)
    drawn = [
        (f"{document} up to date", [python, script, "--check"])
        for script, document in GENERATED.items()
        if (environment.ROOT / script).exists()
    ]
    return [
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("mypy --strict", [python, "-m", "mypy", "--strict"]),
        ("import contracts", [environment.program("lint-imports")]),
        ("locks", [python, "scripts/lock.py", "--check"]),
        *drawn,
        ("pytest", [python, "-m", "pytest", *pytest_arguments(arguments, os.cpu_count() or 1)]),
    ]


def pytest_arguments(arguments: list[str], cores: int) -> list[str]:
    """What pytest is given: two workers on two cores or more, unless the caller wants a terminal or chose himself."""
    chosen = any(argument.startswith(("-n", "--numprocesses", "--pdb")) or argument == "-s" for argument in arguments)
    workers = ["-n", "2"] if cores > 1 and not chosen else []
    quick = ["-m", "not slow"] if "--quick" in arguments else []
    return [*workers, *quick, *(argument for argument in arguments if argument != "--quick")]


def run(name: str, command: list[str]) -> tuple[str, bool, float]:
    """Run one step and let it speak. Returns its name, whether it passed, and its seconds."""
    print(f"\n== {name}", flush=True)
    begun = time.monotonic()
    path = os.pathsep.join([str(environment.PROGRAMS), os.environ.get("PATH", "")])
    code = subprocess.call(command, cwd=environment.ROOT, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL)
    return name, code == 0, time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
