"""The door for mail, open for a test."""

from __future__ import annotations

import asyncio
import socket
import threading

from pactdesk.mailbox import lmtp

PATIENCE = 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


class Serving:
    """The door, listening in a thread of its own."""

    def __init__(self, listen: str) -> None:
        self.listen = listen
        self.ready = threading.Event()
        self.thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self.thread.start()
        assert self.ready.wait(PATIENCE)

    async def _serve(self) -> None:
        self.loop, self.until = asyncio.get_running_loop(), asyncio.Event()
        await lmtp.serve(self.listen, until=self.until, ready=self.ready.set)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.until.set)
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
