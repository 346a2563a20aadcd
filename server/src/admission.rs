//! Who gets a connection at all: caps that hold from accept on, before a byte is read.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts network connections of all listeners.
///
/// The broker counts its own connections by the same limits; this count holds for those that do
/// not speak MQTT yet, or never will.
#[derive(Debug)]
pub(crate) struct Admission {
    connections_max: u32,
    connections_per_address_max: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: u32,
    by_address: HashMap<IpAddr, u32>,
}

/// One connection that was let in; it is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    address: IpAddr,
}

/// Why a connection was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are `connections_max` already.
    Connections,
    /// There are `connections_per_address_max` from this address already.
    Address,
}

impl Admission {
    pub(crate) fn new(connections_max: u32, connections_per_address_max: u32) -> Arc<Self> {
        let counts = Mutex::new(Counts::default());
        Arc::new(Self { connections_max, connections_per_address_max, counts })
    }

    /// Lets a connection from `address` in, unless a cap is reached.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Permit, Refused> {
        // `::ffff:10.0.0.7` is 10.0.0.7.
        let address = address.to_canonical();
        let mut counts = self.counts();
        if counts.all >= self.connections_max {
            return Err(Refused::Connections);
        }
        if !address.is_loopback() {
            let count = counts.by_address.entry(address).or_insert(0);
            if *count >= self.connections_per_address_max {
                return Err(Refused::Address);
            }
            *count += 1;
        }
        counts.all += 1;
        Ok(Permit { admission: Arc::clone(self), address })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counts are changed by nothing that can panic in between.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.all -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOREIGN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn the_cap_on_all_connections_holds_and_frees() {
        let admission = Admission::new(2, 10);
        let first = admission.admit(LOOPBACK).expect("one of two");
        let _second = admission.admit(FOREIGN).expect("two of two");
        assert_eq!(admission.admit(LOOPBACK).err(), Some(Refused::Connections));
        drop(first);
        assert!(admission.admit(LOOPBACK).is_ok());
    }

    #[test]
    fn the_cap_on_an_address_holds_for_it_alone() {
        let admission = Admission::new(100, 2);
        let first = admission.admit(FOREIGN).expect("one of two");
        let _second = admission.admit(FOREIGN).expect("two of two");
        assert_eq!(admission.admit(FOREIGN).err(), Some(Refused::Address));
        assert!(admission.admit(IpAddr::from([192, 0, 2, 8])).is_ok());
        drop(first);
        assert!(admission.admit(FOREIGN).is_ok());
    }

    #[test]
    fn loopback_is_exempt_from_the_cap_on_an_address() {
        let admission = Admission::new(100, 1);
        let permits: Vec<_> = (0..5).map(|_| admission.admit(LOOPBACK)).collect();
        assert!(permits.iter().all(Result::is_ok));
    }

    #[test]
    fn an_address_written_in_two_ways_is_one() {
        let admission = Admission::new(100, 1);
        let _first = admission.admit(FOREIGN).expect("one of one");
        let mapped = IpAddr::V6(std::net::Ipv4Addr::new(192, 0, 2, 7).to_ipv6_mapped());
        assert_eq!(admission.admit(mapped).err(), Some(Refused::Address));
    }

    #[test]
    fn nothing_is_left_when_all_have_gone() {
        let admission = Admission::new(100, 100);
        drop((0..10).map(|_| admission.admit(FOREIGN)).collect::<Vec<_>>());
        let counts = admission.counts();
        assert_eq!((counts.all, counts.by_address.len()), (0, 0));
    }
}
