//! The declarations of the core's types, copied from its source by `build.rs` for TypeScript.
#![allow(dead_code, reason = "only their declarations are used: values are the core's own")]
#![allow(unreachable_pub, unnameable_types, reason = "only the derive looks at them")]
#![allow(clippy::all, clippy::use_self, reason = "the core is looked at where it stands")]
#![allow(rustdoc::all, reason = "their texts were written for another place")]

include!(concat!(env!("OUT_DIR"), "/types.rs"));
