"""paho-mqtt as a case wants it: each call waits for the broker's answer."""

import queue

import paho.mqtt.client as mqtt
from harness import PATIENCE, Failure, check
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

PROTOCOLS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}


def properties(packet_type, **values):
    """Properties of a packet, or none if there are no values."""
    if not values:
        return None
    result = Properties(packet_type)
    for name, value in values.items():
        setattr(result, name, value)
    return result


class Link:
    """A client and one connection of it."""

    def __init__(self, context, client_id, clean=True, will=None, manual_ack=False, **connect):
        self.is_v5 = context.version == "5"
        self._connected = queue.Queue()
        self._answers = queue.Queue()
        self._messages = queue.Queue()
        self._closed = queue.Queue()
        # Before version 5 paho takes the flag here, and with it no id of its own.
        session = {} if self.is_v5 else {"clean_session": clean}
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=PROTOCOLS[context.version],
            transport=context.transport,
            reconnect_on_failure=False,
            manual_ack=manual_ack,
            **session,
        )
        if context.transport == "websockets":
            self.client.ws_set_options(path="/mqtt")
        if will is not None:
            self.client.will_set(**will)
        self._listen()
        session = {}
        if self.is_v5:
            session["clean_start"] = clean
            session["properties"] = properties(PacketTypes.CONNECT, **connect)
        self.client.connect(context.broker.host, context.port, keepalive=60, **session)
        self.client.loop_start()
        flags, code, self.connack = self._wait(self._connected, "CONNACK")
        self.session_present = flags.session_present
        check(not code.is_failure, f"CONNACK: {code}")

    def _listen(self):
        client = self.client
        client.on_connect = lambda _c, _u, flags, code, props: self._connected.put(
            (flags, code, props)
        )
        client.on_subscribe = lambda _c, _u, _mid, codes, _props: self._answers.put(codes)
        client.on_unsubscribe = lambda _c, _u, _mid, codes, _props: self._answers.put(codes)
        client.on_message = lambda _c, _u, message: self._messages.put(message)
        client.on_disconnect = lambda _c, _u, flags, code, _props: self._closed.put(
            (flags.is_disconnect_packet_from_server, code)
        )

    @staticmethod
    def _wait(source, what):
        try:
            return source.get(timeout=PATIENCE)
        except queue.Empty:
            raise Failure(f"no {what} within {PATIENCE} s") from None

    def subscribe(self, topic, qos=0, identifier=None, **options):
        """Subscribes and answers the granted QoS."""
        if self.is_v5:
            values = {} if identifier is None else {"SubscriptionIdentifier": identifier}
            self.client.subscribe(
                topic,
                options=SubscribeOptions(qos=qos, **options),
                properties=properties(PacketTypes.SUBSCRIBE, **values),
            )
        else:
            self.client.subscribe(topic, qos)
        codes = self._wait(self._answers, "SUBACK")
        check(not codes[0].is_failure, f"SUBACK: {codes[0]}")
        return codes[0].value

    def unsubscribe(self, topic):
        """Unsubscribes and waits for UNSUBACK."""
        self.client.unsubscribe(topic)
        self._wait(self._answers, "UNSUBACK")

    def publish(self, topic, payload, qos=0, retain=False, **values):
        """Publishes and waits until the exchange is over."""
        props = properties(PacketTypes.PUBLISH, **values) if self.is_v5 else None
        info = self.client.publish(topic, payload, qos, retain, props)
        info.wait_for_publish(PATIENCE)
        check(info.is_published(), f"QoS {qos} publish is not acknowledged")

    def receive(self):
        """The next message."""
        return self._wait(self._messages, "message")

    def receive_payloads(self, count):
        """The payloads of the next messages."""
        return [self.receive().payload.decode() for _ in range(count)]

    def acknowledge(self, message):
        """Acknowledges by hand."""
        self.client.ack(message.mid, message.qos)

    def wait_closed(self):
        """Whether the server said why it closed, and the Reason Code."""
        return self._wait(self._closed, "end of the connection")

    def disconnect(self, code=0, **values):
        """Says goodbye and waits until the connection is gone."""
        if self.is_v5:
            reason = mqtt.ReasonCode(PacketTypes.DISCONNECT, identifier=code)
            self.client.disconnect(reason, properties(PacketTypes.DISCONNECT, **values))
        else:
            self.client.disconnect()
        self.wait_closed()
        self.client.loop_stop()

    def cut(self):
        """Ends the connection as a broken network does, without a word."""
        self.client.loop_stop()
        self.client.socket().close()
