//! Who is owed a message.

use std::rc::Rc;

use afterlink_core::codec::QoS;

use super::Model;
use super::state::{Kind, Message, Owed, matches, shared};

impl Model {
    /// Routes a message to everybody whose subscriptions match.
    pub(super) fn route(&mut self, mut message: Message) -> Rc<Message> {
        self.figures.routed += 1;
        self.state.routed += 1;
        message.number = self.state.routed;
        self.last_sequence += 1;
        message.sequence = self.last_sequence;
        *self.alike.entry(message.payload.clone()).or_default() += 1;
        let message = Rc::new(message);
        self.messages.insert(message.sequence, Rc::clone(&message));
        let mut is_recorded = false;
        let now = self.now;
        for (client, session) in &mut self.state.sessions {
            if session.is_expired(now) {
                continue;
            }
            let mut owed: Option<Owed> = None;
            for (filter, (options, identifier)) in &session.subscriptions {
                let own = options.no_local && *client == message.publisher;
                if shared(filter).is_some() || own || !matches(filter, &message.topic) {
                    continue;
                }
                let owed = owed.get_or_insert_with(|| Owed::live(&message));
                owed.qos = owed.qos.max(options.qos.min(message.qos));
                owed.retain |= message.retain && options.retain_as_published;
                owed.identifiers.extend(identifier);
            }
            if let Some(mut owed) = owed {
                owed.identifiers.sort_unstable();
                owed.is_recorded = Self::stores(session, owed.qos, Kind::Live);
                is_recorded |= owed.is_recorded;
                session.waiting.push(owed);
            }
        }
        for (name, group) in &mut self.state.groups {
            if shared(name).is_none_or(|filter| !matches(filter, &message.topic)) {
                continue;
            }
            let mut owed = Owed::live(&message);
            owed.kind = Kind::Shared;
            owed.qos = message.qos;
            // Which member gets it, and so whether it is stored, only the broker knows.
            let sessions = &self.state.sessions;
            let mut members = group.members.iter().filter_map(|member| sessions.get(member));
            is_recorded |= message.qos > QoS::AtMostOnce
                && members.all(|session| {
                    let options = session.subscriptions.get(name);
                    let qos = options.map_or(QoS::AtMostOnce, |(options, _)| options.qos);
                    session.is_recorded && qos > QoS::AtMostOnce
                });
            group.waiting.push(owed);
        }
        is_recorded |= self.retain(&message);
        message.is_recorded.set(is_recorded && self.keeps_records);
        message
    }

    /// Keeps a message for subscribers to come. Answers whether that changes anything.
    fn retain(&mut self, message: &Rc<Message>) -> bool {
        if !message.retain {
            return false;
        }
        let old = if message.payload.is_empty() {
            self.state.retained.remove(&message.topic)
        } else {
            self.state.retained.insert(message.topic.clone(), Rc::clone(message))
        };
        let had = old.is_some();
        self.state.past_retained.extend(old.map(|old| (old, self.state.routed)));
        had || !message.payload.is_empty()
    }
}

impl Owed {
    fn live(message: &Rc<Message>) -> Self {
        Self {
            message: Rc::clone(message),
            qos: QoS::AtMostOnce,
            retain: false,
            identifiers: Vec::new(),
            kind: Kind::Live,
            is_recorded: false,
            holder: None,
            is_seen: false,
            may_be_lost: false,
        }
    }
}
