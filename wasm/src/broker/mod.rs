//! The class `Engine`: a broker, what it is told, and what it asks for.

mod outputs;
pub mod page;
mod views;

use core::fmt;
use std::cell::RefCell;

use afterlink_core::Broker;
use afterlink_core::broker::{
    AuthenticationVerdict, Command, Config, ConnectionId, Input, Records,
};
use afterlink_core::codec::QoS;
use afterlink_core::topic::TopicNameRef;
use tsify::Ts;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Outcome, moment, number, shown_number, text};
use crate::lists::page as shown;
use crate::{panic, read, types};
use outputs::Outputs;
use page::{AuthenticationRequests, Events};

/// Bytes of the seed.
const SEED_BYTES: usize = 32;

/// Bytes told to the broker at a time. Its outputs are gathered in between: what the messages in
/// these bytes become for all their receivers is in memory at once.
const TOLD_BYTES: usize = 4 * 1024;

/// A broker that is driven from JavaScript: it is told what has happened and when, and asked what
/// is to be done.
///
/// Every method throws an `Error` for what is wrong.
// All methods share it, and what they change is in a cell: a call that ended in a trap would else
// leave it locked, and the next one would not come to the point of saying why.
#[wasm_bindgen]
pub struct Engine {
    state: RefCell<State>,
}

struct State {
    broker: Broker,
    outputs: Outputs,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

#[wasm_bindgen]
impl Engine {
    /// A broker with no sessions. What the settings leave out has its default. The seed is 32
    /// bytes that nobody can foresee.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &Ts<types::Config>, seed: &[u8], now: f64) -> Outcome<Self> {
        panic::check()?;
        let config: Config = read::told(&text(config)?)?;
        if config.records != Records::Off {
            return Err(JsError::new("`records` has to be \"off\": nothing is stored here"));
        }
        let seed: [u8; SEED_BYTES] = seed.try_into().map_err(|_| {
            JsError::new(&format!("the seed has {} bytes, not {SEED_BYTES}", seed.len()))
        })?;
        let broker = Broker::new(config, seed, moment("now", now)?);
        Ok(Self { state: RefCell::new(State { broker, outputs: Outputs::default() }) })
    }

    /// A network connection is there; `sendCredit` bytes can be held for it.
    pub fn opened(&self, now: f64, connection: f64, send_credit: u32) -> Outcome<()> {
        let connection = name(connection)?;
        self.tell(now, Input::Opened { connection, send_credit, address: None })
    }

    /// A peer sent bytes.
    pub fn received(&self, now: f64, connection: f64, bytes: &[u8]) -> Outcome<()> {
        let (now, connection) = (moment("now", now)?, name(connection)?);
        self.change(|state| {
            for bytes in bytes.chunks(TOLD_BYTES) {
                state.broker.handle_input(now, Input::Received { connection, bytes });
                state.outputs.gather(&mut state.broker);
            }
            Ok(())
        })
    }

    /// Bytes that were handed out for a connection have left.
    pub fn flushed(&self, now: f64, connection: f64, len: u32) -> Outcome<()> {
        self.tell(now, Input::Flushed { connection: name(connection)?, len })
    }

    /// A network connection is gone.
    pub fn closed(&self, now: f64, connection: f64) -> Outcome<()> {
        self.tell(now, Input::Closed { connection: name(connection)? })
    }

    /// The answer to an authentication request.
    pub fn authenticated(
        &self,
        now: f64,
        connection: f64,
        verdict: &Ts<types::AuthenticationVerdict>,
    ) -> Outcome<()> {
        let verdict: AuthenticationVerdict = read::told(&text(verdict)?)?;
        self.tell(now, Input::Authenticated { connection: name(connection)?, verdict })
    }

    /// An operator's wish.
    pub fn command(&self, now: f64, command: &Ts<types::OperatorCommand>) -> Outcome<()> {
        let command: Command = read::told(&text(command)?)?;
        self.tell(now, Input::Command(command))
    }

    /// Publishes in the broker's own name: the command of that name, with a payload of bytes.
    pub fn publish(
        &self,
        now: f64,
        topic: String,
        payload: Vec<u8>,
        qos: u8,
        retain: bool,
        message_expiry_interval: Option<u32>,
    ) -> Outcome<()> {
        self.look(|broker| {
            TopicNameRef::parse(&topic, &broker.config().limits.topic())?;
            Ok(())
        })?;
        let Some(qos) = QoS::from_bits(qos) else {
            return Err(JsError::new(&format!("QoS {qos} is none of 0, 1 and 2")));
        };
        let command = Command::Publish { topic, payload, qos, retain, message_expiry_interval };
        self.tell(now, Input::Command(command))
    }

    /// From now on these events are told.
    pub fn observe(&self, now: f64, filter: &Ts<types::EventFilter>) -> Outcome<()> {
        let filter = read::told(&text(filter)?)?;
        self.tell(now, Input::Observe { filter })
    }

    /// Time has come.
    pub fn timeout(&self, now: f64) -> Outcome<()> {
        self.tell(now, Input::Timeout)
    }

    /// When to tell that time has come; `undefined` if nothing is waited for.
    #[wasm_bindgen(js_name = nextTimeout)]
    pub fn next_timeout(&self) -> Outcome<Option<f64>> {
        self.look(|broker| Ok(broker.next_timeout().map(|at| shown_number(at.as_millis()))))
    }

    /// What is to be done for connections, all of one beside each other: for each its name in 8
    /// bytes as a float, flags in 4 and the length in 4 bytes as integers, all little-endian,
    /// then the bytes to send. Flags: 1 stop reading, 2 read again, 4 close after sending.
    /// `undefined` if nothing is left; ask again until then.
    #[wasm_bindgen(js_name = takeOutputs)]
    pub fn take_outputs(&self) -> Outcome<Option<Vec<u8>>> {
        self.change(|state| {
            state.outputs.gather(&mut state.broker);
            Ok(state.outputs.take())
        })
    }

    /// The events that `takeOutputs` came by, in order.
    #[wasm_bindgen(js_name = takeEvents)]
    pub fn take_events(&self) -> Outcome<Ts<Events>> {
        self.change(|state| shown(&Events(state.outputs.take_events())))
    }

    /// The authentication requests that `takeOutputs` came by, in order.
    #[wasm_bindgen(js_name = takeAuthenticationRequests)]
    pub fn take_authentication_requests(&self) -> Outcome<Ts<AuthenticationRequests>> {
        self.change(|state| shown(&AuthenticationRequests(state.outputs.take_requests())))
    }
}

impl Engine {
    fn tell(&self, now: f64, input: Input<'_>) -> Outcome<()> {
        let now = moment("now", now)?;
        self.change(|state| {
            state.broker.handle_input(now, input);
            Ok(())
        })
    }

    fn look<T>(&self, look: impl FnOnce(&Broker) -> Outcome<T>) -> Outcome<T> {
        panic::check()?;
        look(&self.state.try_borrow().map_err(|_| busy())?.broker)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> Outcome<T>) -> Outcome<T> {
        panic::check()?;
        change(&mut *self.state.try_borrow_mut().map_err(|_| busy())?)
    }
}

fn name(connection: f64) -> Outcome<ConnectionId> {
    number("connection", connection).map(ConnectionId)
}

/// A call that ended in a trap left it so.
fn busy() -> JsError {
    JsError::new("an earlier call of this engine has not ended")
}
