//! Types from values.

use core::cell::{Cell, OnceCell};
use core::num::{NonZeroU16, NonZeroU32};

pub use afterlink_core_derive::Read;

use super::fields::Fields;
use super::{Value, ValueError};

/// What can be read from a [`Value`].
///
/// Reading does not end where something is wrong: the first fault is kept, and what is read means
/// nothing then. So no reader has a way out in the middle, which would be most of its code.
pub trait Read: Sized {
    /// Reads it.
    fn read(source: Source<'_>) -> Self;
}

/// Reads a value as a type.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub fn read<T: Read>(value: &Value) -> Result<T, ValueError> {
    let faults = Faults::default();
    let read = T::read(Source { value: Some(value), faults: &faults });
    match faults.first.into_inner() {
        None => Ok(read),
        Some(fault) => Err(fault),
    }
}

/// What is wrong with what is read.
#[derive(Default)]
pub(super) struct Faults {
    first: OnceCell<ValueError>,
    /// The field that was looked for last and is absent.
    absent: Cell<&'static str>,
}

impl Faults {
    pub(super) fn set_absent(&self, name: &'static str) {
        self.absent.set(name);
    }

    /// Whether there is one: whatever else is wrong is not told any more.
    pub(super) fn is_told(&self) -> bool {
        self.first.get().is_some()
    }

    #[cold]
    pub(super) fn add(&self, fault: ValueError) {
        // The first one stays.
        let _ = self.first.set(fault);
    }
}

/// What something is read from: a value, or a field that is absent.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub(super) value: Option<&'a Value>,
    pub(super) faults: &'a Faults,
}

impl<'a> Source<'a> {
    pub(super) fn with(self, value: Option<&'a Value>) -> Self {
        Self { value, ..self }
    }

    /// What there is.
    pub(crate) fn value(self) -> Option<&'a Value> {
        self.value
    }

    pub(super) fn is_absent(self) -> bool {
        self.value.is_none()
    }

    /// Says that something else was expected.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuse(self, expected: &str) {
        if self.faults.is_told() {
            return;
        }
        self.faults.add(match self.value {
            Some(value) => ValueError::unexpected(value, expected),
            None => ValueError::missing_field(self.faults.absent.get()),
        });
    }

    /// Says what is wrong.
    #[cold]
    #[inline(never)]
    pub(crate) fn fault(self, words: &dyn core::fmt::Display) {
        self.faults.add(ValueError::new(format_args!("{words}")));
    }

    /// A number from 0 to `max`.
    #[inline(never)]
    pub(crate) fn unsigned(self, max: u64, expected: &str) -> u64 {
        match self.value {
            Some(Value::Unsigned(value)) if *value <= max => return *value,
            Some(found @ (Value::Unsigned(_) | Value::Negative(_))) if !self.faults.is_told() => {
                self.faults.add(ValueError::out_of_range(found, expected));
            }
            Some(_) | None => self.refuse(expected),
        }
        0
    }

    /// A text.
    #[inline(never)]
    pub(crate) fn text(self) -> &'a str {
        if let Some(Value::Text(text)) = self.value {
            return text;
        }
        self.refuse("a string");
        ""
    }

    /// The elements of a list.
    #[inline(never)]
    pub(crate) fn list(self, expected: &str) -> &'a [Value] {
        if let Some(Value::List(values)) = self.value {
            return values;
        }
        self.refuse(expected);
        &[]
    }

    /// The fields of a struct with these names, with spaces in between.
    #[inline(never)]
    pub(crate) fn fields(
        self,
        expected: &str,
        names: &'static str,
        takes_others: bool,
    ) -> Fields<'a> {
        Fields::of_struct(self, expected, names, takes_others)
    }
}

impl Read for bool {
    #[inline(never)]
    fn read(source: Source<'_>) -> Self {
        if let Some(Value::Bool(value)) = source.value {
            return *value;
        }
        source.refuse("a boolean");
        false
    }
}

/// Whole numbers from 0 on.
macro_rules! unsigned {
    ($($name:ident)*) => {$(
        impl Read for $name {
            fn read(source: Source<'_>) -> Self {
                // The largest number there is fits into 64 bits, and no larger one is given back.
                source.unsigned(Self::MAX as u64, stringify!($name)) as Self
            }
        }
    )*};
}

unsigned! { u8 u16 u32 u64 usize }

macro_rules! non_zero {
    ($($name:ident $words:literal)*) => {$(
        impl Read for $name {
            fn read(source: Source<'_>) -> Self {
                Self::new(Read::read(source)).unwrap_or_else(|| {
                    source.refuse($words);
                    Self::MIN
                })
            }
        }
    )*};
}

non_zero! { NonZeroU16 "a nonzero u16" NonZeroU32 "a nonzero u32" }

impl Read for String {
    #[inline(never)]
    fn read(source: Source<'_>) -> Self {
        source.text().to_owned()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(source: Source<'_>) -> Self {
        match source.value {
            None | Some(Value::Null) => None,
            Some(_) => Some(T::read(source)),
        }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(source: Source<'_>) -> Self {
        Self::new(T::read(source))
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(source: Source<'_>) -> Self {
        let values = source.list("a sequence");
        let mut read = Self::with_capacity(values.len());
        for value in values {
            // A long list of what is wrong would be built of what stands in for it.
            if source.faults.is_told() {
                break;
            }
            read.push(T::read(source.with(Some(value))));
        }
        read
    }
}

impl<T: Read, U: Read> Read for (T, U) {
    fn read(source: Source<'_>) -> Self {
        let expected = "a tuple of size 2";
        let values = source.list(expected);
        if values.len() != 2 {
            source.faults.add(ValueError::wrong_length(values.len(), expected));
        }
        (T::read(source.with(values.first())), U::read(source.with(values.get(1))))
    }
}
