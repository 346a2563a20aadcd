//! A script that cannot fail shows nothing: each fails at a broker with some fault.
//!
//! The faults are put between the core and the run: packets are lost, doubled, or changed, and
//! connections stay open. A script that all of these brokers pass is of no use, and found here.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

use std::collections::BTreeSet;

use afterlink_conformance::virtual_time::Told;
use afterlink_conformance::{Script, Verdict, Version, scripts, virtual_time};

/// What becomes of what the broker does.
type Fault = fn(Told) -> Vec<Told>;

const CONNACK: u8 = 2;
const PUBLISH: u8 = 3;
const PUBREC: u8 = 5;
const PUBREL: u8 = 6;
const SUBACK: u8 = 9;
const UNSUBACK: u8 = 11;
const PINGRESP: u8 = 13;

const FAULTS: &[(&str, Fault)] = &[
    ("accepts every client", |told| {
        change(told, &[CONNACK], |packet| {
            let has_properties = packet.len() > 4;
            *packet = if has_properties { vec![0x20, 3, 0, 0, 0] } else { vec![0x20, 2, 0, 0] };
        })
    }),
    ("always has a session", |told| change(told, &[CONNACK], |packet| packet[2] = 1)),
    ("never has a session", |told| change(told, &[CONNACK], |packet| packet[2] = 0)),
    ("loses messages", |told| if is(&told, &[PUBLISH]) { vec![] } else { vec![told] }),
    ("doubles what it sends", |told| vec![told.clone(), told]),
    ("sets DUP", |told| change(told, &[PUBLISH], |packet| packet[0] |= 0x08)),
    ("never sets DUP", |told| change(told, &[PUBLISH], |packet| packet[0] &= !0x08)),
    ("sets RETAIN", |told| change(told, &[PUBLISH], |packet| packet[0] |= 0x01)),
    ("never sets RETAIN", |told| change(told, &[PUBLISH], |packet| packet[0] &= !0x01)),
    ("alters payloads", |told| change(told, &[PUBLISH], |packet| *packet.last_mut().unwrap() ^= 1)),
    ("sends no PUBREL", |told| if is(&told, &[PUBREL]) { vec![] } else { vec![told] }),
    ("sends no PUBREC", |told| if is(&told, &[PUBREC]) { vec![] } else { vec![told] }),
    ("grants all", |told| change(told, &[SUBACK], |packet| *packet.last_mut().unwrap() &= 0x03)),
    ("answers another packet", |told| {
        change(told, &[4, PUBREC, PUBREL, 7, SUBACK, UNSUBACK], |packet| packet[3] ^= 1)
    }),
    ("answers no ping", |told| if is(&told, &[PINGRESP]) { vec![] } else { vec![told] }),
    ("never closes", |told| if told == Told::Closed { vec![] } else { vec![told] }),
];

fn is(told: &Told, kinds: &[u8]) -> bool {
    matches!(told, Told::Packet(packet) if kinds.contains(&(packet[0] >> 4)))
}

fn change(mut told: Told, kinds: &[u8], how: impl FnOnce(&mut Vec<u8>)) -> Vec<Told> {
    let is_concerned = is(&told, kinds);
    if let Told::Packet(packet) = &mut told
        && is_concerned
    {
        how(packet);
    }
    vec![told]
}

fn fails(script: &Script, version: Version, fault: Fault) -> bool {
    let outcome = virtual_time::play_through(script, version, 1, fault);
    matches!(outcome.verdict, Verdict::Failed { .. })
}

#[test]
fn no_script_passes_every_broken_broker_and_no_broken_broker_every_script() {
    let mut idle = Vec::new();
    let mut found = BTreeSet::new();
    for script in scripts() {
        for version in &script.versions {
            let faults = FAULTS.iter().filter(|(_, fault)| fails(&script, *version, *fault));
            let names: Vec<_> = faults.map(|(name, _)| *name).collect();
            if names.is_empty() {
                idle.push(format!("{} in {version}", script.name));
            }
            found.extend(names);
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
    for (name, _) in FAULTS {
        assert!(found.contains(name), "no script finds a broker that {name}");
    }
}

#[test]
fn a_broker_that_says_nothing_passes_no_script() {
    for script in scripts() {
        for version in &script.versions {
            assert!(fails(&script, *version, |_| Vec::new()), "{} in {version}", script.name);
        }
    }
}
