//! What a broker says it offers.

use afterlink_conformance::{Need, Version};
use afterlink_core::codec::packet::{ConnAck, Connect, ConnectProperties, Disconnect};
use afterlink_core::codec::{
    DecodeLimits, Deframer, Packet, ProtocolVersion, QoS, ReasonCode, Sender, decode,
};
use tokio::time::{Duration, timeout};

use crate::Failure;
use crate::remote::{Address, Link};

/// How long a broker may take to answer the first CONNECT.
const DEADLINE: Duration = Duration::from_secs(10);
/// Bytes of the largest CONNACK taken.
const CONNACK_BYTES_MAX: usize = 64 * 1024;

/// What a broker offers, by its CONNACK.
#[derive(Debug)]
pub(super) struct Offer {
    missing: Vec<Need>,
}

impl Offer {
    /// Asks the broker at `address`. Before version 5 nobody says what is not offered.
    ///
    /// # Errors
    ///
    /// If it is not there, or takes no client of the version.
    pub(super) async fn ask(address: &Address, version: Version) -> Result<Self, Failure> {
        if let Ok(missing) = ask(address, version.into(), "").await? {
            return Ok(Self { missing });
        }
        // A broker need not take a client without an identifier.
        match ask(address, version.into(), "conformance").await? {
            Ok(mut missing) => {
                missing.push(Need::AssignedIdentifier);
                Ok(Self { missing })
            }
            Err(why) => Err(Failure::failed(format!("the broker at {address} {why}"))),
        }
    }

    pub(super) fn has(&self, need: Need) -> bool {
        !self.missing.contains(&need)
    }
}

/// What the broker does not offer to a client of this name, or how it fails to say so.
async fn ask(
    address: &Address,
    version: ProtocolVersion,
    client_identifier: &str,
) -> Result<Result<Vec<Need>, String>, Failure> {
    let link = Link::connect(address).await?;
    let answer = timeout(DEADLINE, connect(link, version, client_identifier)).await;
    Ok(answer.unwrap_or_else(|_| Err("does not answer".to_owned())))
}

async fn connect(
    mut link: Link,
    version: ProtocolVersion,
    client_identifier: &str,
) -> Result<Vec<Need>, String> {
    let connect = Packet::Connect(Connect {
        version,
        clean_start: true,
        keep_alive: 60,
        client_identifier,
        will: None,
        user_name: None,
        password: None,
        properties: ConnectProperties::default(),
    });
    send(&mut link, &connect, version).await?;
    let mut deframer = Deframer::new();
    loop {
        let bytes = link.receive().await.map_err(|error| format!("cannot be read: {error}"))?;
        let bytes = bytes.ok_or("closes the connection upon CONNECT")?;
        let packet = deframer
            .next(&mut &bytes[..], CONNACK_BYTES_MAX)
            .map_err(|error| format!("sends what is no packet: {error}"))?;
        let Some(packet) = packet else { continue };
        let packet = decode(packet, version, Sender::Server, &DecodeLimits::default())
            .map_err(|error| format!("answers CONNECT with a packet that is none: {error}"))?;
        let Packet::ConnAck(connack) = packet else {
            return Err(format!("answers CONNECT with {}", packet.packet_type().name()));
        };
        if connack.reason_code.is_error() {
            let name = connack.reason_code.name().unwrap_or("a code that is none");
            return Err(format!("refuses a client: {name}"));
        }
        let missing = missing(&connack);
        let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
        // What was to be known is known.
        let _ = send(&mut link, &Packet::Disconnect(disconnect), version).await;
        link.close().await;
        return Ok(missing);
    }
}

async fn send(
    link: &mut Link,
    packet: &Packet<'_>,
    version: ProtocolVersion,
) -> Result<(), String> {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).map_err(|error| format!("{error}"))?;
    link.send(bytes).await.map_err(|error| format!("cannot be written to: {error}"))
}

fn missing(connack: &ConnAck<'_>) -> Vec<Need> {
    let told = &connack.properties;
    let maximum_qos = told.maximum_qos.unwrap_or(QoS::ExactlyOnce);
    let has = |need: Need| match need {
        Need::Qos1 => maximum_qos >= QoS::AtLeastOnce,
        Need::Qos2 => maximum_qos >= QoS::ExactlyOnce,
        Need::Retain => told.retain_available.unwrap_or(true),
        Need::Wildcard => told.wildcard_subscription_available.unwrap_or(true),
        Need::SubscriptionIdentifiers => told.subscription_identifiers_available.unwrap_or(true),
        Need::Shared => told.shared_subscription_available.unwrap_or(true),
        Need::TopicAlias => told.topic_alias_maximum.is_some_and(|max| max > 0),
        // That the client was accepted says so.
        Need::AssignedIdentifier => true,
    };
    Need::ALL.into_iter().filter(|need| !has(*need)).collect()
}

#[cfg(test)]
mod tests {
    use afterlink_core::codec::packet::ConnAckProperties;

    use super::*;

    #[test]
    fn what_connack_denies_is_missing() {
        let connack = |properties| ConnAck {
            session_present: false,
            reason_code: ReasonCode::SUCCESS,
            properties,
        };
        let alias = ConnAckProperties { topic_alias_maximum: Some(1), ..Default::default() };
        assert_eq!(missing(&connack(alias)), []);
        assert_eq!(missing(&connack(ConnAckProperties::default())), [Need::TopicAlias]);
        let poor = ConnAckProperties {
            maximum_qos: Some(QoS::AtMostOnce),
            retain_available: Some(false),
            wildcard_subscription_available: Some(false),
            subscription_identifiers_available: Some(false),
            shared_subscription_available: Some(false),
            ..Default::default()
        };
        let told = &Need::ALL[..Need::ALL.len() - 1];
        assert_eq!(missing(&connack(poor)), told);
    }
}
