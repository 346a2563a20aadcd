//! DISCONNECT with 0x00 withdraws the will, whatever the session and the delay.

use afterlink_core::codec::ReasonCode;

use crate::handshake::*;
use crate::harness::*;

// [MQTT-3.14.4-3] [MQTT-3.1.2-10] [MQTT3-3.14.4-3] [MQTT3-3.1.2-10]
#[test]
fn a_will_is_withdrawn_whether_its_session_ends_or_lives_on() {
    for delay in [None, Some(0), Some(10)] {
        let mut kinds = vec![(connect(V5, "client"), None), (expiring("client", 60), None)];
        kinds.push((expiring("client", 60), Some(0)));
        kinds.push((expiring("client", 60), Some(5)));
        if delay.is_none() {
            kinds.push((connect(V3_1_1, "client"), None));
            kinds.push((kept(V3_1_1, "client"), None));
        }
        for (mut connect, expiry) in kinds {
            let mut world = World::new();
            let watcher = world.connect("watcher");
            world.subscribe(watcher, "will", AtMostOnce);
            let mut message = will("will", "never", AtMostOnce);
            message.properties.will_delay_interval = delay;
            message.retain = true;
            connect.will = Some(message);
            let (peer, _) = world.connect_with(connect.clone());
            world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, expiry);
            world.expect_silent_close(peer);
            world.advance(100);
            // Nor does it come with the end of a later connection that has none.
            let mut again = connect;
            again.will = None;
            let (peer, _) = world.connect_with(again);
            world.cut(peer);
            world.advance(100);
            world.nothing(watcher);
            assert_eq!(world.broker.totals().retained_messages, 0);
            assert_eq!(world.broker.counters().wills_published, 0);
        }
    }
}
