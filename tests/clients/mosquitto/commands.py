"""mosquitto_pub and mosquitto_sub as a case wants them."""

import re
import subprocess
import threading

from harness import PATIENCE, Failure, check

VERSIONS = {"3.1": "mqttv31", "3.1.1": "mqttv311", "5": "mqttv5"}

# What mosquitto_sub exits with when `-W` ran out.
TIMED_OUT = 27


def _command(program, context, arguments):
    version = VERSIONS[context.version]
    address = ["-h", context.broker.host, "-p", str(context.port), "-V", version]
    return [program, *address, *(str(argument) for argument in arguments)]


def _run(command, feed=None):
    try:
        return subprocess.run(
            command, input=feed, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"`{' '.join(command)}` did not end within {PATIENCE} s") from None


def publish(context, topic, *arguments, lines=None):
    """Publishes one message, or with `lines` one for each line."""
    feed = None if lines is None else "".join(f"{line}\n" for line in lines)
    done = _run(_command("mosquitto_pub", context, ["-t", topic, *arguments]), feed)
    check(done.returncode == 0, f"mosquitto_pub failed: {done.stderr.strip()}")


def receive(context, topic, count, *arguments):
    """Subscribes and answers the lines of the first `count` messages."""
    arguments = ["-t", topic, "-C", count, "-W", PATIENCE - 5, *arguments]
    done = _run(_command("mosquitto_sub", context, arguments))
    said = (done.stdout + done.stderr).strip()
    check(done.returncode == 0, f"mosquitto_sub got {said!r} and exited {done.returncode}")
    return done.stdout.splitlines()


def receives_nothing(context, topic, *arguments):
    """Subscribes for two seconds and fails if a message comes."""
    done = _run(_command("mosquitto_sub", context, ["-t", topic, "-W", 2, *arguments]))
    check(not done.stdout, f"mosquitto_sub got {done.stdout!r}")
    check(done.returncode == TIMED_OUT, f"mosquitto_sub exited {done.returncode}")


def subscribe_and_leave(context, topic, *arguments):
    """Subscribes and disconnects, which leaves the session behind if it is a kept one."""
    done = _run(_command("mosquitto_sub", context, ["-t", topic, "-E", *arguments]))
    check(done.returncode == 0, f"mosquitto_sub failed: {done.stderr.strip()}")


class Subscriber:
    """A mosquitto_sub in the background, which says what it does line by line."""

    def __init__(self, context, topic, *arguments):
        command = _command("mosquitto_sub", context, ["-t", topic, "-d", *arguments])
        self._process = subprocess.Popen(
            # Without a terminal it would keep its lines back.
            ["stdbuf", "-oL", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._deadline = threading.Timer(PATIENCE, self._process.kill)
        self._deadline.start()
        self.wait_for("Subscribed")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def wait_for(self, pattern):
        """Reads on to a line with the pattern; fails if the program ends before."""
        said = []
        for line in self._process.stdout:
            said.append(line)
            if re.search(pattern, line):
                return
        raise Failure(f"mosquitto_sub never said {pattern!r}, but {''.join(said)!r}")

    def kill(self):
        """Ends the program as a crash does, without a word to the broker."""
        self._deadline.cancel()
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
