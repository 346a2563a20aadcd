//! Links that are cut and restored, and who notices.

use afterlink_core::broker::{Event, SessionEnd, TimerReason};
use afterlink_core::client::{ClientEvent, DisconnectCause};
use afterlink_core::codec::PacketType::{PingReq, Publish};
use afterlink_core::codec::QoS::{AtLeastOnce, ExactlyOnce};
use afterlink_core::sim::Direction::{ToBroker, ToClient};
use afterlink_core::sim::{
    CloseCause, Command, CommandRefusal, Fate, Happening, LossCause, NoticedBy, Side, Simulation,
    TimerFired,
};

use super::{DELIVERED, cut, pair, received};
use crate::support::{Play, clean, connect, persistent, publish, simulation, subscribe};

#[test]
fn a_cut_that_nobody_notices_is_noticed_by_keep_alive_alone() {
    let mut subscriber = persistent("S");
    subscriber.config.keep_alive = 10;
    let mut simulation = simulation(vec![subscriber, clean("P")]);
    simulation.play(connect("S"));
    simulation.play(connect("P"));
    simulation.play(subscribe("S", "a", AtLeastOnce));
    simulation.now(cut("S", NoticedBy::Nobody));
    // The broker goes on sending into the dead link.
    simulation.play(publish("P", "a", "m", AtLeastOnce));
    assert_eq!(simulation.packets("S", ToClient, Publish), [None]);
    let is_held = |simulation: &Simulation| {
        simulation.world().broker().unwrap().session("s").unwrap().connection.is_some()
    };
    // SUBSCRIBE reached the broker at 2 050 ms; 1.5 times 10 s later it has waited enough.
    let noticed = 2_050 + 15_000;
    simulation.pass(noticed - 1 - simulation.elapsed());
    assert!(is_held(&simulation));
    simulation.pass(1);
    assert!(!is_held(&simulation));
    let fired = simulation.happened().into_iter().find_map(|what| match what {
        Happening::Timer(TimerFired::Broker {
            due_at,
            reason: TimerReason::KeepAlive { client_identifier, .. },
        }) => Some((due_at, client_identifier.as_str().to_owned())),
        _ => None,
    });
    assert_eq!(fired, Some((simulation.at(noticed), "s".to_owned())));
    // The client found out by itself: no PINGRESP came.
    simulation.pass(30_000);
    assert_eq!(simulation.packets("S", ToBroker, PingReq).len(), 1);
    assert!(simulation.happened().iter().any(|what| matches!(
        what,
        Happening::Client {
            event: ClientEvent::Disconnected(DisconnectCause::PingRespOverdue),
            ..
        }
    )));
    assert!(simulation.world().link_views().iter().all(|link| link.client != "S"));
}

#[test]
fn a_cut_that_both_notice_ends_both_sides_and_loses_what_was_in_flight() {
    let mut simulation = pair();
    simulation.now(publish("P", "a", "m", AtLeastOnce));
    simulation.now(cut("P", NoticedBy::Both));
    let lost = Some(Fate::Lost(LossCause::Cut));
    assert_eq!(simulation.packets("P", ToBroker, Publish), [lost]);
    let sides = simulation.happened().into_iter().filter_map(|what| match what {
        Happening::LinkClosed { side, cause: CloseCause::Cut, .. } => Some(side),
        _ => None,
    });
    assert_eq!(sides.collect::<Vec<_>>(), [Side::Client, Side::Broker]);
    // P's session had an expiry interval of 0.
    assert!(simulation.happened().iter().any(|what| matches!(
        what,
        Happening::Broker(Event::SessionEnded { reason: SessionEnd::ConnectionEnded, .. })
    )));
}

#[test]
fn what_was_stuck_on_a_cut_link_goes_on_when_it_is_restored_in_time() {
    let mut simulation = pair();
    simulation.now(cut("S", NoticedBy::Nobody));
    simulation.play(publish("P", "a", "m", ExactlyOnce));
    assert_eq!(simulation.packets("S", ToClient, Publish), [None]);
    simulation.play(Command::Restore { client: "S".to_owned() });
    assert_eq!(simulation.packets("S", ToClient, Publish), [DELIVERED]);
    assert_eq!(received(&simulation, "S"), (1, 0));
    let refusal = simulation.now(Command::Restore { client: "S".to_owned() });
    assert_eq!(refusal, Some(CommandRefusal::NotCut));
}

#[test]
fn a_side_that_did_not_notice_a_cut_learns_of_it_when_the_link_is_restored() {
    for noticed_by in [NoticedBy::Client, NoticedBy::Broker] {
        let mut simulation = pair();
        simulation.play(cut("S", noticed_by));
        let holds = |simulation: &Simulation| {
            let links = simulation.world().link_views();
            links.iter().find(|l| l.client == "S").map(|l| (l.client_holds, l.broker_holds))
        };
        let by_client = noticed_by == NoticedBy::Client;
        assert_eq!(holds(&simulation), Some((!by_client, by_client)));
        simulation.play(Command::Restore { client: "S".to_owned() });
        assert_eq!(holds(&simulation), None, "{noticed_by:?}");
    }
}

#[test]
fn a_client_that_returns_while_the_broker_holds_the_old_connection_takes_over() {
    let mut simulation = pair();
    simulation.play(cut("S", NoticedBy::Client));
    simulation.play(connect("S"));
    let broker = simulation.world().broker().unwrap();
    assert!(broker.session("s").unwrap().connection.is_some());
    assert_eq!(broker.totals().connections, 2);
    assert!(simulation.world().link_views().iter().all(|link| link.client_holds));
}
