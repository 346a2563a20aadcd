//! Panics: said once, in words, and not served afterwards.
//!
//! A panic ends a call in the middle, and a World that is half changed must not be looked at. In
//! WebAssembly the call ends in a trap whose error has no message; the message is told before.

use std::cell::RefCell;
use std::panic::PanicHookInfo;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::Outcome;

thread_local! {
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `listener` with the message of a panic, before the call that met it ends in a trap.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(
    #[wasm_bindgen(unchecked_param_type = "(message: string) => void")] listener: Function,
) {
    LISTENER.with_borrow_mut(|known| *known = Some(listener));
    listen();
}

/// The message of the panic after which nothing works any more; `undefined` as long as all is
/// well.
#[wasm_bindgen(js_name = panicMessage)]
#[must_use]
pub fn panic_message() -> Option<String> {
    MESSAGE.with_borrow(Clone::clone)
}

/// An error once there was a panic.
pub(crate) fn check() -> Outcome<()> {
    match panic_message() {
        None => Ok(()),
        Some(message) => {
            let error = format!("the engine has stopped for good after a fault: {message}");
            Err(wasm_bindgen::JsError::new(&error))
        }
    }
}

#[wasm_bindgen(start, skip_typescript)]
fn listen() {
    std::panic::set_hook(Box::new(tell));
}

/// Keeps the message of a panic and tells it.
fn tell(info: &PanicHookInfo<'_>) {
    let message = info.to_string();
    MESSAGE.with_borrow_mut(|known| *known = Some(message.clone()));
    LISTENER.with_borrow(|listener| {
        if let Some(listener) = listener {
            // A listener that throws has been told all the same.
            drop(listener.call1(&JsValue::UNDEFINED, &JsValue::from_str(&message)));
        }
    });
}
