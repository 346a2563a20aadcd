"""Sessions that outlive a connection."""

import time
from concurrent.futures import ThreadPoolExecutor

from harness import CAP, NEVER, case, check, check_equal
from link import Link

ALL = ("3.1", "3.1.1", "5")


def kept(context, name, expiry=3600, **more):
    """A connection whose session is kept."""
    if context.version == "5":
        more["SessionExpiryInterval"] = expiry
    return Link(context, context.client_id(name), clean=False, **more)


def publish_while_away(context, expected):
    """Queues a message of each QoS for an absent subscriber, which returns for them."""
    topic = context.topic()
    subscriber = kept(context, "kept")
    subscriber.subscribe(topic, qos=2)
    subscriber.disconnect()

    publisher = Link(context, context.client_id("pub"))
    for qos in (0, 1, 2):
        publisher.publish(topic, f"qos {qos}", qos=qos)

    subscriber = kept(context, "kept")
    if context.version != "3.1":
        check(subscriber.session_present, "session present is 0 after the return")
    found = [subscriber.receive() for _ in expected]
    check_equal([(m.payload.decode(), m.qos) for m in found], expected, "messages on return")
    check(not any(m.dup for m in found), "a first delivery has DUP set")
    publisher.publish(topic, "live", qos=1)
    check_equal(subscriber.receive_payloads(1), ["live"], "after the queue")
    publisher.disconnect()
    subscriber.disconnect()


@case(*ALL)
def persistent_session_keeps_qos_1_and_2(context):
    publish_while_away(context, [("qos 1", 1), ("qos 2", 2)])


@case(*ALL, server="open")
def persistent_session_keeps_qos_0_where_asked_to(context):
    publish_while_away(context, [("qos 0", 0), ("qos 1", 1), ("qos 2", 2)])


@case("3.1.1", "5")
def session_present_tells_whether_there_was_one(context):
    for expected in (False, True):
        link = kept(context, "present")
        check_equal(link.session_present, expected, "session present")
        link.disconnect()
    clean = Link(context, context.client_id("present"), clean=True)
    check_equal(clean.session_present, False, "session present after a clean start")
    clean.disconnect()
    if context.version == "3.1.1":
        again = kept(context, "present")
        check_equal(again.session_present, False, "session present after a clean session")
        again.disconnect()


@case(*ALL)
def unacknowledged_messages_come_again_with_dup(context):
    topic = context.topic()
    subscriber = kept(context, "dup", manual_ack=True)
    subscriber.subscribe(topic, qos=1)
    publisher = Link(context, context.client_id("pub"))
    for number in range(3):
        publisher.publish(topic, str(number), qos=1)
    first = [subscriber.receive() for _ in range(3)]
    subscriber.acknowledge(first[0])
    # An exchange of its own shows that the PUBACK before it has been read.
    subscriber.unsubscribe(context.topic("other"))
    subscriber.cut()

    subscriber = kept(context, "dup")
    again = [subscriber.receive() for _ in range(2)]
    check_equal([m.payload for m in again], [b"1", b"2"], "payloads sent again")
    check_equal([m.mid for m in again], [m.mid for m in first[1:]], "packet identifiers")
    check(all(m.dup for m in again), "DUP is not set")
    publisher.disconnect()
    subscriber.disconnect()


@case(*ALL)
def second_connection_takes_the_session_over(context):
    topic = context.topic()
    old = kept(context, "taken")
    old.subscribe(topic, qos=1)
    new = kept(context, "taken")
    said_why, code = old.wait_closed()
    if context.version == "5":
        check(said_why, "the old connection got no DISCONNECT")
        check_equal(code.value, 0x8E, "reason code of DISCONNECT")
    if context.version != "3.1":
        check(new.session_present, "session present is 0 after a takeover")
    new.publish(topic, "to the new one", qos=1)
    check_equal(new.receive_payloads(1), ["to the new one"], "message after the takeover")
    new.disconnect()


@case("5")
def session_expires_after_its_interval(context):
    topic = context.topic()
    link = kept(context, "expiry", expiry=15)
    link.subscribe(topic, qos=1)
    link.cut()
    time.sleep(5)
    link = kept(context, "expiry", expiry=15)
    check(link.session_present, "the session is gone 5 s into an expiry of 15 s")
    link.disconnect()
    publisher = Link(context, context.client_id("pub"))
    publisher.publish(topic, "for nobody", qos=1)
    time.sleep(16)
    link = kept(context, "expiry", expiry=15)
    check(not link.session_present, "the session is there 16 s into an expiry of 15 s")
    link.subscribe(topic, qos=1)
    publisher.publish(topic, "new", qos=1)
    check_equal(link.receive_payloads(1), ["new"], "messages in the new session")
    link.disconnect()
    publisher.disconnect()


@case("5")
def session_without_an_expiry_ends_with_its_connection(context):
    for _ in range(2):
        link = Link(context, context.client_id("short"), clean=False)
        check(not link.session_present, "a session of expiry 0 outlived its connection")
        link.disconnect()


@case("5")
def expiry_may_be_changed_when_leaving(context):
    link = kept(context, "change", expiry=3600)
    link.disconnect(SessionExpiryInterval=0)
    link = kept(context, "change", expiry=3600)
    check(not link.session_present, "the expiry of 0 at DISCONNECT was not obeyed")
    link.disconnect()


@case("5")
def leaving_and_returning_at_once_is_no_takeover(context):
    def leave_and_return(number):
        for _ in range(10):
            for _ in range(2):
                link = kept(context, f"hasty{number}")
                check(not link.session_present, "the goodbye was overtaken by the return")
                link.disconnect(SessionExpiryInterval=0)

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(leave_and_return, range(8)))


@case("5", server="open")
def expiry_of_never_is_kept_where_no_cap_is_set(context):
    link = kept(context, "never", expiry=NEVER)
    answered = getattr(link.connack, "SessionExpiryInterval", NEVER)
    check_equal(answered, NEVER, "Session Expiry Interval in CONNACK")
    link.disconnect()
    # Longer than the capped server would keep it.
    time.sleep(CAP + 1)
    link = kept(context, "never", expiry=NEVER)
    check(link.session_present, "the session is gone")
    link.disconnect(SessionExpiryInterval=0)


@case("5", server="capped")
def expiry_of_never_is_answered_with_the_cap(context):
    link = kept(context, "never", expiry=NEVER)
    answered = getattr(link.connack, "SessionExpiryInterval", None)
    check_equal(answered, CAP, "Session Expiry Interval in CONNACK")
    link.disconnect()
    time.sleep(CAP + 1)
    link = kept(context, "never", expiry=NEVER)
    check(not link.session_present, "the session outlived the cap")
    link.disconnect()


@case("5")
def expiry_of_never_is_answered_with_seven_days_by_default(context):
    link = kept(context, "week", expiry=NEVER)
    answered = getattr(link.connack, "SessionExpiryInterval", None)
    check_equal(answered, 7 * 24 * 3600, "Session Expiry Interval in CONNACK")
    link.disconnect(SessionExpiryInterval=0)


@case("3.1.1", server="capped")
def session_of_an_older_client_ends_with_the_cap(context):
    link = kept(context, "old")
    link.disconnect()
    link = kept(context, "old")
    check(link.session_present, "the session is gone before the cap")
    link.disconnect()
    time.sleep(CAP + 1)
    link = kept(context, "old")
    check(not link.session_present, "the session outlived the cap")
    link.disconnect()
