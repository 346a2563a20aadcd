//! Runs, with what a broker sends made up.

use super::*;
use crate::parse::parse;

/// CONNACK without a session, in 3.1.1.
const CONNACK: &[u8] = &[0x20, 2, 0, 0];
const PINGRESP: &[u8] = &[0xD0, 0];
const ONE: Connection = Connection(0);

fn script(steps: &str) -> Script {
    let text = format!("== it_works\nshows MQTT3-3.1.0-2\nfor 3.1.1\n{steps}");
    let mut scripts = parse("test", &text).expect("it can be read");
    scripts.remove(0)
}

/// The verdict on `steps` where the broker sends `bytes` on the first connection, and nothing
/// until time is up.
fn verdict(steps: &str, bytes: &[&[u8]]) -> Verdict {
    let script = script(steps);
    let mut run = Run::new(&script, Version::V3_1_1, "r", Patience::VIRTUAL);
    for bytes in bytes {
        run.handle_bytes(0, ONE, bytes);
    }
    while let Some(at) = run.wake_at() {
        run.handle_time(at);
    }
    run.finish().verdict
}

#[track_caller]
fn assert_fails(steps: &str, bytes: &[&[u8]], expected: &str) {
    let Verdict::Failed { why, .. } = verdict(steps, bytes) else { panic!("it does not fail") };
    assert!(why.contains(expected), "{why}");
}

/// A PUBLISH of QoS 0 to `r/` and a letter, with a letter.
fn message(topic: u8, payload: u8) -> Vec<u8> {
    vec![0x30, 6, 0, 3, b'r', b'/', topic, payload]
}

#[test]
fn what_comes_as_expected_passes() {
    let steps = "a > CONNECT\na < CONNACK code=0\na < PUBLISH topic=~/x payload=1\n";
    assert_eq!(verdict(steps, &[CONNACK, &message(b'x', b'1')]), Verdict::Passed);
    assert_fails(steps, &[CONNACK, &message(b'x', b'2')], "payload is wrong: PUBLISH topic=~/x");
    assert_fails(steps, &[CONNACK], "in vain: PUBLISH topic=~/x payload=1; nothing came");
}

#[test]
fn only_messages_of_one_topic_have_an_order() {
    let steps = "a > CONNECT\na < CONNACK\na < PUBLISH topic=~/x payload=1\n\
                 a < PUBLISH topic=~/y payload=2\na < PUBLISH topic=~/x payload=3\n";
    let [one, two, three] =
        [(b'x', b'1'), (b'y', b'2'), (b'x', b'3')].map(|(topic, payload)| message(topic, payload));
    for order in [[&one, &two, &three], [&two, &one, &three], [&one, &three, &two]] {
        let bytes: Vec<&[u8]> = [CONNACK].into_iter().chain(order.map(Vec::as_slice)).collect();
        assert_eq!(verdict(steps, &bytes), Verdict::Passed, "{bytes:?}");
    }
    assert_fails(steps, &[CONNACK, &three, &two, &one], "payload is wrong");
}

#[test]
fn packets_of_one_group_come_in_any_order() {
    let steps = "a > CONNECT\na < CONNACK\na < PUBLISH topic=~/x payload=1\n\
                 + PUBLISH topic=~/x payload=2\n";
    let [one, two] = [b'1', b'2'].map(|payload| message(b'x', payload));
    assert_eq!(verdict(steps, &[CONNACK, &one, &two]), Verdict::Passed);
    assert_eq!(verdict(steps, &[CONNACK, &two, &one]), Verdict::Passed);
    assert_fails(steps, &[CONNACK, &two, &two], "in vain");
}

#[test]
fn nothing_and_no_and_any_number_look_at_what_has_come() {
    let head = "a > CONNECT\na < CONNACK\n";
    let one = message(b'x', b'1');
    let bytes: &[&[u8]] = &[CONNACK, &one, PINGRESP, PINGRESP];
    assert_fails(&format!("{head}a < nothing\n"), bytes, "PUBLISH topic=~/x payload=1");
    assert_fails(&format!("{head}a < no PUBLISH topic=~/...\n"), bytes, "PUBLISH topic=~/x");
    for steps in ["a < no PUBLISH topic=~/y\n", "a ? PUBLISH topic=~/x\na < nothing\n"] {
        assert_eq!(verdict(&format!("{head}{steps}"), bytes), Verdict::Passed, "{steps}");
    }
    assert_fails(&format!("{head}a < nothing\n"), &[CONNACK], "in vain: PINGRESP");
}

#[test]
fn the_end_of_a_connection_is_waited_for_and_looked_at() {
    let script = script("a > CONNECT\na < closed\n");
    for (connack, passes) in
        [(None, true), (Some([0x20, 2, 0, 2]), true), (Some([0x20, 2, 0, 0]), false)]
    {
        let mut run = Run::new(&script, Version::V3_1_1, "r", Patience::VIRTUAL);
        if let Some(connack) = connack {
            run.handle_bytes(0, ONE, &connack);
        }
        run.handle_closed(0, ONE);
        assert_eq!(run.finish().verdict == Verdict::Passed, passes, "{connack:?}");
    }
    assert_fails("a > CONNECT\na < closed\n", &[], "in vain: the broker closes");
}

#[test]
fn what_a_broker_may_choose_skips_the_script() {
    let steps = "a > CONNECT\na < CONNACK session=1 or skip\n";
    let Verdict::Skipped { why } = verdict(steps, &[CONNACK]) else { panic!("it is not skipped") };
    assert!(why.contains("session in CONNACK"), "{why}");
}

#[test]
fn a_packet_that_no_server_may_send_fails_wherever_it_comes() {
    assert_fails("a > CONNECT\nwait 1s\n", &[&[0x10, 0]], "no server may send");
    assert_fails("a > CONNECT\nwait 1s\n", &[CONNACK, CONNACK], "[MQTT3-3.2.0-1]");
}

#[test]
fn sessions_and_retained_messages_are_removed_at_the_end() {
    let script = script("a connects clean=0\na > PUBLISH topic=~/x payload=1 retain=1\n");
    let mut run = Run::new(&script, Version::V3_1_1, "r", Patience::REAL);
    let mut sent = Vec::new();
    let mut opened = 0;
    while !run.is_done() {
        match run.poll_action() {
            Some(Action::Open { connection }) => {
                opened = connection.0;
                run.handle_bytes(0, connection, CONNACK);
            }
            Some(Action::Send { bytes, .. }) => sent.push(bytes),
            Some(Action::Close { .. }) => {}
            None => run.handle_time(run.wake_at().expect("it waits for something")),
        }
    }
    assert_eq!(opened, 1, "one connection of the script, one that tidies up");
    let connect =
        |flags| [&[0x10, 14][..], b"\0\x04MQTT\x04", &[flags], b"\0\x3c\0\x02ra"].concat();
    assert_eq!(sent[0], connect(0));
    let after = sent.iter().position(|bytes| *bytes == connect(2)).expect("a clean session");
    assert_eq!(sent[after + 1], b"\x31\x05\0\x03r/x", "an empty retained message");
    assert_eq!(run.finish().verdict, Verdict::Passed);
}
