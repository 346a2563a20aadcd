//! Fields as packets.

use std::borrow::Cow;

use afterlink_core::codec::packet::{
    Ack, Auth, Connect, ConnectProperties, Disconnect, Publish, PublishProperties,
    ReasonProperties, RetainHandling, Subscribe, SubscribeFilter, SubscribeFilters,
    SubscriptionOptions, Unsubscribe, UnsubscribeFilters, Will, WillProperties,
};
use afterlink_core::codec::{
    Packet, PacketIdentifier, ProtocolVersion, QoS, ReasonCode, SubscriptionIdentifier,
    UserProperties,
};

/// The bytes of the packet `name` with these fields, as a client of `version` sends it.
///
/// # Errors
///
/// What cannot be sent so.
pub(crate) fn build(
    name: &str,
    fields: &[(&'static str, Vec<u8>)],
    version: ProtocolVersion,
) -> Result<Vec<u8>, String> {
    let fields = Fields(fields);
    let mut bytes = Vec::new();
    let mut write = |packet: &Packet<'_>| {
        packet.encode(version, &mut bytes).map_err(|error| format!("{name}: {error:?}"))
    };
    let user = fields.pairs("user")?;
    let user_properties = UserProperties::from_pairs(&user);
    match name {
        "CONNECT" => fields.connect(version, user_properties, write)?,
        "PUBLISH" => write(&Packet::Publish(fields.publish(user_properties)?))?,
        "PUBACK" => write(&Packet::PubAck(fields.ack(user_properties)?))?,
        "PUBREC" => write(&Packet::PubRec(fields.ack(user_properties)?))?,
        "PUBREL" => write(&Packet::PubRel(fields.ack(user_properties)?))?,
        "PUBCOMP" => write(&Packet::PubComp(fields.ack(user_properties)?))?,
        "SUBSCRIBE" => {
            let filters = fields.filters()?;
            write(&Packet::Subscribe(Subscribe {
                packet_identifier: fields.identifier()?,
                subscription_identifier: fields
                    .number("sub")?
                    .map(|id| SubscriptionIdentifier::new(id).ok_or("no Subscription Identifier"))
                    .transpose()?,
                user_properties,
                filters: SubscribeFilters::from_slice(&filters),
            }))?;
        }
        "UNSUBSCRIBE" => {
            let filters: Vec<_> = fields.all("filter").collect::<Result<_, _>>()?;
            write(&Packet::Unsubscribe(Unsubscribe {
                packet_identifier: fields.identifier()?,
                user_properties,
                filters: UnsubscribeFilters::from_slice(&filters),
            }))?;
        }
        "PINGREQ" => write(&Packet::PingReq)?,
        "DISCONNECT" => write(&Packet::Disconnect(Disconnect {
            reason_code: fields.code()?,
            session_expiry_interval: fields.number("expiry")?,
            server_reference: None,
            properties: fields.reason(user_properties)?,
        }))?,
        "AUTH" => write(&Packet::Auth(Auth {
            reason_code: fields.code()?,
            authentication_method: fields.text("method")?,
            authentication_data: fields.bytes("data"),
            properties: fields.reason(user_properties)?,
        }))?,
        _ => return Err(format!("a client sends no {name}; write its bytes with >>")),
    }
    Ok(bytes)
}

struct Fields<'a>(&'a [(&'static str, Vec<u8>)]);

impl<'a> Fields<'a> {
    fn bytes(&self, key: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_slice())
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, String> {
        self.bytes(key).map(text).transpose()
    }

    fn all(&self, key: &str) -> impl Iterator<Item = Result<&'a str, String>> {
        self.0.iter().filter(move |(name, _)| *name == key).map(|(_, value)| text(value))
    }

    fn number<N: TryFrom<u32>>(&self, key: &str) -> Result<Option<N>, String> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let bad = || format!("{key}={text} is no number it can be");
        let number = match text.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => text.parse(),
        };
        number.map_err(|_| bad())?.try_into().map(Some).map_err(|_| bad())
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        Ok(self.number::<u8>(key)?.map(|flag| flag != 0))
    }

    fn qos(&self, key: &str) -> Result<QoS, String> {
        let bits = self.number(key)?.unwrap_or(0);
        QoS::from_bits(bits).ok_or_else(|| format!("there is no QoS {bits}"))
    }

    fn code(&self) -> Result<ReasonCode, String> {
        Ok(ReasonCode::from_u8(self.number("code")?.unwrap_or(0)))
    }

    fn identifier(&self) -> Result<PacketIdentifier, String> {
        let id = self.number("id")?.ok_or("a Packet Identifier is missing")?;
        PacketIdentifier::new(id).ok_or_else(|| "0 is no Packet Identifier".to_owned())
    }

    fn pairs(&self, key: &str) -> Result<Vec<(&'a str, &'a str)>, String> {
        let Some(text) = self.text(key)? else { return Ok(Vec::new()) };
        let pairs = text.split(',').map(|pair| pair.split_once(':'));
        pairs.collect::<Option<_>>().ok_or_else(|| format!("{key}={text} is not name:value"))
    }

    fn reason(&self, user_properties: UserProperties<'a>) -> Result<ReasonProperties<'a>, String> {
        Ok(ReasonProperties { reason_string: self.text("reason")?, user_properties })
    }

    fn ack(&self, user_properties: UserProperties<'a>) -> Result<Ack<'a>, String> {
        Ok(Ack {
            packet_identifier: self.identifier()?,
            reason_code: self.code()?,
            properties: self.reason(user_properties)?,
        })
    }

    fn publish(&self, user_properties: UserProperties<'a>) -> Result<Publish<'a>, String> {
        let qos = self.qos("qos")?;
        let needs_identifier = qos != QoS::AtMostOnce;
        Ok(Publish {
            dup: self.flag("dup")?.unwrap_or(false),
            qos,
            retain: self.flag("retain")?.unwrap_or(false),
            topic: self.text("topic")?.unwrap_or_default(),
            packet_identifier: needs_identifier.then(|| self.identifier()).transpose()?,
            properties: PublishProperties {
                payload_format_indicator: self.flag("format")?,
                message_expiry_interval: self.number("expiry")?,
                topic_alias: self.number("alias")?,
                response_topic: self.text("response")?,
                correlation_data: self.bytes("correlation"),
                user_properties,
                content_type: self.text("type")?,
                ..PublishProperties::default()
            },
            payload: self.bytes("payload").unwrap_or_default(),
        })
    }

    /// Options stand behind the filter they are for.
    fn filters(&self) -> Result<Vec<SubscribeFilter<'a>>, String> {
        let mut filters: Vec<SubscribeFilter<'a>> = Vec::new();
        for (key, value) in self.0 {
            if *key == "filter" {
                let options = SubscriptionOptions::default();
                filters.push(SubscribeFilter { filter: text(value)?, options });
                continue;
            }
            if !matches!(*key, "qos" | "nl" | "rap" | "rh") {
                continue;
            }
            let last = filters.last_mut().ok_or_else(|| format!("{key} before a filter"))?;
            let options = &mut last.options;
            let number: u8 = text(value)?.parse().map_err(|_| format!("{key} is no number"))?;
            match *key {
                "qos" => options.qos = QoS::from_bits(number).ok_or("there is no such QoS")?,
                "nl" => options.no_local = number != 0,
                "rap" => options.retain_as_published = number != 0,
                _ => {
                    options.retain_handling = match number {
                        0 => RetainHandling::Send,
                        1 => RetainHandling::SendIfNew,
                        2 => RetainHandling::DoNotSend,
                        _ => return Err("there is no such Retain Handling".to_owned()),
                    }
                }
            }
        }
        Ok(filters)
    }

    fn connect(
        &self,
        version: ProtocolVersion,
        user_properties: UserProperties<'a>,
        write: impl FnOnce(&Packet<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let will_user = self.pairs("will-user")?;
        let will = match self.text("will")? {
            None => None,
            Some(topic) => Some(Will {
                qos: self.qos("will-qos")?,
                retain: self.flag("will-retain")?.unwrap_or(false),
                topic,
                payload: self.bytes("will-payload").unwrap_or_default(),
                properties: WillProperties {
                    will_delay_interval: self.number("will-delay")?,
                    payload_format_indicator: self.flag("will-format")?,
                    message_expiry_interval: self.number("will-expiry")?,
                    content_type: self.text("will-type")?,
                    response_topic: self.text("will-response")?,
                    correlation_data: self.bytes("will-correlation"),
                    user_properties: UserProperties::from_pairs(&will_user),
                },
            }),
        };
        write(&Packet::Connect(Connect {
            version,
            clean_start: self.flag("clean")?.unwrap_or(true),
            keep_alive: self.number("keepalive")?.unwrap_or(60),
            client_identifier: self.text("client")?.unwrap_or_default(),
            will,
            user_name: self.text("user-name")?,
            password: self.bytes("password"),
            properties: ConnectProperties {
                session_expiry_interval: self.number("expiry")?,
                receive_maximum: self.number("receive-max")?,
                maximum_packet_size: self.number("max-packet")?,
                topic_alias_maximum: self.number("alias-max")?,
                request_response_information: self.flag("request-response")?,
                request_problem_information: self.flag("request-problem")?,
                user_properties,
                authentication_method: self.text("method")?,
                authentication_data: self.bytes("data"),
            },
        }))
    }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|_| Cow::from("a text is not UTF-8").into_owned())
}
