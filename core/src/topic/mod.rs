//! Topic Names, Topic Filters, and the trees that match one against the other.
//!
//! A [`TopicName`], a [`TopicFilter`] or a [`SubscriptionFilter`] exists only if it is valid, so
//! nothing behind the parser has to doubt it. [`SubscriptionTree`] answers "which filters match
//! this topic", [`RetainedTree`] "which topics match this filter"; Topic Aliases stand for topics
//! on one connection.

pub mod alias;
mod error;
mod filter;
mod limits;
mod name;
mod retained;
mod subscription_filter;
mod text;
mod tree;

pub use error::TopicError;
pub use filter::TopicFilter;
pub use limits::TopicLimits;
pub use name::{TopicName, TopicNameRef};
pub use retained::{RetainedCursor, RetainedTree};
pub use subscription_filter::{ShareName, SubscriptionFilter};
pub use tree::SubscriptionTree;
