//! Keys of the tables in which the broker keeps its sessions, connections and share groups.

/// Declares a key: an index of one table, small and in the table's order.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl $name {
            /// The key of the entry at `index`.
            pub(crate) fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// The index in the table.
            pub(crate) const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

pub(crate) use key;
