//! The glue in Node: what a call of JavaScript gets when the engine itself is at fault.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

use std::cell::RefCell;
use std::rc::Rc;

use afterlink_wasm::{Simulation, default_settings, on_panic, panic_message};
use wasm_bindgen::prelude::{Closure, JsError, JsValue};
use wasm_bindgen::{JsCast as _, closure::WasmClosure};
use wasm_bindgen_test::wasm_bindgen_test;

/// The message of the `Error` that JavaScript would catch.
fn message<T>(outcome: Result<T, JsError>) -> String {
    let error = JsValue::from(outcome.err().expect("this has to be an error"));
    error.dyn_into::<js_sys::Error>().expect("an Error").message().into()
}

fn function<T: WasmClosure + ?Sized>(closure: &Closure<T>) -> js_sys::Function {
    closure.as_ref().unchecked_ref::<js_sys::Function>().clone()
}

#[wasm_bindgen_test]
fn a_panic_is_told_once_and_every_later_call_is_an_error_that_says_so() {
    let simulation = Simulation::from_text(r#"{"version": 1}"#).ok().unwrap();
    assert!(simulation.advance(1_000.0, 10).is_ok());
    assert_eq!(panic_message(), None);

    let heard = Rc::new(RefCell::new(Vec::new()));
    let hears = Rc::clone(&heard);
    let listener = Closure::<dyn FnMut(String)>::new(move |text| hears.borrow_mut().push(text));
    on_panic(function(&listener));
    let fault = Closure::<dyn FnMut()>::new(|| panic!("on purpose"));
    let attempt = js_sys::Function::new_with_args("f", "try { f() } catch (e) { return `${e}` }");
    let caught = attempt.call1(&JsValue::UNDEFINED, &function(&fault)).ok().unwrap();

    assert!(caught.is_string(), "the call itself ends in a trap");
    let heard = heard.borrow();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].contains("on purpose"), "{heard:?}");
    assert_eq!(panic_message().as_ref(), heard.first());
    for said in [
        message(simulation.advance(1.0, 10)),
        message(simulation.now()),
        message(simulation.copy()),
        message(Simulation::from_text(r#"{"version": 1}"#)),
    ] {
        assert!(said.starts_with("the engine has stopped for good after a fault: "), "{said}");
        assert!(said.contains("on purpose"), "{said}");
    }
    assert!(default_settings().is_ok(), "what holds no state goes on");
}
