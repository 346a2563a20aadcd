//! What clients ask for: messages go out, subscriptions come and go.

use afterlink_core::client::{MessageProperties, SubscriptionRequest};
use afterlink_core::codec::packet::{RetainHandling, SubscriptionOptions};
use afterlink_core::codec::{ProtocolVersion, SubscriptionIdentifier};
use afterlink_core::sim::{Command, Payload};

use super::{FILTERS, Generator, SHARED, SHARED_TOPICS, TOPICS, WIDE, qos};

impl Generator {
    pub(super) fn publish(&mut self, index: usize) {
        self.messages += 1;
        let random = &mut self.random;
        let client = &self.clients[index];
        let is_v5 = client.version == ProtocolVersion::V5;
        let is_shared = self.has_groups && random.chance(35);
        let topic = random.pick(if is_shared { SHARED_TOPICS } else { TOPICS }).to_owned();
        let retain = !is_shared && random.chance(18);
        let padding = "x".repeat(usize::try_from(random.pick(&[0, 0, 3, 100])).unwrap_or(0));
        let payload = if retain && random.chance(25) {
            String::new()
        } else {
            format!("m{}{padding}", self.messages)
        };
        let properties = MessageProperties {
            message_expiry_interval: (is_v5 && random.chance(25))
                .then(|| random.pick(&[0, 1, 5, 40])),
            user_properties: if is_v5 && !payload.is_empty() && random.chance(10) {
                vec![("k".to_owned(), "v".to_owned())]
            } else {
                Vec::new()
            },
            ..MessageProperties::default()
        };
        let command = Command::Publish {
            client: client.name.clone(),
            topic,
            payload: Payload::Text(payload),
            qos: qos(random),
            retain,
            properties: Box::new(properties),
        };
        self.put(command);
    }

    pub(super) fn filter(&mut self) -> String {
        let others = if self.has_groups { SHARED } else { WIDE };
        let of = if self.random.chance(30) { others } else { FILTERS };
        self.random.pick(of).to_owned()
    }

    pub(super) fn subscribe(&mut self, index: usize) {
        let client = self.clients[index].name.clone();
        let is_v5 = self.clients[index].version == ProtocolVersion::V5;
        let count = 1 + self.random.below(2);
        let filters = (0..count).map(|_| self.request(is_v5)).collect();
        let subscription_identifier = (is_v5 && self.random.chance(50))
            .then(|| self.random.below(300) + 1)
            .and_then(|number| SubscriptionIdentifier::new(u32::try_from(number).ok()?));
        self.put(Command::Subscribe {
            client,
            filters,
            subscription_identifier,
            user_properties: Vec::new(),
        });
    }

    pub(super) fn request(&mut self, is_v5: bool) -> SubscriptionRequest {
        let filter = self.filter();
        let random = &mut self.random;
        let mut options = SubscriptionOptions { qos: qos(random), ..Default::default() };
        if is_v5 {
            options.no_local = random.chance(15) && !filter.starts_with("$share");
            options.retain_as_published = random.chance(30);
            options.retain_handling = random.pick(&[
                RetainHandling::Send,
                RetainHandling::SendIfNew,
                RetainHandling::DoNotSend,
            ]);
        }
        SubscriptionRequest { filter, options }
    }
}
