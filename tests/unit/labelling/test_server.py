"""Ctrl-C ends the page from the moment on that its address is told."""

import signal

from luodi.labelling.server import _ended_by_ctrl_c


class Server:
    """Notes that it was told to end, as uvicorn's does."""

    def __init__(self):
        self.told = []

    def handle_exit(self, number, frame):
        self.told.append(number)


def test_ctrl_c_is_told_to_the_server_before_it_runs():
    server, before = Server(), signal.getsignal(signal.SIGINT)
    with _ended_by_ctrl_c(server):
        signal.raise_signal(signal.SIGINT)  # without it: KeyboardInterrupt here, or a start that never ends
    assert server.told == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is before
