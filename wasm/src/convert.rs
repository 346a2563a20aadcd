//! Values on their way between JavaScript and the core.

use afterlink_core::Timestamp;
use js_sys::JSON;
use serde::Serialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::{JsCast, JsError, JsValue};

use crate::json::{self, Style};

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
    Ok(Ts::new_unchecked(make(value)?))
}

/// The value in JavaScript.
pub(crate) fn make<T: Serialize>(value: &T) -> Outcome<JsValue> {
    let mut text = String::new();
    json::write(value, Style::Shown, &mut text)?;
    JSON::parse(&text).map_err(|error| thrown(&error))
}

/// Writes the value as JSON text, as in a file written by the core.
#[cfg(feature = "simulator")]
pub(crate) fn write<T: Serialize>(value: &T, text: &mut String) -> Outcome<()> {
    Ok(json::write(value, Style::File, text)?)
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
        // JavaScript writes it: the same in Rust would be some thousand bytes of code.
        let found = js_sys::Number::from(value).to_string_with_radix(10).map(String::from);
        let found = found.map_err(|error| thrown(&error))?;
        let max = NUMBER_MAX as u64;
        Err(JsError::new(&format!("{what} has to be a whole number from 0 to {max}, not {found}")))
    }
}

/// The same, where there may be none.
pub(crate) fn optional(what: &str, value: Option<f64>) -> Outcome<Option<u64>> {
    value.map(|value| number(what, value)).transpose()
}

/// How many entries a list may have.
pub(crate) fn entries(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
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
