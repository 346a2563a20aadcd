//! The order of the fields in each packet (§2.1, §3.1 to §3.15).

use super::flags::{self, BitsKind};
use super::tree::Tree;
use super::value::{self, Data};
use super::{BitRange, DissectedField};
use crate::codec::packet::read_version;
use crate::codec::property::PropertyOwner;
use crate::codec::property_value::DataType;
use crate::codec::reader::Reader;
use crate::codec::{PacketType, ProtocolVersion};

/// A walk through a packet. Its steps give `None` where it ends before the packet does: where a
/// field is not whole, or what follows is unknown.
pub(super) struct Layout {
    pub(super) tree: Tree,
    packet_type: PacketType,
    version: ProtocolVersion,
}

const CONNECT_USER_NAME: u8 = 0b1000_0000;
const CONNECT_PASSWORD: u8 = 0b0100_0000;
const CONNECT_WILL: u8 = 0b0000_0100;

impl Layout {
    /// The fields of `packet`.
    pub(super) fn of(packet: &[u8], version: ProtocolVersion) -> Vec<DissectedField> {
        let mut layout = Self { tree: Tree::default(), packet_type: PacketType::Connect, version };
        // Where it ended is seen by what was found.
        let _end = layout.packet(&mut Reader::new(packet, 0));
        layout.tree.into_fields()
    }

    /// A section: that of the packet's own chapter if it starts with a point.
    pub(super) fn section(&self, section: &str) -> String {
        if !section.starts_with('.') {
            return section.to_owned();
        }
        // The packets have their chapters in the order of their types.
        let mut text = "3.".to_owned();
        text += &self.packet_type.bits().to_string();
        text += section;
        text
    }

    /// A number or data; gives back its value.
    pub(super) fn field(
        &mut self,
        name: &'static str,
        section: String,
        data_type: DataType,
        reader: &mut Reader<'_>,
    ) -> Option<String> {
        let start = reader.offset();
        let value = match data_type {
            DataType::Byte => reader.byte().ok()?.to_string(),
            DataType::TwoByteInteger => reader.two_byte_integer().ok()?.to_string(),
            DataType::FourByteInteger => reader.four_byte_integer().ok()?.to_string(),
            DataType::VariableByteInteger => reader.variable_byte_integer().ok()?.to_string(),
            DataType::Utf8String => return self.data(name, section, Data::Text, reader),
            DataType::BinaryData | DataType::Utf8StringPair => {
                return self.data(name, section, Data::Binary, reader);
            }
        };
        self.tree.leaf(name, section, (start, reader.offset()), None, value.clone())?;
        Some(value)
    }

    fn packet(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let start = *reader;
        let first = reader.byte().ok()?;
        let packet_type = PacketType::from_bits(first >> 4);
        self.packet_type = packet_type.unwrap_or(PacketType::Connect);
        if packet_type == Some(PacketType::Connect) {
            self.version = connect_version(start).unwrap_or(self.version);
        }
        self.tree.open("Fixed Header", self.either("2.1.1", "2.2"), 0)?;
        let name = packet_type.map_or("Reserved", PacketType::name);
        let (range, named) = (BitRange { high: 7, low: 4 }, value::named(name, first >> 4));
        let section = self.either("2.1.2", "2.2.1");
        self.tree.leaf("Packet Type", section, (0, 1), Some(range), named)?;
        if packet_type == Some(PacketType::Publish) {
            self.bits(flags::PUBLISH, 0, first)?;
        } else {
            let section = if self.has_properties() { "2.1.3" } else { "2.2.2" };
            let reserved = flags::bits("Reserved", section, (3, 0), BitsKind::Reserved);
            self.bits(&[reserved], 0, first)?;
        }
        let (from, section) = (reader.offset(), self.either("2.1.4", "2.2.3"));
        let len = reader.variable_byte_integer().ok()?;
        let range = (from, reader.offset());
        self.tree.leaf("Remaining Length", section, range, None, len.to_string())?;
        self.tree.close();
        packet_type?;
        let mut rest = reader.part(len.min(reader.rest().len())).ok()?;
        self.body(first, &mut rest)
    }

    fn body(&mut self, first: u8, reader: &mut Reader<'_>) -> Option<()> {
        match self.packet_type {
            PacketType::Connect => self.connect(reader),
            PacketType::ConnAck => self.connack(reader),
            PacketType::Publish => self.publish((first >> 1) & 0b11, reader),
            PacketType::PubAck => self.reason(PropertyOwner::PubAck, true, reader),
            PacketType::PubRec => self.reason(PropertyOwner::PubRec, true, reader),
            PacketType::PubRel => self.reason(PropertyOwner::PubRel, true, reader),
            PacketType::PubComp => self.reason(PropertyOwner::PubComp, true, reader),
            PacketType::Disconnect => self.reason(PropertyOwner::Disconnect, false, reader),
            PacketType::Auth => self.reason(PropertyOwner::Auth, false, reader),
            PacketType::Subscribe => self.list(PropertyOwner::Subscribe, reader),
            PacketType::SubAck => self.list(PropertyOwner::SubAck, reader),
            PacketType::Unsubscribe => self.list(PropertyOwner::Unsubscribe, reader),
            PacketType::UnsubAck => self.list(PropertyOwner::UnsubAck, reader),
            PacketType::PingReq | PacketType::PingResp => Some(()),
        }
    }

    fn connect(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let known = read_version(&mut reader.clone());
        self.open_variable_header(reader)?;
        self.own("Protocol Name", ".2.1", DataType::Utf8String, reader)?;
        let name = if self.has_properties() { "Protocol Version" } else { "Protocol Level" };
        self.own(name, ".2.2", DataType::Byte, reader)?;
        // Another version may have anything behind its number.
        known.ok()?;
        let table = if self.has_properties() { flags::CONNECT } else { flags::CONNECT_V3 };
        let byte = self.flags("Connect Flags", ".2.3", table, reader)?;
        self.own("Keep Alive", ".2.10", DataType::TwoByteInteger, reader)?;
        if self.has_properties() {
            self.properties("Properties", PropertyOwner::Connect, reader)?;
        }
        self.tree.close();
        self.open_payload(reader)?;
        self.own("Client Identifier", ".3.1", DataType::Utf8String, reader)?;
        if byte & CONNECT_WILL != 0 {
            let mut payload = ("Will Message", ".3.3");
            if self.has_properties() {
                self.properties("Will Properties", PropertyOwner::Will, reader)?;
                payload = ("Will Payload", ".3.4");
            }
            let section = self.either(".3.3", ".3.2");
            self.field("Will Topic", section, DataType::Utf8String, reader)?;
            self.data(payload.0, self.section(payload.1), Data::Payload, reader)?;
        }
        if byte & CONNECT_USER_NAME != 0 {
            let section = self.either(".3.5", ".3.4");
            self.field("User Name", section, DataType::Utf8String, reader)?;
        }
        if byte & CONNECT_PASSWORD != 0 {
            let section = self.either(".3.6", ".3.5");
            self.field("Password", section, DataType::BinaryData, reader)?;
        }
        self.tree.close();
        Some(())
    }

    fn connack(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.open_variable_header(reader)?;
        let table = match self.version {
            ProtocolVersion::V3_1 => flags::CONNACK_V3_1,
            ProtocolVersion::V3_1_1 => flags::CONNACK_V3_1_1,
            ProtocolVersion::V5 => flags::CONNACK,
        };
        self.flags("Connect Acknowledge Flags", ".2.1", table, reader)?;
        if self.has_properties() {
            self.reason_code("Reason Code", ".2.2", reader)?;
            self.properties("Properties", PropertyOwner::ConnAck, reader)?;
        } else {
            self.reason_code("Connect Return Code", ".2.3", reader)?;
        }
        self.tree.close();
        Some(())
    }

    fn publish(&mut self, qos: u8, reader: &mut Reader<'_>) -> Option<()> {
        self.open_variable_header(reader)?;
        self.own("Topic Name", ".2.1", DataType::Utf8String, reader)?;
        // QoS 3 does not say whether an identifier follows.
        if qos == 0b11 {
            return None;
        }
        if qos > 0 {
            self.own("Packet Identifier", ".2.2", DataType::TwoByteInteger, reader)?;
        }
        if self.has_properties() {
            self.properties("Properties", PropertyOwner::Publish, reader)?;
        }
        self.tree.close();
        let (start, bytes) = (reader.offset(), reader.rest());
        let range = (start, start.saturating_add(bytes.len()));
        let value = value::data(bytes, Data::Payload);
        self.tree.leaf("Payload", self.section(".3"), range, None, value)
    }

    /// A packet that says an outcome and may stop short of saying why, or what.
    fn reason(
        &mut self,
        owner: PropertyOwner,
        has_identifier: bool,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        self.open_variable_header(reader)?;
        if has_identifier {
            self.packet_identifier(reader)?;
        }
        if self.has_properties() && !reader.is_empty() {
            self.reason_code("Reason Code", ".2.1", reader)?;
            if !reader.is_empty() {
                self.properties("Properties", owner, reader)?;
            }
        }
        self.tree.close();
        Some(())
    }

    /// A packet whose payload is a list: of Topic Filters, or of a code for each.
    fn list(&mut self, owner: PropertyOwner, reader: &mut Reader<'_>) -> Option<()> {
        let has_properties = self.has_properties();
        self.open_variable_header(reader)?;
        self.packet_identifier(reader)?;
        if has_properties {
            self.properties("Properties", owner, reader)?;
        } else if owner == PropertyOwner::UnsubAck {
            // Version 3 has no codes there.
            return Some(());
        }
        self.tree.close();
        self.open_payload(reader)?;
        let code = if has_properties { "Reason Code" } else { "Return Code" };
        while !reader.is_empty() {
            if matches!(owner, PropertyOwner::SubAck | PropertyOwner::UnsubAck) {
                self.reason_code(code, ".3", reader)?;
                continue;
            }
            self.own("Topic Filter", ".3", DataType::Utf8String, reader)?;
            if owner == PropertyOwner::Subscribe && has_properties {
                self.flags("Subscription Options", ".3.1", flags::SUBSCRIPTION_OPTIONS, reader)?;
            } else if owner == PropertyOwner::Subscribe {
                self.flags("Requested QoS", ".3", flags::SUBSCRIPTION_OPTIONS_V3, reader)?;
            }
        }
        self.tree.close();
        Some(())
    }

    fn packet_identifier(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let section = self.either("2.2.1", "2.3.1");
        self.field("Packet Identifier", section, DataType::TwoByteInteger, reader).map(drop)
    }

    fn open_variable_header(&mut self, reader: &Reader<'_>) -> Option<()> {
        self.tree.open("Variable Header", self.section(".2"), reader.offset()).map(drop)
    }

    fn open_payload(&mut self, reader: &Reader<'_>) -> Option<()> {
        self.tree.open("Payload", self.section(".3"), reader.offset()).map(drop)
    }

    /// A field of this packet alone.
    fn own(
        &mut self,
        name: &'static str,
        section: &str,
        data_type: DataType,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        self.field(name, self.section(section), data_type, reader).map(drop)
    }

    /// Data behind its length; gives back its value.
    fn data(
        &mut self,
        name: &'static str,
        section: String,
        data: Data,
        reader: &mut Reader<'_>,
    ) -> Option<String> {
        let is_text = matches!(data, Data::Text);
        let names =
            if is_text { ("String Length", "Character Data") } else { ("Data Length", "Data") };
        let about = match (is_text, self.has_properties()) {
            (true, true) => "1.5.4".to_owned(),
            (true, false) => "1.5.3".to_owned(),
            (false, true) => "1.5.6".to_owned(),
            // Version 3 has no name for such data.
            (false, false) => section.clone(),
        };
        let holder = self.tree.open(name, section, reader.offset())?;
        self.field(names.0, about.clone(), DataType::TwoByteInteger, &mut reader.clone())?;
        let len = usize::from(reader.two_byte_integer().ok()?);
        let start = reader.offset();
        let bytes = reader.part(len).ok()?.rest();
        let value = value::data(bytes, data);
        if len > 0 {
            self.tree.leaf(names.1, about, (start, reader.offset()), None, value.clone())?;
        }
        self.tree.set_value(holder, value.clone());
        self.tree.close();
        Some(value)
    }

    fn reason_code(
        &mut self,
        name: &'static str,
        section: &str,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        let start = reader.offset();
        let value = value::reason_code(reader.byte().ok()?, self.packet_type, self.version);
        self.tree.leaf(name, self.section(section), (start, reader.offset()), None, value)
    }

    /// The section of MQTT 5.0 or of MQTT 3.1.1.
    fn either(&self, v5: &str, v3: &str) -> String {
        self.section(if self.has_properties() { v5 } else { v3 })
    }

    const fn has_properties(&self) -> bool {
        self.version.has_properties()
    }
}

/// The version that a CONNECT names.
fn connect_version(mut packet: Reader<'_>) -> Option<ProtocolVersion> {
    packet.byte().ok()?;
    packet.variable_byte_integer().ok()?;
    read_version(&mut packet).ok()
}
