"""Messages: QoS, retained, will, expiry, and what version 5 adds."""

import time

from harness import case, check, check_equal
from link import Link

ALL = ("3.1", "3.1.1", "5")


def pair(context, **subscriber):
    """A publisher and a subscriber."""
    return (
        Link(context, context.client_id("pub")),
        Link(context, context.client_id("sub"), **subscriber),
    )


@case(*ALL)
def each_qos_arrives_once_and_in_order(context):
    publisher, subscriber = pair(context)
    topic = context.topic()
    for granted in (0, 1, 2):
        check_equal(subscriber.subscribe(topic, qos=granted), granted, "granted QoS")
        for qos in (0, 1, 2):
            sent = [f"{granted} {qos} {number}" for number in range(20)]
            for payload in sent:
                publisher.publish(topic, payload, qos=qos)
            found = [subscriber.receive() for _ in sent]
            check_equal([m.payload.decode() for m in found], sent, "payloads")
            check_equal({m.qos for m in found}, {min(qos, granted)}, "QoS")
    publisher.publish(topic, "last", qos=1)
    check_equal(subscriber.receive_payloads(1), ["last"], "nothing comes twice")
    publisher.disconnect()
    subscriber.disconnect()


@case(*ALL)
def large_payload_arrives_whole(context):
    publisher, subscriber = pair(context)
    subscriber.subscribe(context.topic(), qos=2)
    payload = bytes(range(256)) * 2000
    publisher.publish(context.topic(), payload, qos=2)
    check(subscriber.receive().payload == payload, "the payload is another one")
    publisher.disconnect()
    subscriber.disconnect()


@case(*ALL)
def retained_message_waits_for_subscribers(context):
    publisher, subscriber = pair(context)
    topic = context.topic()
    publisher.publish(topic, "old", qos=1, retain=True)
    publisher.publish(topic, "kept", qos=1, retain=True)
    subscriber.subscribe(topic, qos=1)
    message = subscriber.receive()
    check_equal((message.payload, message.retain), (b"kept", True), "at subscribe")
    publisher.publish(topic, "live", qos=1, retain=True)
    message = subscriber.receive()
    check_equal((message.payload, message.retain), (b"live", False), "while subscribed")
    publisher.publish(topic, b"", qos=1, retain=True)
    check_equal(subscriber.receive().payload, b"", "the empty message itself")
    subscriber.unsubscribe(topic)
    subscriber.subscribe(topic, qos=1)
    publisher.publish(topic, "marker", qos=1)
    check_equal(subscriber.receive_payloads(1), ["marker"], "after it was cleared")
    publisher.disconnect()
    subscriber.disconnect()


@case("5")
def retained_message_obeys_the_subscription_options(context):
    publisher, subscriber = pair(context)
    topic = context.topic()
    publisher.publish(topic, "kept", qos=1, retain=True)
    subscriber.subscribe(topic, qos=1, retainHandling=2)
    subscriber.subscribe(topic, qos=1, retainHandling=1)
    publisher.publish(topic, "marker", qos=1)
    check_equal(subscriber.receive_payloads(1), ["marker"], "retain handling 2, then 1")
    subscriber.subscribe(topic, qos=1, retainHandling=0, retainAsPublished=True)
    check_equal(subscriber.receive_payloads(1), ["kept"], "retain handling 0")
    publisher.publish(topic, "live", qos=1, retain=True)
    message = subscriber.receive()
    check_equal((message.payload, message.retain), (b"live", True), "retain as published")
    publisher.publish(topic, b"", qos=1, retain=True)
    publisher.disconnect()
    subscriber.disconnect()


@case(*ALL)
def will_is_sent_when_the_connection_breaks(context):
    _, subscriber = pair(context)
    topic = context.topic("will")
    subscriber.subscribe(topic, qos=1)
    will = {"topic": topic, "payload": "broken", "qos": 1, "retain": True}
    Link(context, context.client_id("will"), will=will).cut()
    message = subscriber.receive()
    check_equal((message.payload, message.qos), (b"broken", 1), "will")
    late = Link(context, context.client_id("late"))
    late.subscribe(topic, qos=1)
    message = late.receive()
    check_equal((message.payload, message.retain), (b"broken", True), "retained will")
    late.publish(topic, b"", qos=1, retain=True)
    late.disconnect()
    subscriber.disconnect()


@case(*ALL)
def will_is_dropped_when_the_client_says_goodbye(context):
    publisher, subscriber = pair(context)
    topic = context.topic("will")
    subscriber.subscribe(topic, qos=1)
    will = {"topic": topic, "payload": "broken", "qos": 1}
    first = Link(context, context.client_id("will"), will=will)
    first.disconnect()
    # The same id again: the first connection is surely over when this one is answered.
    Link(context, context.client_id("will")).disconnect()
    publisher.publish(topic, "marker", qos=1)
    check_equal(subscriber.receive_payloads(1), ["marker"], "after the goodbye")
    publisher.disconnect()
    subscriber.disconnect()


@case("5")
def will_is_sent_when_the_goodbye_asks_for_it(context):
    _, subscriber = pair(context)
    topic = context.topic("will")
    subscriber.subscribe(topic, qos=1)
    will = {"topic": topic, "payload": "asked for", "qos": 1}
    Link(context, context.client_id("will"), will=will).disconnect(code=4)
    check_equal(subscriber.receive_payloads(1), ["asked for"], "after DISCONNECT 0x04")
    subscriber.disconnect()


@case("5")
def message_expiry_arrives_reduced(context):
    topic = context.topic()
    away = {"clean": False, "SessionExpiryInterval": 3600}
    publisher, subscriber = pair(context, **away)
    subscriber.subscribe(topic, qos=1)
    subscriber.disconnect()
    publisher.publish(topic, "long", qos=1, MessageExpiryInterval=600)
    publisher.publish(topic, "short", qos=1, MessageExpiryInterval=1)
    publisher.publish(topic, "never", qos=1)
    time.sleep(2.5)
    subscriber = Link(context, context.client_id("sub"), **away)
    message = subscriber.receive()
    check_equal(message.payload, b"long", "first message")
    left = message.properties.MessageExpiryInterval
    check(500 < left <= 598, f"of 600 s, {left} s are said to be left after 2.5 s")
    message = subscriber.receive()
    check_equal(message.payload, b"never", "the message that expired, or the one after it")
    check(not hasattr(message.properties, "MessageExpiryInterval"), "an expiry was made up")
    publisher.disconnect()
    subscriber.disconnect()


@case("5")
def properties_pass_through(context):
    publisher, subscriber = pair(context)
    topic = context.topic()
    subscriber.subscribe(topic, qos=1, identifier=268435455)
    sent = {
        "PayloadFormatIndicator": 1,
        "ContentType": "text/plain",
        "ResponseTopic": "answers/here",
        "CorrelationData": b"\x00\x01\xff",
        "UserProperty": [("a", "1"), ("b", "2"), ("a", "3")],
    }
    publisher.publish(topic, "payload", qos=1, **sent)
    found = subscriber.receive().properties
    for name, value in sent.items():
        check_equal(getattr(found, name), value, name)
    check_equal(found.SubscriptionIdentifier, [268435455], "Subscription Identifier")
    publisher.disconnect()
    subscriber.disconnect()


@case("5")
def own_messages_stay_away_where_asked_to(context):
    publisher, subscriber = pair(context)
    topic = context.topic()
    subscriber.subscribe(topic, qos=1, noLocal=True)
    subscriber.publish(topic, "own", qos=1)
    publisher.publish(topic, "other", qos=1)
    check_equal(subscriber.receive_payloads(1), ["other"], "No Local")
    publisher.disconnect()
    subscriber.disconnect()


@case("5")
def client_without_an_id_is_given_one(context):
    links = [Link(context, "") for _ in range(2)]
    given = [link.connack.AssignedClientIdentifier for link in links]
    check(all(given) and given[0] != given[1], f"assigned: {given}")
    for link in links:
        link.disconnect()


@case("5")
def shared_subscription_gives_each_message_to_one_member(context):
    topic = context.topic()
    publisher = Link(context, context.client_id("pub"))
    members = [Link(context, context.client_id(f"m{number}")) for number in range(2)]
    for member in members:
        member.subscribe(f"$share/group/{topic}", qos=1)
        member.subscribe(context.topic("end"), qos=1)
    sent = [str(number) for number in range(20)]
    for payload in sent:
        publisher.publish(topic, payload, qos=1)
    publisher.publish(context.topic("end"), "end", qos=1)
    found = []
    for member in members:
        mine = list(iter(lambda link=member: link.receive_payloads(1)[0], "end"))
        check(mine, "a member got nothing")
        found += mine
    check_equal(sorted(found, key=int), sent, "messages of all members")
    for link in (publisher, *members):
        link.disconnect()
