"""The clients: a closed loop over kept-alive connections, fast enough not to be what is measured.

Reads a plan from standard input and writes what happened to standard output, both JSON. Standard library only; started
as a process of its own, so that no client shares an interpreter with what it measures.

Each client sends its next request when the answer to the last one is complete, or when it is due. Time and
number of requests are bounded.
"""

from __future__ import annotations

import gc
import json
import selectors
import socket
import sys
import time
from typing import Any

SILENCE = 20.0  # seconds without any answer, after which the run is given up
SAMPLES = 5  # wrong answers that are kept to be looked at


class Client:
    """One connection and the request that is under way on it."""

    __slots__ = ("index", "received", "sent_at", "socket")

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=SILENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.index = -1
        self.sent_at = 0.0
        self.received = b""


def main() -> None:
    plan = json.load(sys.stdin)
    requests = [request_bytes(plan, *each[:3]) for each in plan["requests"]]
    gc.disable()
    json.dump(run(plan, requests), sys.stdout)


def request_bytes(plan: dict[str, Any], path: str, session: int, body: str) -> bytes:
    """A request as a browser would send it, with the headers that the application looks at."""
    host = f"{plan['host']}:{plan['port']}"
    lines = [
        f"{'POST' if body else 'GET'} {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: en-GB,en;q=0.8",
        f"Origin: http://{host}",
        f"Referer: http://{host}{path}",
        f"Cookie: {plan['sessions'][session]}",
    ]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")


def run(plan: dict[str, Any], requests: list[bytes]) -> dict[str, Any]:
    """Send until the time is over or the requests are used up (`repeat` begins again), then wait for what is open.

    With a `rate`, requests are sent when they are due, so many a second, and latencies count from then: one that had to
    wait for a free client was late for whoever clicked.
    """
    statuses = [(each[3] if len(each) > 3 else plan["status"]).encode("ascii") for each in plan["requests"]]
    repeat, gap = plan["repeat"], 1 / plan["rate"] if plan["rate"] else 0.0
    selector = selectors.DefaultSelector()
    clients = [Client(plan["host"], plan["port"]) for _ in range(plan["clients"])]
    idle = list(clients)
    latencies: list[float] = []
    indexes: list[int] = []
    answers: list[tuple[int, str]] = []
    wrong: list[str] = []
    errors = sent = 0
    now = time.perf_counter

    started = last_answer = now()
    deadline = started + plan["seconds"]
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    while True:
        more = now() < deadline and (repeat or sent < len(requests))
        while more and idle and (due := started + sent * gap) <= now():
            client = idle.pop()
            client.index, client.sent_at = sent % len(requests), due if gap else now()
            client.socket.sendall(requests[client.index])
            sent += 1
            more = repeat or sent < len(requests)
        under_way = len(clients) - len(idle)
        if not under_way and not more:
            break
        waits_for_due = more and idle
        ready = selector.select(max(0.0, started + sent * gap - now()) if waits_for_due else SILENCE)
        if under_way and now() - max(last_answer, started) > SILENCE:
            wrong.append(f"{under_way} requests without an answer for {SILENCE:.0f} seconds")
            errors += under_way
            break
        for key, _ in ready:
            client = key.data
            chunk = client.socket.recv(262144)
            client.received += chunk
            if chunk and not is_complete(client.received):
                continue
            last_answer = now()
            answer, client.received = client.received, b""
            latencies.append(last_answer - client.sent_at)
            indexes.append(client.index)
            if answer[9:12] == statuses[client.index]:
                answers.append((client.index, location(answer)))
            else:
                errors += 1
                if len(wrong) < SAMPLES:
                    wrong.append(answer[:600].decode("latin-1"))
            if chunk:
                idle.append(client)
            else:  # the server has hung up
                selector.unregister(client.socket)
                clients = [each for each in clients if each is not client]
    for client in clients:
        client.socket.close()
    return {
        "elapsed": last_answer - started,
        "sent": sent,
        "errors": errors,
        "wrong": wrong,
        "latencies": [round(latency, 6) for latency in latencies],
        "indexes": indexes,
        "answers": answers if plan["keep_answers"] else len(answers),
        "used_up": not repeat and sent >= len(requests),
    }


def is_complete(received: bytes) -> bool:
    """Whether an answer has come in whole. Every answer of ours says how long it is."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = received[:end].lower()
    start = head.find(b"\r\ncontent-length:")
    if start < 0:
        return head.endswith(b"\r\ntransfer-encoding: chunked") and received.endswith(b"0\r\n\r\n")
    line = head[start + 17 : (head.find(b"\r\n", start + 2) + 1 or end + 1) - 1]
    return len(received) >= end + 4 + int(line)


def location(answer: bytes) -> str:
    """Where an answer leads, "" where it leads nowhere."""
    head = answer[: answer.find(b"\r\n\r\n")]
    start = head.lower().find(b"\r\nlocation:")
    if start < 0:
        return ""
    return head[start + 11 :].split(b"\r\n", 1)[0].strip().decode("latin-1")


if __name__ == "__main__":
    main()
