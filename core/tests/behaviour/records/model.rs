//! A second reading of the records, in plain sets and maps: what a store that kept so many of
//! them has to give back.

mod check;

use std::collections::{BTreeMap, BTreeSet};

use afterlink_core::Timestamp;
use afterlink_core::broker::{QueueName, Recipient, Record, RetainedChange};
use afterlink_core::session::{Message, Session, StageName};

/// What became of one message for one session, or for one share group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Waits,
    Inflight,
    /// A group gave it to this session.
    Given(u64),
    Delivered,
    /// It was removed for a cause that is recorded, or was sent at QoS 0.
    Dropped,
    /// The session or the group ended with it.
    Ended,
}

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    payload: String,
    qos: u8,
    retain: bool,
    share: Option<String>,
    expires_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
struct Held {
    client: String,
    expiry: u32,
    /// When its connection ended; none while there is one.
    left: Option<Timestamp>,
    will: Option<(String, u32)>,
    will_due: Option<Timestamp>,
    subscriptions: BTreeMap<String, u8>,
    queue: BTreeMap<u64, Waiting>,
    /// By order of sending: identifier, number in the queue, stage, message.
    inflight: BTreeMap<u64, (u16, u64, StageName, Waiting)>,
    received: BTreeSet<u16>,
}

/// The state that the records so far give.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    sessions: BTreeMap<u64, Held>,
    groups: BTreeMap<String, BTreeMap<u64, Waiting>>,
    retained: BTreeMap<String, (String, Option<Timestamp>)>,
    /// By session and payload; copies sent because of a retained message are left out.
    pub(super) fates: BTreeMap<(u64, String), Fate>,
    /// By share group and payload.
    pub(super) group_fates: BTreeMap<(String, String), Fate>,
    orders: u64,
    pub(super) last: Timestamp,
}

impl Model {
    pub(super) fn apply(&mut self, at: Timestamp, record: &Record) {
        self.last = self.last.max(at);
        match record {
            Record::Connected { session, client_identifier, expiry_interval, will, .. } => {
                let held = self.sessions.entry(session.0).or_default();
                held.client = client_identifier.as_str().to_owned();
                held.expiry = *expiry_interval;
                held.left = None;
                held.will = will.as_ref().map(|will| (will.topic.clone(), will.delay_interval));
                held.will_due = None;
            }
            Record::Disconnected { session, expiry_interval, will_due_at } => {
                let held = self.held(session.0);
                held.expiry = *expiry_interval;
                held.left = Some(at);
                held.will_due = *will_due_at;
                if will_due_at.is_none() {
                    held.will = None;
                }
            }
            Record::Ended { session } => self.end(session.0),
            Record::Subscribed { session, filter, subscription } => {
                let qos = subscription.options.qos.bits();
                self.held(session.0).subscriptions.insert(filter.to_string(), qos);
                if filter.share_name().is_some() {
                    self.groups.entry(filter.to_string()).or_default();
                }
            }
            Record::Unsubscribed { session, filter } => {
                self.held(session.0).subscriptions.remove(&filter.to_string()).expect("it was");
                self.end_groups();
            }
            Record::Published { message, recipients, retained, received, will_of } => {
                for recipient in recipients {
                    self.queue(recipient, waiting(recipient, message));
                }
                let topic = message.topic().to_owned();
                match retained {
                    RetainedChange::None => {}
                    RetainedChange::Set => {
                        self.retained.insert(topic, (payload(message), message.expires_at()));
                    }
                    RetainedChange::Cleared => {
                        self.retained.remove(&topic).expect("it was retained");
                    }
                }
                if let Some((session, identifier)) = received {
                    assert!(self.held(session.0).received.insert(identifier.get()), "it was free");
                }
                if let Some(session) = will_of {
                    let held = self.held(session.0);
                    held.will.take().expect("it had a will");
                    held.will_due = None;
                }
            }
            Record::Queued { message, recipient } => {
                self.queue(recipient, waiting(recipient, message));
            }
            Record::WillDropped { session } => {
                let held = self.held(session.0);
                held.will.take().expect("it had a will");
                held.will_due = None;
            }
            Record::Released { session, packet_identifier } => {
                assert!(self.held(session.0).received.remove(&packet_identifier.get()));
            }
            Record::Sent { .. } | Record::PubRecReceived { .. } | Record::Completed { .. } => {
                self.exchange(record);
            }
            Record::Removed { queue, arrival, cause: _ } => {
                let one = self.queue_of(queue).remove(arrival).expect("it was there");
                self.fate(queue, &one, Fate::Dropped);
            }
            Record::Assigned { group, arrival, recipient } => {
                let name = QueueName::Group(group.clone());
                let one = self.queue_of(&name).remove(arrival).expect("it was there");
                self.queue(recipient, moved(recipient, one));
            }
            Record::Reassigned { session, arrival, recipient } => {
                let held = self.held(session.0);
                let one = held.queue.remove(arrival).unwrap_or_else(|| {
                    let order = held
                        .inflight
                        .iter()
                        .find_map(|(order, one)| (one.1 == *arrival).then_some(*order))
                        .expect("queued or inflight");
                    held.inflight.remove(&order).expect("found").3
                });
                self.queue(recipient, moved(recipient, one));
            }
            Record::RetainedExpired { topic } => {
                self.retained.remove(topic).expect("it was retained");
            }
            Record::Numbered { .. } => {}
        }
    }

    fn exchange(&mut self, record: &Record) {
        self.orders += 1;
        let order = self.orders;
        match record {
            Record::Sent { session, arrival, packet_identifier } => {
                let held = self.held(session.0);
                let one = held.queue.remove(arrival).expect("it waited");
                let identifier = packet_identifier.get();
                let live = held.inflight.values().any(|other| other.0 == identifier);
                assert!(!live, "an identifier is live once");
                let stage = match one.qos {
                    1 => StageName::AwaitingPubAck,
                    _ => StageName::AwaitingPubRec,
                };
                held.inflight.insert(order, (identifier, *arrival, stage, one.clone()));
                self.fate(&QueueName::Session(*session), &one, Fate::Inflight);
            }
            Record::PubRecReceived { session, packet_identifier } => {
                let (_, mut one) = self.take_inflight(session.0, packet_identifier.get());
                one.2 = StageName::AwaitingPubComp;
                self.fate(&QueueName::Session(*session), &one.3, Fate::Delivered);
                self.held(session.0).inflight.insert(order, one);
            }
            Record::Completed { session, packet_identifier } => {
                let (_, one) = self.take_inflight(session.0, packet_identifier.get());
                self.fate(&QueueName::Session(*session), &one.3, Fate::Delivered);
            }
            _ => unreachable!("not an exchange: {record:?}"),
        }
    }

    fn take_inflight(&mut self, session: u64, id: u16) -> (u64, (u16, u64, StageName, Waiting)) {
        let inflight = &mut self.held(session).inflight;
        let order = inflight.iter().find_map(|(order, one)| (one.0 == id).then_some(*order));
        let order = order.expect("an exchange under the identifier");
        (order, inflight.remove(&order).expect("found"))
    }

    #[track_caller]
    fn held(&mut self, session: u64) -> &mut Held {
        self.sessions.get_mut(&session).expect("a session")
    }

    fn queue_of(&mut self, name: &QueueName) -> &mut BTreeMap<u64, Waiting> {
        match name {
            QueueName::Session(session) => &mut self.held(session.0).queue,
            QueueName::Group(_) => self.groups.get_mut(&group(name)).expect("a group"),
        }
    }

    fn queue(&mut self, recipient: &Recipient, one: Waiting) {
        self.fate(&recipient.queue, &one, Fate::Waits);
        let before = self.queue_of(&recipient.queue).insert(recipient.arrival, one);
        assert_eq!(before, None, "a number is used once");
    }

    fn fate(&mut self, queue: &QueueName, one: &Waiting, fate: Fate) {
        match queue {
            QueueName::Session(session) => {
                if !one.retain {
                    self.fates.insert((session.0, one.payload.clone()), fate);
                }
                if let Some(share) = &one.share {
                    let key = (share.clone(), one.payload.clone());
                    self.group_fates.insert(key, Fate::Given(session.0));
                }
            }
            QueueName::Group(_) => {
                self.group_fates.insert((group(queue), one.payload.clone()), fate);
            }
        }
    }

    fn end(&mut self, session: u64) {
        let held = self.sessions.remove(&session).expect("a session");
        let inflight = held.inflight.into_values().map(|one| (one.2, one.3));
        let waiting = held.queue.into_values().map(|one| (StageName::AwaitingPubAck, one));
        for (stage, one) in inflight.chain(waiting) {
            if stage != StageName::AwaitingPubComp && !one.retain {
                self.fates.insert((session, one.payload), Fate::Ended);
            }
        }
        self.end_groups();
    }

    /// A group lives as long as a session subscribes to it.
    fn end_groups(&mut self) {
        let sessions = &self.sessions;
        let fates = &mut self.group_fates;
        self.groups.retain(|name, queue| {
            let lives = sessions.values().any(|held| held.subscriptions.contains_key(name));
            if !lives {
                for one in queue.values() {
                    fates.insert((name.clone(), one.payload.clone()), Fate::Ended);
                }
            }
            lives
        });
    }

    /// When a session ends if its client stays away, its connection being lost at the last record
    /// if there was one.
    fn ends(&self, held: &Held) -> Option<Timestamp> {
        let left = held.left.unwrap_or(self.last);
        (held.expiry != Session::NEVER).then(|| left.plus_seconds(u64::from(held.expiry)))
    }

    /// The session that a client finds at `now`.
    pub(super) fn present(&self, client: &str, now: Timestamp) -> Option<u64> {
        let (number, held) = self.sessions.iter().find(|(_, held)| held.client == client)?;
        self.ends(held).is_none_or(|at| at > now).then_some(*number)
    }

    /// Whether some session of a group is there at `now`.
    pub(super) fn group_is_present(&self, name: &str, now: Timestamp) -> bool {
        self.sessions.values().any(|held| {
            held.subscriptions.contains_key(name) && self.ends(held).is_none_or(|at| at > now)
        })
    }
}

fn payload(message: &Message) -> String {
    String::from_utf8_lossy(message.payload()).into_owned()
}

fn waiting(recipient: &Recipient, message: &Message) -> Waiting {
    Waiting {
        payload: payload(message),
        qos: recipient.qos.bits(),
        retain: recipient.retain,
        share: recipient.share.as_ref().map(|_| share(recipient)),
        expires_at: message.expires_at(),
    }
}

fn moved(recipient: &Recipient, one: Waiting) -> Waiting {
    Waiting {
        qos: recipient.qos.bits(),
        retain: recipient.retain,
        share: Some(share(recipient)),
        ..one
    }
}

fn share(recipient: &Recipient) -> String {
    let name = recipient.share.as_ref().expect("through a share group");
    group(&QueueName::Group(name.clone()))
}

fn group(name: &QueueName) -> String {
    let QueueName::Group(name) = name else { panic!("a group's queue") };
    format!("$share/{}/{}", name.share_name, name.filter)
}
