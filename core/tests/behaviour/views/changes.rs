//! Changes: what a watcher is told since it last looked.

use afterlink_core::session::ClientIdentifier;

use crate::harness::*;

#[test]
fn a_watcher_is_told_only_of_sessions_that_changed_since_it_looked() {
    let mut world = World::new();
    let one = world.connect("one");
    let (two, _) = world.connect_kept(V5, "two");
    let page = world.broker.changed_since(0, 10);
    let names =
        |list: &[ClientIdentifier]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&page.changed), ["one", "two"]);
    assert!(!page.more && !page.missed);
    assert_eq!(world.broker.changed_since(page.revision, 10).changed, []);
    world.subscribe(two, "a", AtLeastOnce);
    let next = world.broker.changed_since(page.revision, 10);
    assert_eq!(names(&next.changed), ["two"]);
    // However long ago it changed before.
    world.subscribe(one, "a", AtLeastOnce);
    let then = world.broker.changed_since(next.revision, 10);
    assert_eq!(names(&then.changed), ["one"]);
    world.cut(one);
    let last = world.broker.changed_since(then.revision, 10);
    assert_eq!(names(&last.ended), ["one"]);
    assert_eq!(names(&last.changed), Vec::<String>::new());
    // One who looks for the first time is told of all that are there.
    assert_eq!(names(&world.broker.changed_since(0, 10).changed), ["two"]);
}

#[test]
fn a_watcher_is_told_of_a_session_that_expires_long_after_its_last_change() {
    let mut world = World::new();
    let (peer, _) = world.connect_kept(V5, "client");
    world.cut(peer);
    let page = world.broker.changed_since(0, 10);
    world.advance(3600);
    let next = world.broker.changed_since(page.revision, 10);
    assert_eq!(next.ended.iter().map(ToString::to_string).collect::<Vec<_>>(), ["client"]);
}

#[test]
fn changes_come_in_pages_that_lose_nothing() {
    let mut world = World::new();
    for number in 0..10 {
        let _ = world.connect_kept(V5, &format!("client-{number}"));
    }
    let mut seen = Vec::new();
    let mut revision = 0;
    loop {
        let page = world.broker.changed_since(revision, 3);
        seen.extend(page.changed.iter().map(ToString::to_string));
        revision = page.revision;
        if !page.more {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, (0..10).map(|number| format!("client-{number}")).collect::<Vec<_>>());
}

#[test]
fn a_watcher_that_missed_endings_is_told_so() {
    let mut world = World::new();
    let _first = world.connect("first");
    let ending = |world: &mut World| {
        let peer = world.connect("client");
        world.cut(peer);
        world.broker.changed_since(0, 10).revision
    };
    let missed = |from: u64, world: &World| {
        let mut looking = world.broker.clone();
        looking.changed_since(from, 10).missed
    };
    let first = ending(&mut world);
    let second = ending(&mut world);
    for _ in 0..1023 {
        ending(&mut world);
    }
    assert!(!missed(first, &world), "all that ended since is remembered");
    ending(&mut world);
    assert!(missed(first, &world));
    assert!(!missed(second, &world));
    assert!(!missed(0, &world), "one who looks for the first time has missed nothing");
}

#[test]
fn a_page_of_no_changes_leads_nowhere() {
    let mut world = World::new();
    let _peer = world.connect("client");
    let page = world.broker.changed_since(0, 0);
    assert!(page.more && page.changed.is_empty());
    assert_eq!(world.broker.changed_since(page.revision, 1).changed.len(), 1);
}
