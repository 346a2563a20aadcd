//! Property blocks (§2.2.2), and where the standard describes each property.

use super::layout::Layout;
use crate::codec::PropertyIdentifier as Name;
use crate::codec::property::{Property, PropertyOwner};
use crate::codec::property_value::DataType;
use crate::codec::reader::Reader;

/// Where the properties of a packet are described.
struct Sections {
    /// The section of the block, below that of the packet.
    block: &'static str,
    /// The properties in the order of their sections; Property Length has the first.
    properties: &'static [Name],
}

const REASON: &[Name] = &[Name::ReasonString, Name::UserProperty];

impl Sections {
    const fn of(owner: PropertyOwner) -> Self {
        let (block, properties): (_, &[Name]) = match owner {
            PropertyOwner::Connect => (
                ".2.11",
                &[
                    Name::SessionExpiryInterval,
                    Name::ReceiveMaximum,
                    Name::MaximumPacketSize,
                    Name::TopicAliasMaximum,
                    Name::RequestResponseInformation,
                    Name::RequestProblemInformation,
                    Name::UserProperty,
                    Name::AuthenticationMethod,
                    Name::AuthenticationData,
                ],
            ),
            PropertyOwner::Will => (
                ".3.2",
                &[
                    Name::WillDelayInterval,
                    Name::PayloadFormatIndicator,
                    Name::MessageExpiryInterval,
                    Name::ContentType,
                    Name::ResponseTopic,
                    Name::CorrelationData,
                    Name::UserProperty,
                ],
            ),
            PropertyOwner::ConnAck => (
                ".2.3",
                &[
                    Name::SessionExpiryInterval,
                    Name::ReceiveMaximum,
                    Name::MaximumQoS,
                    Name::RetainAvailable,
                    Name::MaximumPacketSize,
                    Name::AssignedClientIdentifier,
                    Name::TopicAliasMaximum,
                    Name::ReasonString,
                    Name::UserProperty,
                    Name::WildcardSubscriptionAvailable,
                    Name::SubscriptionIdentifiersAvailable,
                    Name::SharedSubscriptionAvailable,
                    Name::ServerKeepAlive,
                    Name::ResponseInformation,
                    Name::ServerReference,
                    Name::AuthenticationMethod,
                    Name::AuthenticationData,
                ],
            ),
            PropertyOwner::Publish => (
                ".2.3",
                &[
                    Name::PayloadFormatIndicator,
                    Name::MessageExpiryInterval,
                    Name::TopicAlias,
                    Name::ResponseTopic,
                    Name::CorrelationData,
                    Name::UserProperty,
                    Name::SubscriptionIdentifier,
                    Name::ContentType,
                ],
            ),
            PropertyOwner::PubAck
            | PropertyOwner::PubRec
            | PropertyOwner::PubRel
            | PropertyOwner::PubComp => (".2.2", REASON),
            PropertyOwner::SubAck | PropertyOwner::UnsubAck => (".2.1", REASON),
            PropertyOwner::Subscribe => {
                (".2.1", &[Name::SubscriptionIdentifier, Name::UserProperty])
            }
            PropertyOwner::Unsubscribe => (".2.1", &[Name::UserProperty]),
            PropertyOwner::Disconnect => (
                ".2.2",
                &[
                    Name::SessionExpiryInterval,
                    Name::ReasonString,
                    Name::UserProperty,
                    Name::ServerReference,
                ],
            ),
            PropertyOwner::Auth => (
                ".2.2",
                &[
                    Name::AuthenticationMethod,
                    Name::AuthenticationData,
                    Name::ReasonString,
                    Name::UserProperty,
                ],
            ),
        };
        Self { block, properties }
    }
}

impl Layout {
    /// A property block with its length in front. One that is longer than what is there is read
    /// as far as it goes.
    pub(super) fn properties(
        &mut self,
        name: &'static str,
        owner: PropertyOwner,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        let sections = Sections::of(owner);
        let block = self.section(sections.block);
        let start = reader.offset();
        self.tree.open(name, block.clone(), start)?;
        let len = reader.variable_byte_integer().ok()?;
        let range = (start, reader.offset());
        self.tree.leaf("Property Length", below(&block, 1), range, None, len.to_string())?;
        let available = len.min(reader.rest().len());
        let mut rest = reader.part(available).ok()?;
        while !rest.is_empty() {
            self.property(&sections, &block, &mut rest)?;
        }
        self.tree.close();
        (available == len).then_some(())
    }

    fn property(
        &mut self,
        sections: &Sections,
        block: &str,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        let start = reader.offset();
        let byte = reader.byte().ok()?;
        let identifier = Name::from_byte(byte)?;
        let place = sections.properties.iter().position(|name| *name == identifier);
        // One that does not belong here is described where all are.
        let section =
            place.map_or_else(|| ALL.to_owned(), |place| below(block, place.saturating_add(2)));
        let property = self.tree.open(identifier.name(), section.clone(), start)?;
        let value = super::value::hexadecimal(byte);
        let range = (start, reader.offset());
        self.tree.leaf("Identifier", ALL.to_owned(), range, None, value)?;
        let data_type = Property::data_type(identifier);
        let mut value = String::new();
        if data_type == DataType::Utf8StringPair {
            value += &self.field("Name", section.clone(), DataType::Utf8String, reader)?;
            value += ": ";
            value += &self.field("Value", section, DataType::Utf8String, reader)?;
        } else {
            value += &self.field("Value", section, data_type, reader)?;
        }
        self.tree.set_value(property, value);
        self.tree.close();
        Some(())
    }
}

/// The section that lists all properties.
const ALL: &str = "2.2.2.2";

/// The subsection `number` of `section`.
fn below(section: &str, number: usize) -> String {
    let mut text = section.to_owned();
    text.push('.');
    text += &number.to_string();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNERS: [PropertyOwner; 14] = [
        PropertyOwner::Will,
        PropertyOwner::Connect,
        PropertyOwner::ConnAck,
        PropertyOwner::Publish,
        PropertyOwner::PubAck,
        PropertyOwner::PubRec,
        PropertyOwner::PubRel,
        PropertyOwner::PubComp,
        PropertyOwner::Subscribe,
        PropertyOwner::SubAck,
        PropertyOwner::Unsubscribe,
        PropertyOwner::UnsubAck,
        PropertyOwner::Disconnect,
        PropertyOwner::Auth,
    ];

    #[test]
    fn a_property_has_a_section_wherever_the_table_allows_it_and_nowhere_else() {
        for owner in OWNERS {
            let mut described = Sections::of(owner).properties.to_vec();
            described.sort();
            let allowed: Vec<_> = (0..=u8::MAX)
                .filter_map(Name::from_byte)
                .filter(|identifier| identifier.may_stand_in(owner))
                .collect();
            assert_eq!(described, allowed, "{owner:?}");
        }
    }
}
