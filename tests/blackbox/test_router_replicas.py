"""Several replicas of an engine: which of them gets a request, and what if it does not answer."""

import collections
import socket
import subprocess
import time

import pytest
import requests
from client import assert_problem, wait_until
from router_client import ask, ask_in_background, up
from router_process import Replica, Router, Upstream, answer_ok, read_body, read_head


def with_file(path, target):
    """A command to run something in that has a file of its own in place of the system's."""
    may = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
    if may.returncode != 0:
        pytest.skip(f"no mounts of its own, as in a plain chroot: {may.stderr.strip()}")
    return ["unshare", "--mount", "sh", "-c", f"mount --bind {path} {target} && exec $0"]


def test_the_replica_with_the_least_in_flight_gets_the_request(started):
    replicas = [Replica(name, workers=4) for name in "abc"]
    router = Router(ENGINE_E_HOST=",".join(replica.host for replica in replicas))
    started.extend([router, *replicas])
    wait_until(lambda: all(up(router, replica) for replica in replicas))
    for replica in replicas:
        replica.may.clear()
    threads, answers = ask_in_background(router, 9)
    wait_until(lambda: sum(replica.has for replica in replicas) == 9)
    assert [replica.has for replica in replicas] == [3, 3, 3]
    for replica in replicas:
        replica.may.set()
    for thread in threads:
        thread.join()
    assert collections.Counter(answer.text for answer in answers) == {"a": 3, "b": 3, "c": 3}


def test_a_request_that_never_reached_a_replica_goes_to_another(started):
    living, dead = Replica("living"), Upstream(answer_ok)
    dead.stop()
    router = Router(ENGINE_E_HOST=f"{dead.host},{living.host}")
    started.extend([router, living])
    for _ in range(20):
        assert ask(router).text == "living"
    assert not up(router, dead)


def test_a_request_that_may_have_run_is_not_sent_again(started):
    """The replica takes it and breaks the connection without an answer."""
    other, taken = Replica("other"), []

    def break_off(connection):
        head, rest = read_head(connection)
        taken.append(read_body(connection, head, rest))

    breaking = Upstream(break_off)
    router = Router(ENGINE_E_HOST=f"{breaking.host},{other.host}")
    started.extend([router, breaking, other])
    answers = [ask(router) for _ in range(10)]
    failed = [response for response in answers if response.status_code != 200]
    assert failed and len(failed) == len(taken)
    for response in failed:
        assert_problem(response, 502, "engine-broke", "the engine e gave no whole answer")
    assert other.had == 10 - len(taken)


def test_a_kept_connection_that_breaks_is_not_used_for_a_second_try(started):
    """libcurl alone would send the request again on a new connection."""
    taken = []

    def serve_one(connection):
        for number in range(2):
            head, rest = read_head(connection)
            taken.append(read_body(connection, head, rest))
            if number == 0:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    upstream = Upstream(serve_one, workers=1)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    assert ask(router).status_code == 200
    assert_problem(ask(router), 502, "engine-broke")
    assert [body for body in taken if body] == [b"x", b"x"]  # a new connection brings nothing


def test_a_replica_that_comes_back_is_used_again(started):
    first, second = Replica("first", workers=1), Replica("second", workers=1)
    router = Router(ENGINE_E_HOST=f"{first.host},{second.host}")
    started.extend([router, second])
    wait_until(lambda: up(router, first) and up(router, second))
    first.stop()
    wait_until(lambda: ask(router).text == "second" and not up(router, first))
    again = Replica("again", workers=1, port=first.port)
    started.append(again)
    wait_until(lambda: up(router, again))
    assert {ask(router).text for _ in range(4)} == {"again", "second"}


def test_an_engine_without_a_living_replica_is_a_502_that_says_why(started):
    dead = [Upstream(answer_ok), Upstream(answer_ok)]
    for upstream in dead:
        upstream.stop()
    router = Router(ENGINE_E_HOST=",".join(upstream.host for upstream in dead), ENGINE_E_WAIT="0")
    started.append(router)
    assert_problem(ask(router), 502, "engine-unreachable", "the engine e cannot be reached")
    line = router.wait_for_log("status=502").rpartition("failed:")[2]
    assert "Connection refused" in line or "Failed to connect" in line or "connect to" in line


def three_replicas():
    """Of addresses of their own, 127.0.0.11 to .13, and one port."""
    one = Replica("one", address="127.0.0.11")
    two = Replica("two", address="127.0.0.12", port=one.port)
    return one, two, Replica("three", address="127.0.0.13", port=one.port)


def test_every_address_of_a_name_is_a_replica_and_changes_are_seen(started, tmp_path):
    """As when `docker compose up --scale` adds and takes away containers."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n127.0.0.11 fleet\n127.0.0.12 fleet\n")
    one, two, three = three_replicas()
    own = with_file(hosts, "/etc/hosts")
    router = Router(within=own, ENGINE_E_HOST=f"fleet:{one.port}", PATH="/usr/bin:/bin")
    started.extend([router, one, two, three])
    assert {ask(router).text for _ in range(8)} == {"one", "two"}
    hosts.write_text("127.0.0.12 fleet\n127.0.0.13 fleet\n")
    wait_until(lambda: {ask(router).text for _ in range(8)} == {"two", "three"})
    hosts.write_text("127.0.0.1 localhost\n")  # a resolver that fails stops nothing
    time.sleep(2.5)  # one look at the names
    assert {ask(router).text for _ in range(8)} == {"two", "three"}


def test_a_name_that_vanishes_does_not_freeze_those_beside_it(started, tmp_path):
    """As when one service of two is stopped and the other gets a new address."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.11 first\n127.0.0.12 second\n")
    one, two, three = three_replicas()
    own = with_file(hosts, "/etc/hosts")
    names = f"first:{one.port},second:{one.port}"
    router = Router(within=own, ENGINE_E_HOST=names, PATH="/usr/bin:/bin")
    started.extend([router, one, two, three])
    assert {ask(router).text for _ in range(8)} == {"one", "two"}
    hosts.write_text("127.0.0.13 first\n")
    wait_until(lambda: {ask(router).text for _ in range(8)} == {"two", "three"})


def test_a_name_server_that_does_not_answer_holds_up_neither_probes_nor_the_end(started, tmp_path):
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.53", 53))
    configuration = tmp_path / "resolv.conf"
    configuration.write_text("nameserver 127.0.0.53\noptions timeout:30 attempts:5\n")
    own = with_file(configuration, "/etc/resolv.conf")
    first = Replica("first", workers=1)
    router = Router(
        within=own, ENGINE_E_HOST=first.host, ENGINE_F_HOST="f.example", ENGINE_E_WAIT="0",
        PATH="/usr/bin:/bin"
    )
    wait_until(lambda: up(router, first))
    first.stop()
    wait_until(lambda: ask(router).status_code == 502 and not up(router, first))
    again = Replica("again", workers=1, port=first.port)
    wait_until(lambda: up(router, again))
    assert ask(router).text == "again"
    began = time.monotonic()
    assert router.stop() == 0
    assert time.monotonic() - began < 25  # the name server has 150 seconds
    again.stop()
    silent.close()


def test_a_name_without_an_address_is_a_502_that_says_so(started):
    router = Router(ENGINE_E_HOST="nothing.invalid", ENGINE_E_WAIT="0")
    started.append(router)
    assert_problem(ask(router), 502, "engine-unreachable", "its name has no address")


def test_an_engine_that_cannot_be_reached_is_a_502(router):
    response = requests.get(router.url + "/dead/info", timeout=60)
    assert_problem(response, 502, "engine-unreachable", "dead cannot be reached")


def test_another_replica_is_tried_if_nothing_was_sent(upstream):
    router = Router(ENGINE_E_HOST=f"127.0.0.1:1,{upstream.host}")
    try:
        for _ in range(6):
            response = requests.post(router.url + "/e/x", data=b"body", timeout=60)
            assert response.status_code == 200 and response.text.endswith("body")
    finally:
        router.stop()


def test_an_engine_of_forty_dead_replicas_is_a_502(started):
    hosts = ",".join(f"127.0.0.{number}:1" for number in range(2, 42))
    router = Router(ENGINE_E_HOST=hosts, ENGINE_E_WAIT="0")
    started.append(router)
    assert_problem(ask(router), 502, "engine-unreachable", "cannot be reached")
