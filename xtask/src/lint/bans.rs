//! All that the core must not ask for. Not part of xtask: clippy reads it as a crate of its own.
#![allow(dead_code, unused_must_use)]
#![warn(clippy::iter_over_hash_type)]

use std::collections::{HashMap, HashSet};

type Keyed = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

fn clock() {
    std::time::Instant::now(); // refused
    std::time::SystemTime::now(); // refused
}

fn threads() {
    std::thread::spawn(|| ()); // refused
    std::thread::scope(|_| ()); // refused
    std::thread::sleep(std::time::Duration::ZERO); // refused
}

fn environment() {
    std::env::args(); // refused
    std::env::var("NAME"); // refused
    std::env::vars(); // refused
    std::env::current_dir(); // refused
    std::process::Command::new("true"); // refused
}

fn outside_world() {
    std::net::TcpListener::bind("127.0.0.1:0"); // refused
    std::net::TcpStream::connect("127.0.0.1:0"); // refused
    std::net::UdpSocket::bind("127.0.0.1:0"); // refused
    std::fs::read("file"); // refused
    std::fs::File::open("file"); // refused
    std::io::stdout(); // refused
    println!("text"); // refused
    eprintln!("text"); // refused
}

fn unseeded() {
    HashMap::<u8, u8>::new(); // refused
    HashSet::<u8>::with_capacity(1); // refused
    std::hash::RandomState::new(); // refused
}

fn order_of_a_map(map: &mut HashMap<u8, u8, Keyed>) {
    map.iter(); // refused
    map.iter_mut(); // refused
    map.keys(); // refused
    map.values(); // refused
    map.values_mut(); // refused
    map.retain(|_, _| true); // refused
    map.drain(); // refused
    map.extract_if(|_, _| true); // refused
    map.clone().into_keys(); // refused
    map.clone().into_values(); // refused
    for _ in &*map {} // refused
}

fn order_of_a_set(set: &mut HashSet<u8, Keyed>) {
    set.iter(); // refused
    set.union(set); // refused
    set.intersection(set); // refused
    set.difference(set); // refused
    set.symmetric_difference(set); // refused
    set.retain(|_| true); // refused
    set.drain(); // refused
    set.extract_if(|_| true); // refused
    for _ in &*set {} // refused
}
