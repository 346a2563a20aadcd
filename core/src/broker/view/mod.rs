//! Views: what can be seen of a broker, piece by piece.
//!
//! A view is a copy of plain data, made when it is asked for. Lists come in pages: a call costs a
//! step for each entry it gives and a search for where to begin, so that one who watches a large
//! broker never holds it up. Nothing here changes what the broker does.

mod message;
mod session;
mod totals;

pub use message::{InflightView, MessageView, QueueEntryView, RetainedView};
pub use session::{ConnectionState, ConnectionView, SessionView, SubscriptionView, WillView};
pub use totals::{GroupView, TimerView, Totals};
