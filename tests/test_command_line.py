"""The promise to scripts: exit codes, JSON, refusals by line, and what survives when somebody pulls the plug."""

from __future__ import annotations

import http.server
import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from station.locks import sole
from tests import cli_city
from tests.cli_city import CLERK, VILLAGE, Hub, answer, as_lines, intake, lines, station, take


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = Hub(tmp_path_factory.mktemp("hub") / "home")
    made.start()
    yield made
    if made.process is not None:
        made.stop()


@pytest.fixture(scope="module")
def template(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A village for the tests that only look or that fail before the hub hears of them."""
    return cli_city.enrolled(hub, tmp_path_factory.mktemp("village") / "home")


@pytest.fixture
def village(hub: Hub, tmp_path: Path) -> Path:
    """A village of its own for each test that pushes: a copied one would be a clone to the hub."""
    return cli_city.enrolled(hub, tmp_path / "village")


@pytest.fixture
def offline(template: Path, tmp_path: Path) -> Path:
    """A copy of an enrolled village that never meets the hub again."""
    home = tmp_path / "offline"
    shutil.copytree(template, home)
    return home


def error(home: Path, *words: str, stdin: str = "", code: int = 1) -> dict[str, Any]:
    found = answer(home, *words, stdin=stdin, code=code)
    assert set(found) == {"error"}
    return dict(found["error"])


def test_a_case_goes_to_the_city_and_its_decision_comes_back(hub: Hub, village: Path) -> None:
    [taken] = take(village, intake(1))
    assert taken["status"] == "RECEIVED"
    assert taken["due"]["intake"]
    assert taken["due"]["promised"] is None
    report = answer(village, "sync")
    assert (report["pushed"], report["pending"], report["level"]) == (1, 0, True)
    for act in ("accept", "decide", "close"):
        hub.act(taken["number"], act, **({"outcome": "grant"} if act == "decide" else {}))
    assert answer(village, "sync")["pulled"] == 1
    here = answer(village, "--as", CLERK, "case", taken["number"])
    assert here == hub.case(taken["number"])
    assert here["status"] == "CLOSED"
    assert [line["act"] for line in here["history"]] == ["take", "accept", "decide", "close"]
    assert answer(village, "verify")["faults"] == []


def test_the_same_field_on_both_sides_waits_for_a_person_and_settles(hub: Hub, village: Path) -> None:
    [taken] = take(village, intake(1))
    answer(village, "sync")
    number = taken["number"]
    amend = {"case": number, "act": "amend", "set": {"phone": "13800000001", "address": "莲花镇军营村2号"}}
    assert station(village, "--as", CLERK, "act", "-", stdin=as_lines(amend)).returncode == 0
    hub.act(number, "amend", cli_city.TOWN_CLERK, set={"phone": "13800000002", "note": "镇里补充"})
    report = answer(village, "sync")
    assert report["conflicts"] == 1
    [conflict] = answer(village, "--as", CLERK, "conflicts")
    assert (conflict["field"], conflict["base"], conflict["mine"], conflict["theirs"], conflict["rule"]) == (
        "phone",
        "13800000000",
        "13800000001",
        "13800000002",
        "FLD-1",
    )
    here = answer(village, "--as", CLERK, "case", number)
    assert here["sync"] == "parked"
    assert here["applicant"]["address"] == "莲花镇军营村2号"
    assert here["note"] == "镇里补充"
    assert hub.case(number)["applicant"]["address"] == "莲花镇军营村2号"
    settle = ("conflicts", "settle", conflict["id"], "--take", "mine", "--reason", "电话核实")
    answer(village, "--as", CLERK, *settle)
    assert answer(village, "sync")["conflicts"] == 0
    assert hub.case(number)["applicant"]["phone"] == "13800000001"
    assert answer(village, "--as", CLERK, "case", number) == hub.case(number)


def test_each_malformed_line_is_refused_by_number_and_the_others_go_on(offline: Path) -> None:
    good = intake(1)
    person = good["applicant"]
    before = {row["number"] for row in answer(offline, "--as", CLERK, "cases")}
    text = (
        as_lines(good)
        + "this is not json\n\n"
        + as_lines(
            {"item": "nobody knows it", "applicant": person},
            intake(3, applicant=person | {"id_no": "350200195503120026"}),
            intake(4, applicant=person | {"id_no": "350200209903120029"}),
            intake(5, materials=[{"name": "没有这份材料", "got": "paper"}]),
            [],
            intake(6),
        )
    )
    done = station(offline, "--json", "--as", CLERK, "take", "-", stdin=text)
    found = lines(done)
    assert done.returncode == 1
    assert [each.get("error", {}).get("code") for each in found] == [
        None,
        "line_json",
        "unknown_item",
        "id_check_digit",
        "id_birth_future",
        "unknown_material",
        "not_an_object",
        None,
    ]
    assert [each["error"]["line"] for each in found if "error" in each] == [2, 4, 5, 6, 7, 8]
    assert found[3]["error"]["field"] == "applicant.id_no"
    after = {row["number"] for row in answer(offline, "--as", CLERK, "cases")}
    assert after - before == {found[0]["number"], found[-1]["number"]}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("guided", "code"), [(True, "item_guide_only"), (False, "item_not_offline")])
def test_an_item_that_may_not_be_taken_here_says_why(offline: Path, guided: bool, code: str) -> None:
    items = json.loads(cli_city.SEED.read_text(encoding="utf-8"))["items"]
    found = [each for each in items if (each["village_role"] == "guide_only") is guided and not each["offline_intake"]]
    line = as_lines(intake(1, item=found[0]["demo_impl_code"]))
    done = station(offline, "--json", "--as", CLERK, "take", "-", stdin=line)
    assert lines(done)[0]["error"]["code"] == code


def test_an_act_that_is_illegal_here_is_refused_with_its_reason(offline: Path) -> None:
    [taken] = take(offline, intake(1))
    acts = [
        {"case": taken["number"], "act": "close"},
        {"case": taken["number"], "act": "defer"},
        {"case": taken["number"], "act": "dance"},
        {"case": taken["number"], "act": "withdraw"},
        {"case": taken["number"], "act": "amend", "set": {"phone": "12"}},
        {"case": taken["number"], "act": "amend", "set": {"status": "CLOSED"}},
        {"case": "000000000000", "act": "void", "reason": "x"},
        {"case": taken["number"], "act": "withdraw", "reason": "不办了"},
        {"case": taken["number"], "act": "withdraw", "reason": "不办了"},
    ]
    done = station(offline, "--json", "--as", CLERK, "act", "-", stdin=as_lines(*acts))
    codes = [each.get("error", {}).get("code") for each in lines(done)]
    assert codes == [
        "illegal_act",
        "not_your_role",
        "unknown_act",
        "reason_missing",
        "phone_form",
        "unknown_field",
        "case_unknown",
        None,
        "illegal_act",
    ]


def test_without_a_hub_a_sync_ends_with_3_and_the_work_is_kept(offline: Path) -> None:
    take(offline, intake(1))
    failed = station(offline, "--json", "sync", "--hub", "https://127.0.0.1:9")
    assert failed.returncode == 3
    assert json.loads(failed.stdout)["error"]["code"] == "hub_unreachable"
    assert answer(offline, "status")["pending"] == 1
    assert answer(offline, "status")["state"] == "offline"


def test_who_is_not_known_or_has_no_right_pin_is_locked_out_with_5(offline: Path) -> None:
    assert error(offline, "cases", code=5)["code"] == "clerk_needed"
    assert error(offline, "--as", "nobody", "cases", code=5)["code"] == "clerk_unknown"
    wrong_pin = station(offline, "--json", "--as", CLERK, "cases", STATION_PIN="000000")
    assert (wrong_pin.returncode, json.loads(wrong_pin.stdout)["error"]["code"]) == (5, "pin_wrong")
    wrong_passphrase = station(offline, "--json", "status", STATION_PASSPHRASE="guess")
    assert wrong_passphrase.returncode == 5
    assert json.loads(wrong_passphrase.stdout)["error"]["code"] == "passphrase_wrong"


def test_wrong_usage_ends_with_2_and_what_comes_later_says_so(offline: Path, tmp_path: Path) -> None:
    assert station(offline, "no-such-command").returncode == 2
    assert station(offline, "sync", "--max-bytes", "many").returncode == 2
    for words in (("doctor",), ("backup", "x"), ("bundle", "export", "x"), ("hub", "report")):
        assert error(offline, *words)["code"] == "not_yet"
    assert error(offline, "desk")["code"] == "terminal_needed"
    assert error(tmp_path / "nowhere", "status")["code"] == "home_missing"


def test_an_enrolment_code_that_is_wrong_or_used_opens_nothing(hub: Hub, template: Path, tmp_path: Path) -> None:
    home = cli_city.new_station(tmp_path / "new")
    ca = str(hub.home / "keys" / "ca.crt")
    assert error(home, "enrol", hub.url, "ABCD", "--ca", ca)["code"] == "code_form"
    assert error(home, "enrol", hub.url, "0000-0000-0000-0000", "--ca", ca)["code"] == "code_unknown"
    code = hub.code(VILLAGE)
    first = cli_city.new_station(tmp_path / "first")
    answer(first, "enrol", hub.url, code, "--ca", ca)
    assert error(home, "enrol", hub.url, code, "--ca", ca)["code"] == "code_used"
    assert answer(home, "status")["enrolled"] is False
    other = hub.code(cli_city.OTHER_VILLAGE)
    assert error(home, "enrol", hub.url, other, "--ca", ca)["code"] == "other_division"
    assert error(template, "enrol", hub.url, other, "--ca", ca)["code"] == "enrolled_already"


def test_who_is_not_our_hub_changes_nothing(hub: Hub, offline: Path, tmp_path: Path) -> None:
    take(offline, intake(1))
    before = answer(offline, "status")
    with Portal() as url:
        assert error(offline, "sync", "--hub", url)["code"] == "not_our_hub"
    stranger = Hub(tmp_path / "stranger")
    stranger.start()
    try:
        assert error(offline, "sync", "--hub", stranger.url)["code"] == "not_our_hub"
    finally:
        stranger.stop()
    after = answer(offline, "status")
    changing = {"last_error", "state"}
    assert {key: after[key] for key in set(after) - changing} == {key: before[key] for key in set(before) - changing}


def test_kill_9_of_a_take_loses_no_case_that_was_answered(offline: Path) -> None:
    many = [intake(number) for number in range(400)]
    process = subprocess.Popen(
        cli_city.command("--home", str(offline), "--json", "--as", CLERK, "take", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=cli_city.ENVIRONMENT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    feeder = threading.Thread(target=_feed, args=(process, as_lines(*many)))
    feeder.start()
    told = [json.loads(process.stdout.readline()) for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    told += [json.loads(line) for line in process.stdout.read().splitlines() if line.endswith("}")]
    process.wait(30)
    feeder.join()
    assert 60 <= len(told) < 400
    assert answer(offline, "verify")["faults"] == []
    kept = {row["case"]: row["number"] for row in answer(offline, "--as", CLERK, "cases", "--limit", "1000")}
    assert {each["case"]: each["number"] for each in told}.items() <= kept.items()
    again = take(offline, *many)
    assert len({each["number"] for each in again}) == 400
    assert {each["case"]: each["number"] for each in told}.items() <= {
        each["case"]: each["number"] for each in again
    }.items()


def test_kill_9_of_a_sync_and_of_the_hub_loses_and_doubles_nothing(hub: Hub, village: Path) -> None:
    taken = take(village, *(intake(number) for number in range(120)))
    for round_of_killing in range(6):
        process = subprocess.Popen(
            cli_city.command("--home", str(village), "--json", "sync"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=cli_city.ENVIRONMENT,
        )
        try:
            process.wait(0.35 + 0.12 * round_of_killing)  # from before the first byte to after the answer
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)
        if round_of_killing == 2:
            hub.stop(kill=True)
            hub.start()
        assert answer(village, "verify")["faults"] == []
    report = answer(village, "sync")
    assert (report["pending"], report["level"], report["problems"]) == (0, True, 0)
    rows = answer(hub.home, "hub", "cases", "--limit", "10000")
    here = [each["number"] for each in rows if each["number"] in {every["number"] for every in taken}]
    assert sorted(here) == sorted(each["number"] for each in taken)
    assert answer(village, "--as", CLERK, "case", taken[0]["number"]) == hub.case(taken[0]["number"])


def test_a_second_sync_is_told_who_holds_the_lock_and_ends(offline: Path) -> None:
    with sole(offline, "sync"):
        assert error(offline, "sync")["code"] == "busy"
        assert len(take(offline, intake(1))) == 1  # a counter works beside a sync


def test_json_is_one_document_and_words_go_to_stderr(offline: Path) -> None:
    done = station(offline, "--json", "items", "search", "低保")
    assert json.loads(done.stdout)[0]["name"] == "最低生活保障审核确认"
    plain = station(offline, "--lang", "en", "--as", CLERK, "case", "000000000000")
    assert plain.stdout == ""
    assert plain.stderr.strip()


def test_a_scan_is_kept_sealed_and_recorded_with_its_hash(offline: Path, tmp_path: Path) -> None:
    [taken] = take(offline, intake(1))
    scan = tmp_path / "身份证.jpg"
    scan.write_bytes(b"\xff\xd8\xff" + b"a citizen's face" * 1000)
    words = ("attach", taken["number"], "申请人居民身份证", str(scan))
    done = answer(offline, "--as", CLERK, *words)
    [material] = [each for each in answer(offline, "--as", CLERK, "case", taken["case"])["materials"] if each["files"]]
    assert material["files"][0]["sha256"] == done["sha256"]
    assert material["files"][0]["at_hub"] is False
    assert not any(b"citizen's face" in each.read_bytes() for each in offline.rglob("*") if each.is_file())
    assert answer(offline, "verify")["faults"] == []
    assert error(offline, "--as", CLERK, "attach", taken["case"], "x", str(scan))["code"] == "unknown_material"


class Portal:
    """A captive portal: it answers everything with a page and 200."""

    def __enter__(self) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                page = b"<html>Welcome! Please log in.</html>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _feed(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(text)
        process.stdin.close()
    except BrokenPipeError:
        pass
