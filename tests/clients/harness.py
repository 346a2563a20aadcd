"""What the Python cases share: a registry, checks, and a runner that prints PASS or FAIL."""

import argparse
import itertools
import os
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

# Seconds. Far more than a broker needs, since a busy machine must not fail a case.
PATIENCE = 30

# Brokers a case can ask for: all defaults; no cap on the Session Expiry Interval and QoS 0 kept
# for absent clients; a cap of CAP seconds.
SERVERS = ("default", "open", "capped")
CAP = 3

NEVER = 0xFFFFFFFF

_cases = []
_numbers = itertools.count()


class Failure(Exception):
    """A check that did not hold."""


def check(condition, message):
    """Fails the case with a message unless the condition holds."""
    if not condition:
        raise Failure(message)


def check_equal(found, expected, what):
    """Fails the case unless both are equal."""
    check(found == expected, f"{what}: expected {expected!r}, found {found!r}")


def case(*versions, server="default"):
    """Registers a case for these protocol versions, against one kind of server."""

    def register(function):
        _cases.append((function, versions, server))
        return function

    return register


@dataclass
class Broker:
    """The addresses of one server."""

    host: str
    tcp: int
    http: int


class Context:
    """Where and how a case connects, and names that no other case uses."""

    def __init__(self, broker, transport, version, name):
        self.broker = broker
        self.transport = transport
        self.version = version
        self.name = f"{name}-{os.getpid()}-{next(_numbers)}"

    def topic(self, suffix="topic"):
        """A topic of this case alone."""
        return f"clients/{self.name}/{suffix}"

    def client_id(self, suffix="client"):
        """A Client Identifier of this case alone, short enough for MQTT 3.1."""
        return f"{suffix[:8]}{os.getpid()}n{self.name.rsplit('-', 1)[1]}"

    @property
    def port(self):
        """The port of the transport in use."""
        return self.broker.tcp if self.transport == "tcp" else self.broker.http


def _parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", choices=("3.1", "3.1.1", "5"), required=True)
    parser.add_argument("--transport", choices=("tcp", "websockets"), default="tcp")
    parser.add_argument("--case", action="append", help="only cases whose name contains this")
    for server in SERVERS:
        parser.add_argument(f"--{server}", metavar="HOST:TCP:HTTP")
    return parser.parse_args()


def _broker(text):
    host, tcp, http = text.split(":")
    return Broker(host, int(tcp), int(http))


def main(client):
    """Runs the registered cases side by side; the process fails if one fails."""
    arguments = _parse()
    lock = threading.Lock()

    def run(entry):
        function, _, server = entry
        name = function.__name__
        address = getattr(arguments, server)
        label = f"{client} {arguments.version} {arguments.transport} {name}"
        try:
            check(address is not None, f"needs --{server}")
            broker = _broker(address)
            function(Context(broker, arguments.transport, arguments.version, name))
        except Exception as error:  # a case may fail in any way, and each is a FAIL
            if not isinstance(error, Failure):
                traceback.print_exc()
            with lock:
                print(f"FAIL {label}: {error or type(error).__name__}", flush=True)
            return False
        with lock:
            print(f"PASS {label}", flush=True)
        return True

    wanted = arguments.case or [""]
    chosen = [
        entry
        for entry in _cases
        if arguments.version in entry[1] and any(part in entry[0].__name__ for part in wanted)
    ]
    if not chosen:
        sys.exit("no case was chosen")
    with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
        outcomes = list(pool.map(run, chosen))
    sys.exit(0 if all(outcomes) else 1)
