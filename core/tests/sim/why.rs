//! Everything that happens has a reason, which cites a statement that exists.

use std::collections::BTreeSet;

use afterlink_core::broker::{
    ConnectionId, DisconnectReason, Event, SessionEnd, TimerReason, WillCancelled,
};
use afterlink_core::client::{ClientEvent, ClientTimer, DiscardCause, DisconnectCause};
use afterlink_core::codec::{PacketIdentifier, PacketType, ProtocolVersion, QoS, ReasonCode};
use afterlink_core::session::{ClientIdentifier, DropCause};
use afterlink_core::sim::{
    Direction, Happening, PacketNumber, SentPacket, Simulation, SimulationLimits, TimerFired, Why,
};
use afterlink_core::topic::{SubscriptionFilter, TopicLimits};

use crate::support::{Play, STEPS};

const V5: &str = include_str!("../spec/mqtt-v5-statement-ids.txt");
const V3: &str = include_str!("../spec/mqtt-v311-statement-ids.txt");

fn events() -> Vec<Event> {
    let client_identifier = ClientIdentifier::new("c");
    let client = || client_identifier.clone();
    let connection = ConnectionId(1);
    let filter = SubscriptionFilter::parse("a", &TopicLimits::default()).unwrap();
    let connected = |session_present| Event::Connected {
        connection,
        client_identifier: client(),
        version: ProtocolVersion::V5,
        session_present,
        address: None,
    };
    let subscribed = |replaced| Event::Subscribed {
        client_identifier: client(),
        filter: filter.clone(),
        qos: QoS::AtLeastOnce,
        replaced,
    };
    let sent = |dup| Event::MessageSent {
        client_identifier: client(),
        arrival: 1,
        packet_identifier: None,
        dup,
    };
    vec![
        connected(true),
        connected(false),
        Event::SessionStarted { client_identifier: client() },
        Event::WillPublished { client_identifier: client() },
        subscribed(true),
        subscribed(false),
        Event::Unsubscribed { client_identifier: client(), filter: filter.clone() },
        Event::MessageQueued { client_identifier: client(), arrival: 1 },
        sent(true),
        sent(false),
        Event::MessageAcknowledged {
            client_identifier: client(),
            packet_identifier: PacketIdentifier::FIRST,
            reason_code: ReasonCode::SUCCESS,
        },
    ]
}

/// Those that carry a reason, with each there is.
fn events_by_reason() -> Vec<Event> {
    let client_identifier = ClientIdentifier::new("c");
    let client = || client_identifier.clone();
    let connection = ConnectionId(1);
    let mut events = Vec::new();
    let codes = (0..=u8::MAX).map(ReasonCode::from_u8);
    let reasons = codes.flat_map(|reason_code| {
        [
            DisconnectReason::Client { reason_code },
            DisconnectReason::Broker { reason_code },
            DisconnectReason::Refused { reason_code },
        ]
    });
    let reasons = reasons.chain([DisconnectReason::Network]);
    events.extend(reasons.map(|reason| Event::Disconnected {
        connection,
        client_identifier: None,
        reason,
    }));
    use SessionEnd::{CleanStart, ConnectionEnded, Expired, Operator};
    events.extend(
        [Expired, ConnectionEnded, CleanStart, Operator]
            .map(|reason| Event::SessionEnded { client_identifier: client(), reason }),
    );
    use WillCancelled::{NormalDisconnection, NotAuthorized, Reconnected};
    events.extend(
        [NormalDisconnection, NotAuthorized, Reconnected]
            .map(|reason| Event::WillCancelled { client_identifier: client(), reason }),
    );
    events.extend(DropCause::ALL.map(|cause| Event::MessageDropped {
        client_identifier: None,
        sequence: 1,
        topic: "a".to_owned(),
        cause,
    }));
    events
}

fn timers() -> Vec<TimerFired> {
    let client_identifier = ClientIdentifier::new("c");
    let connection = ConnectionId(1);
    let broker = [
        TimerReason::ConnectDeadline { connection },
        TimerReason::KeepAlive { connection, client_identifier: client_identifier.clone() },
        TimerReason::RefuseDeadline { connection },
        TimerReason::MessageExpiry { client_identifier: client_identifier.clone() },
        TimerReason::RetainedExpiry,
        TimerReason::WillDelay { client_identifier: client_identifier.clone() },
        TimerReason::SessionExpiry { client_identifier },
        TimerReason::Work,
    ];
    let due_at = afterlink_core::Timestamp::default();
    let broker = broker.map(|reason| TimerFired::Broker { due_at, reason });
    let client = [ClientTimer::ConnAck, ClientTimer::KeepAlive, ClientTimer::PingResp];
    let client = client.map(|reason| TimerFired::Client { due_at, client: "C".into(), reason });
    broker.into_iter().chain(client).collect()
}

fn client_events() -> Vec<ClientEvent> {
    let causes = [
        DisconnectCause::Requested,
        DisconnectCause::Network,
        DisconnectCause::ServerFault {
            reason_code: ReasonCode::PROTOCOL_ERROR,
            detail: String::new(),
        },
        DisconnectCause::SessionPresentWithoutState,
        DisconnectCause::ConnAckOverdue,
        DisconnectCause::PingRespOverdue,
        DisconnectCause::StateLost,
    ];
    let discards = [
        DiscardCause::CleanStart,
        DiscardCause::SessionNotPresent,
        DiscardCause::SessionEnded,
        DiscardCause::ClientIdentifierChanged,
        DiscardCause::StateLost,
    ];
    let discards =
        discards.map(|cause| ClientEvent::SessionDiscarded { cause, unacknowledged: Vec::new() });
    causes.map(ClientEvent::Disconnected).into_iter().chain(discards).collect()
}

fn packets() -> Vec<SentPacket> {
    let packet = |bits: u8, direction| SentPacket {
        packet: PacketNumber(1),
        link: ConnectionId(1),
        client: "C".into(),
        direction,
        version: ProtocolVersion::V5,
        packet_type: PacketType::from_bits(bits >> 4),
        bytes: vec![bits, 0].into(),
        arrives_at: afterlink_core::Timestamp::default(),
        duplicate_of: None,
    };
    (0..=u8::MAX)
        .flat_map(|bits| [packet(bits, Direction::ToBroker), packet(bits, Direction::ToClient)])
        .collect()
}

#[test]
fn every_event_timer_and_packet_has_a_why_in_one_sentence_with_statements_that_exist() {
    let known = |ids: &'static str| ids.lines().map(str::trim).collect::<BTreeSet<_>>();
    let (known_5, known_3) = (known(V5), known(V3));
    let happenings = events()
        .into_iter()
        .chain(events_by_reason())
        .map(Happening::Broker)
        .chain(timers().into_iter().map(Happening::Timer))
        .chain(packets().into_iter().map(Happening::PacketSent))
        .chain(
            client_events()
                .into_iter()
                .map(|event| Happening::Client { client: "C".into(), event }),
        );
    let mut cited = 0;
    for happening in happenings {
        let why = Why::of(&happening).unwrap_or_else(|| panic!("{happening:?}"));
        assert!(why.text.ends_with('.') && !why.text.contains(". "), "{}", why.text);
        assert!(!why.text.contains("  "), "{}", why.text);
        if let Some(id) = why.statement {
            assert!(known_5.contains(id), "{id} of {happening:?}");
            cited += 1;
        }
        if let Some(id) = why.statement_v3 {
            let id = id.strip_prefix("MQTT3-").map(|rest| format!("MQTT-{rest}")).unwrap();
            assert!(known_3.contains(id.as_str()), "{id} of {happening:?}");
        }
    }
    assert!(cited > 50);
}

#[test]
fn whatever_happens_in_random_scenarios_has_a_why_and_every_packet_can_be_read() {
    for seed in 0..20 {
        let scenario = crate::generate::scenario(seed);
        let mut simulation = Simulation::new(scenario, SimulationLimits::default()).unwrap();
        let end = simulation.at(100_000);
        assert!(simulation.run_until(end, STEPS).reached);
        for happening in simulation.happened() {
            if let Happening::PacketSent(sent) = &happening {
                let fields = sent.fields().unwrap();
                let name = serde_json::to_value(&fields).unwrap()["packet"].clone();
                let name = name.as_str().unwrap().replace('_', "").to_uppercase();
                assert_eq!(name, sent.packet_type.unwrap().name());
            }
            let explained = matches!(
                happening,
                Happening::PacketSent(_)
                    | Happening::Broker(_)
                    | Happening::Client { .. }
                    | Happening::Timer(_)
            );
            assert_eq!(Why::of(&happening).is_some(), explained, "{happening:?}");
        }
    }
}

#[test]
fn random_scenarios_reach_every_kind_of_entry() {
    let mut kinds = BTreeSet::new();
    for seed in 0..40 {
        let scenario = crate::generate::scenario(seed);
        let mut simulation = Simulation::new(scenario, SimulationLimits::default()).unwrap();
        let end = simulation.at(400_000);
        assert!(simulation.run_until(end, STEPS).reached);
        for happening in simulation.happened() {
            let value = serde_json::to_value(&happening).unwrap();
            let text = |key: &str| value[key].as_str().map(str::to_owned);
            let refused = text("refused").unwrap_or_default();
            let event = text("event").unwrap_or_default();
            kinds.insert(text("entry").unwrap() + &event + &refused);
        }
    }
    for kind in [
        "commanded",
        "commandedclient_frozen",
        "commandednot_connected",
        "commandednot_held",
        "commandedpacket_unknown",
        "commandedcut_already",
        "commandednot_cut",
        "packet_sent",
        "packet_delivered",
        "packet_lost",
        "packet_held",
        "packet_released",
        "packet_delayed",
        "link_opened",
        "link_cut",
        "link_restored",
        "link_closed",
        "client",
        "timer",
        "persisted",
        "broker_stopped",
        "broker_started",
        "brokerconnected",
        "brokerdisconnected",
        "brokersession_started",
        "brokersession_ended",
        "brokerwill_published",
        "brokersubscribed",
        "brokerunsubscribed",
        "brokermessage_queued",
        "brokermessage_sent",
        "brokermessage_acknowledged",
        "brokermessage_dropped",
    ] {
        assert!(kinds.contains(kind), "{kind} in {kinds:?}");
    }
}
