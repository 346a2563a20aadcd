//! SUBSCRIBE and UNSUBSCRIBE. The client remembers a request until its answer comes or the
//! connection ends; what is subscribed, the server remembers.

use super::connection::Active;
use super::fault::Fault;
use super::message::borrowed;
use super::output::Details;
use super::{ClientEvent, Refusal, SubscriptionRequest};
use crate::codec::packet::{
    SubAck, Subscribe, SubscribeFilter, SubscribeFilters, SubscriptionOptions, Unsubscribe,
    UnsubscribeFilters,
};
use crate::codec::{Packet, PacketIdentifier, PacketType, SubscriptionIdentifier, UserProperties};
use crate::topic::{SubscriptionFilter, TopicLimits};

/// A SUBSCRIBE or UNSUBSCRIBE without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) tag: u64,
    /// The type of the answer.
    answer: PacketType,
    /// How many Topic Filters were named.
    filters: usize,
}

impl Active<'_> {
    /// Asks for subscriptions.
    pub(super) fn subscribe(
        &mut self,
        tag: u64,
        requests: &[SubscriptionRequest],
        subscription_identifier: Option<SubscriptionIdentifier>,
        user_properties: &[(String, String)],
    ) -> Result<(), Refusal> {
        let has_properties = self.connection.version().has_properties();
        if !has_properties && (subscription_identifier.is_some() || !user_properties.is_empty()) {
            return Err(Refusal::NotInVersion);
        }
        let values = &self.connection.values;
        if subscription_identifier.is_some() && !values.subscription_identifiers_available {
            return Err(Refusal::SubscriptionIdentifiersNotSupported);
        }
        requests.iter().try_for_each(|request| self.check_subscription(request))?;
        let packet_identifier = self.request_identifier(requests.len())?;
        let pairs = borrowed(user_properties);
        let filters: Vec<_> = requests.iter().map(subscribe_filter).collect();
        self.send(&Packet::Subscribe(Subscribe {
            packet_identifier,
            subscription_identifier,
            user_properties: UserProperties::from_pairs(&pairs),
            filters: SubscribeFilters::from_slice(&filters),
        }))?;
        self.note_request(packet_identifier, tag, PacketType::SubAck, filters.len());
        Ok(())
    }

    /// Asks for subscriptions to end.
    pub(super) fn unsubscribe(
        &mut self,
        tag: u64,
        filters: &[String],
        user_properties: &[(String, String)],
    ) -> Result<(), Refusal> {
        if !self.connection.version().has_properties() && !user_properties.is_empty() {
            return Err(Refusal::NotInVersion);
        }
        for filter in filters {
            parse(filter)?;
        }
        let packet_identifier = self.request_identifier(filters.len())?;
        let pairs = borrowed(user_properties);
        let filters: Vec<_> = filters.iter().map(String::as_str).collect();
        self.send(&Packet::Unsubscribe(Unsubscribe {
            packet_identifier,
            user_properties: UserProperties::from_pairs(&pairs),
            filters: UnsubscribeFilters::from_slice(&filters),
        }))?;
        self.note_request(packet_identifier, tag, PacketType::UnsubAck, filters.len());
        Ok(())
    }

    /// SUBACK or UNSUBACK came, as `packet_type` says.
    pub(super) fn answered(
        &mut self,
        packet_type: PacketType,
        ack: &SubAck<'_>,
    ) -> Result<(), Fault> {
        let packet_identifier = ack.packet_identifier;
        let request = match self.connection.requests.get(&packet_identifier) {
            Some(request) if request.answer == packet_type => *request,
            Some(_) | None => {
                self.unexpected(packet_type, packet_identifier);
                return Ok(());
            }
        };
        let has_codes =
            packet_type == PacketType::SubAck || self.connection.version().has_properties();
        // [MQTT-3.8.4-6] [MQTT-3.11.3-2]
        if has_codes && ack.reason_codes.len() != request.filters {
            return Err(Fault::protocol_error("not one reason code for each topic filter"));
        }
        self.connection.requests.remove(&packet_identifier);
        let tag = request.tag;
        let reason_codes = ack.reason_codes.iter().collect();
        let details = Details::new(&ack.properties);
        self.event(if packet_type == PacketType::SubAck {
            ClientEvent::Subscribed { tag, packet_identifier, reason_codes, details }
        } else {
            ClientEvent::Unsubscribed { tag, packet_identifier, reason_codes, details }
        });
        // A Packet Identifier is free that a publish may have waited for.
        self.send_waiting();
        Ok(())
    }

    fn check_subscription(&self, request: &SubscriptionRequest) -> Result<(), Refusal> {
        let filter = parse(&request.filter)?;
        let SubscriptionOptions { qos, no_local, .. } = request.options;
        let qos_alone = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        if !self.connection.version().has_properties() && request.options != qos_alone {
            return Err(Refusal::NotInVersion);
        }
        let is_shared = filter.share_name().is_some();
        let values = &self.connection.values;
        if is_shared && no_local {
            return Err(Refusal::NoLocalOnSharedSubscription); // [MQTT-3.8.3-4]
        }
        if is_shared && !values.shared_subscription_available {
            return Err(Refusal::SharedSubscriptionsNotSupported);
        }
        if filter.filter().has_wildcard() && !values.wildcard_subscription_available {
            return Err(Refusal::WildcardSubscriptionsNotSupported);
        }
        Ok(())
    }

    /// A Packet Identifier for a request with `filters` Topic Filters.
    fn request_identifier(&self, filters: usize) -> Result<PacketIdentifier, Refusal> {
        if filters == 0 {
            return Err(Refusal::TopicFilterMissing); // [MQTT-3.8.3-2] [MQTT-3.10.3-2]
        }
        if self.connection.requests.len() >= self.connection.config.limits.requests_max {
            return Err(Refusal::TooManyRequests);
        }
        self.unused_packet_identifier().ok_or(Refusal::PacketIdentifiersExhausted)
    }

    fn note_request(
        &mut self,
        packet_identifier: PacketIdentifier,
        tag: u64,
        answer: PacketType,
        filters: usize,
    ) {
        self.session.use_packet_identifier(packet_identifier);
        self.connection.requests.insert(packet_identifier, Request { tag, answer, filters });
    }
}

fn parse(filter: &str) -> Result<SubscriptionFilter, Refusal> {
    SubscriptionFilter::parse(filter, &TopicLimits::PROTOCOL)
        .map_err(|_| Refusal::TopicFilterInvalid)
}

fn subscribe_filter(request: &SubscriptionRequest) -> SubscribeFilter<'_> {
    SubscribeFilter { filter: &request.filter, options: request.options }
}
