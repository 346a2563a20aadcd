//! Values on their way between JavaScript and the core.

use afterlink_core::Timestamp;
use js_sys::JSON;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use tsify::{Ts, Tsify};
use wasm_bindgen::{JsCast, JsError, JsValue};

/// What a call of JavaScript gets.
pub(crate) type Outcome<T> = Result<T, JsError>;

/// A number that JavaScript counts to exactly is at most this.
const NUMBER_MAX: f64 = 9_007_199_254_740_991.0;

/// A type of the core that has a declaration in TypeScript.
pub(crate) trait Shown {
    /// The copy that was turned into it.
    type Copy: Tsify;
}

/// The value of one of the core's types, under its own name in TypeScript.
pub(crate) fn show<T: Shown + Serialize>(value: &T) -> Outcome<Ts<T::Copy>> {
    Ok(Ts::new_unchecked(value.serialize(&Serializer::new())?))
}

/// The value as JSON text: absent is `null`, as in a file written by the core.
pub(crate) fn write<T: Serialize>(value: &T) -> Outcome<String> {
    let value = value.serialize(&Serializer::json_compatible())?;
    let text = JSON::stringify(&value).map_err(|error| thrown(&error))?;
    Ok(text.into())
}

/// The JSON text of a value of JavaScript. It is read as a file is, so that it is held to the
/// same, whatever object it is.
pub(crate) fn text<T: Tsify>(value: &Ts<T>) -> Outcome<String> {
    let text = JSON::stringify(&value.js_value()).map_err(|error| thrown(&error))?;
    text.as_string().ok_or_else(|| JsError::new("there is no value"))
}

/// A whole number of JavaScript. `what` names it in the error.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are checked")]
pub(crate) fn number(what: &str, value: f64) -> Outcome<u64> {
    if value.fract() == 0.0 && (0.0..=NUMBER_MAX).contains(&value) {
        Ok(value as u64)
    } else {
        let error = format!("{what} has to be a whole number from 0 to {NUMBER_MAX}, not {value}");
        Err(JsError::new(&error))
    }
}

/// A moment of JavaScript, in milliseconds since the Unix epoch.
pub(crate) fn moment(what: &str, value: f64) -> Outcome<Timestamp> {
    number(what, value).map(Timestamp::from_millis)
}

/// A number that is no more than JavaScript can count to; one beyond is as good as endless.
#[allow(clippy::cast_precision_loss, reason = "what is not exact is cut off")]
pub(crate) fn shown_number(value: u64) -> f64 {
    (value as f64).min(NUMBER_MAX)
}

/// The error of something that JavaScript threw.
pub(crate) fn thrown(value: &JsValue) -> JsError {
    match value.dyn_ref::<js_sys::Error>() {
        Some(error) => JsError::new(&String::from(error.message())),
        None => JsError::new("JavaScript threw what is no Error"),
    }
}
