"""mosquitto_pub and mosquitto_sub against a broker: `run.py --version 5 --default ...`."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from commands import (  # noqa: E402
    Subscriber,
    publish,
    receive,
    receives_nothing,
    subscribe_and_leave,
)
from harness import CAP, NEVER, case, check, check_equal, main  # noqa: E402

ALL = ("3.1", "3.1.1", "5")


def kept(context, qos=1, expiry=3600):
    """Options of a subscriber whose session is kept."""
    options = ["-c", "-i", context.client_id("kept"), "-q", qos]
    return [*options, "-x", expiry] if context.version == "5" else options


def publish_while_away(context, expected):
    """Queues a message of each QoS for an absent subscriber, which returns for them."""
    topic = context.topic()
    options = kept(context, qos=2)
    subscribe_and_leave(context, topic, *options)
    for qos in (0, 1, 2):
        publish(context, topic, "-q", qos, "-m", "away")
    lines = receive(context, topic, len(expected), "-F", "%q %p", *options)
    check_equal(lines, expected, "messages on return")
    receives_nothing(context, topic, *options)


@case(*ALL)
def persistent_session_keeps_qos_1_and_2(context):
    publish_while_away(context, ["1 away", "2 away"])


@case(*ALL, server="open")
def persistent_session_keeps_qos_0_where_asked_to(context):
    publish_while_away(context, ["0 away", "1 away", "2 away"])


@case("5")
def second_connection_takes_the_session_over(context):
    topic = context.topic()
    with Subscriber(context, topic, *kept(context)) as old:
        subscribe_and_leave(context, topic, *kept(context))
        old.wait_for(r"Received DISCONNECT \(142\)")


@case("5")
def session_expires_after_its_interval(context):
    topic = context.topic()
    options = kept(context, expiry=15)
    subscribe_and_leave(context, topic, *options)
    time.sleep(5)
    publish(context, topic, "-q", 1, "-m", "in time")
    check_equal(receive(context, topic, 1, *options), ["in time"], "5 s into an expiry of 15 s")
    publish(context, topic, "-q", 1, "-m", "too late")
    time.sleep(16)
    receives_nothing(context, topic, *options)


@case("5", server="open")
def expiry_of_never_is_kept_where_no_cap_is_set(context):
    topic = context.topic()
    options = kept(context, expiry=NEVER)
    subscribe_and_leave(context, topic, *options)
    publish(context, topic, "-q", 1, "-m", "kept")
    time.sleep(CAP + 1)
    check_equal(receive(context, topic, 1, *options), ["kept"], "after the other server's cap")


@case("5", server="capped")
def expiry_of_never_ends_with_the_cap(context):
    topic = context.topic()
    options = kept(context, expiry=NEVER)
    subscribe_and_leave(context, topic, *options)
    publish(context, topic, "-q", 1, "-m", "lost")
    time.sleep(CAP + 1)
    receives_nothing(context, topic, *options)


@case(*ALL)
def retained_message_waits_for_subscribers(context):
    topic = context.topic()
    publish(context, topic, "-q", 1, "-r", "-m", "old")
    publish(context, topic, "-q", 1, "-r", "-m", "kept")
    lines = receive(context, topic, 1, "-q", 2, "-F", "%r %q %p")
    check_equal(lines, ["1 1 kept"], "retained message")
    publish(context, topic, "-q", 1, "-r", "-n")
    receives_nothing(context, topic)


@case(*ALL)
def will_is_sent_when_the_connection_breaks(context):
    topic = context.topic("will")
    options = kept(context)
    subscribe_and_leave(context, topic, *options)
    will = ["--will-topic", topic, "--will-payload", "broken", "--will-qos", 1]
    with Subscriber(context, context.topic("other"), *will) as dying:
        dying.kill()
    check_equal(receive(context, topic, 1, "-F", "%q %p", *options), ["1 broken"], "will")


@case("5")
def message_expiry_arrives_reduced(context):
    topic = context.topic()
    options = kept(context)
    subscribe_and_leave(context, topic, *options)
    for payload, seconds in (("long", 600), ("short", 1)):
        expiry = ["-D", "publish", "message-expiry-interval", seconds]
        publish(context, topic, "-q", 1, "-m", payload, *expiry)
    publish(context, topic, "-q", 1, "-m", "never")
    time.sleep(2.5)
    first, second = receive(context, topic, 2, "-F", "%p %E", *options)
    payload, left = first.split()
    check_equal(payload, "long", "first message")
    check(500 < int(left) <= 598, f"of 600 s, {left} s are said to be left after 2.5 s")
    check_equal(second.split()[0], "never", "the message after the one that expired")


@case(*ALL)
def each_qos_arrives_once_and_in_order(context):
    for qos in (0, 1, 2):
        topic = context.topic(str(qos))
        sent = [f"{qos} {number}" for number in range(50)]
        options = ["-c", "-i", context.client_id(f"q{qos}"), "-q", qos]
        if context.version == "5":
            options += ["-x", 3600]
        subscribe_and_leave(context, topic, *options)
        publish(context, topic, "-q", 2, "-l", lines=sent)
        expected = [] if qos == 0 else sent
        if expected:
            check_equal(receive(context, topic, len(sent), *options), expected, f"QoS {qos}")
        receives_nothing(context, topic, *options)


@case("5")
def properties_pass_through(context):
    topic = context.topic()
    options = kept(context)
    subscribe_and_leave(context, topic, *options)
    properties = [
        *("-D", "publish", "content-type", "text/plain"),
        *("-D", "publish", "response-topic", "answers/here"),
        *("-D", "publish", "correlation-data", "abc"),
        *("-D", "publish", "user-property", "name", "value"),
    ]
    publish(context, topic, "-q", 1, "-m", "payload", *properties)
    lines = receive(context, topic, 1, "-F", "%C|%R|%D|%P|%p", *options)
    check_equal(lines, ["text/plain|answers/here|abc|name:value|payload"], "properties")


main("mosquitto")
