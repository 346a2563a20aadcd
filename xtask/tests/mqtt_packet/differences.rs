//! Where our codec and mqtt-packet disagree, and why.

/// A difference in one of its tests.
pub(crate) struct Difference {
    /// The name of the test.
    pub(crate) test: &'static str,
    /// What our codec does otherwise.
    pub(crate) is: &'static str,
    /// Why it does.
    pub(crate) because: &'static str,
}

const BRIDGE: &str = "The highest bit of the protocol level is how some brokers mark a bridge. No \
    version of the standard has it, and a level that a server does not know is refused.";

const MAXIMUM_QOS: &str = "A Maximum QoS of 2 is said by leaving the property out; only 0 and 1 \
    are values of it, and another one is a Protocol Error (5.0, 3.2.2.3.4).";

const SHORT_FORM: &str = "Both are right: a Property Length of 0 may be left out, and with it a \
    reason code of 0. We read every form and write the shortest.";

const NO_PROPERTIES: &str = "A CONNACK always has a Property Length (5.0, 3.2.2.3.1); that it may \
    be left out is said of other packets. mqtt-packet reads the answer of an older server so.";

macro_rules! differences {
    ($($because:expr => [$(($test:literal, $is:literal)),* $(,)?]),* $(,)?) => {
        pub(crate) const DIFFERENCES: &[Difference] =
            &[$($(Difference { test: $test, is: $is, because: $because }),*),*];
    };
}

differences! {
    BRIDGE => [
        ("connect MQTT bridge 131 parse", "we refuse it: unsupported protocol level 131"),
        ("connect MQTT bridge 131 generate", "we refuse it: unsupported protocol level 131"),
        ("connect MQTT bridge 131 mirror", "we refuse it: unsupported protocol level 131"),
        ("connect MQTT bridge 132 parse", "we refuse it: unsupported protocol level 132"),
        ("connect MQTT bridge 132 generate", "we refuse it: unsupported protocol level 132"),
        ("connect MQTT bridge 132 mirror", "we refuse it: unsupported protocol level 132"),
    ],
    MAXIMUM_QOS => [
        (
            "connack MQTT 5 with properties parse",
            "we refuse it: Maximum QoS with a value it cannot have"
        ),
        (
            "connack MQTT 5 with properties generate",
            "we refuse it: Maximum QoS with a value it cannot have"
        ),
        (
            "connack MQTT 5 with properties mirror",
            "we refuse it: Maximum QoS with a value it cannot have"
        ),
        (
            "connack MQTT 5 with properties and doubled user properties parse",
            "we refuse it: Maximum QoS with a value it cannot have"
        ),
        (
            "connack MQTT 5 with properties and doubled user properties generate",
            "we refuse it: Maximum QoS with a value it cannot have"
        ),
        (
            "connack MQTT 5 with properties and doubled user properties mirror",
            "we refuse it: Maximum QoS with a value it cannot have"
        ),
    ],
    SHORT_FORM => [
        ("Version 5 PUBACK test 2.1", "we write 4002002a for 4003002a00"),
        ("Version 5 PUBACK test 3", "we write 4002002a for 4004002a0000"),
        ("Version 5 DISCONNECT test 2", "we write e000 for e00100"),
        ("Version 5 DISCONNECT test 3 parse", "we write e000 for e0020000"),
        ("Version 5 DISCONNECT test 3 generate", "we write e000 for e0020000"),
        (
            "puback with reason and no MQTT 5 properties parse",
            "we write 4003000210 for 400400021000"
        ),
        (
            "puback with reason and no MQTT 5 properties generate",
            "we write 4003000210 for 400400021000"
        ),
        (
            "puback with reason and no MQTT 5 properties mirror",
            "we write 4003000210 for 400400021000"
        ),
        ("disconnect MQTT 5 with no properties parse", "we write e000 for e0020000"),
        ("disconnect MQTT 5 with no properties generate", "we write e000 for e0020000"),
        ("disconnect MQTT 5 with no properties mirror", "we write e000 for e0020000"),
    ],
    NO_PROPERTIES => [
        ("Version 5 CONNACK test 1", "we refuse it: field past the end"),
        ("Version 5 CONNACK test 2", "we refuse it: field past the end"),
    ],
    "A CONNACK in the form of 3.1.1 read as one of 5.0. Its return code 1 is no Reason Code of a \
     5.0 CONNACK; a client that meets an older server gives up either way." => [
        (
            "Version 4 CONACK in Version 5 mode",
            "we refuse it: reason code 0x01 in a packet that has no such code"
        ),
    ],
    "mqtt-packet can be told to go on after an error. For us a stream has no meaning behind one: \
     the connection is closed [MQTT-4.13.1-1]." => [
        ("stops parsing after first error", "1 packets, not 3"),
    ],
}
