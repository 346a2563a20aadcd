//! The fields of a struct, and the variants of an enum.

use super::read::{Faults, Read, Source};
use super::{Value, ValueError};

/// The fields of a struct, which are taken in the order of their names.
pub struct Fields<'a> {
    /// The names of those that were not taken yet, with spaces in between.
    names: &'static str,
    found: &'a [(String, Value)],
    /// What a variant without names holds.
    nameless: Option<&'a Value>,
    faults: &'a Faults,
}

impl<'a> Fields<'a> {
    pub(super) fn of_struct(
        source: Source<'a>,
        expected: &str,
        names: &'static str,
        takes_others: bool,
    ) -> Self {
        let mut found: &[_] = &[];
        match source.value {
            Some(Value::Map(fields)) => found = fields,
            _ => source.refuse(expected),
        }
        let fields = Self { names, found, nameless: None, faults: source.faults };
        fields.check("", takes_others);
        fields
    }

    /// Looks for fields that are there twice, or are no fields; `tag` is one in any case.
    fn check(&self, tag: &str, takes_others: bool) {
        for (at, (name, _)) in self.found.iter().enumerate() {
            if name != tag && self.names.split(' ').all(|known| known != name) {
                if !takes_others {
                    return self.faults.add(ValueError::unknown("field", name, self.names));
                }
            } else if self.found.iter().take(at).any(|(other, _)| other == name) {
                return self.faults.add(ValueError::duplicate_field(name));
            }
        }
    }

    #[inline(never)]
    fn next(&mut self) -> Option<&'a Value> {
        if self.names.is_empty() {
            return self.nameless;
        }
        let (name, rest) = self.names.split_once(' ').unwrap_or((self.names, ""));
        self.names = rest;
        self.faults.set_absent(name);
        self.found.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    fn source(&mut self) -> Source<'a> {
        Source { value: self.next(), faults: self.faults }
    }

    /// The next field.
    pub(crate) fn read<T: Read>(&mut self) -> T {
        T::read(self.source())
    }

    /// The next field, or `default` for one that is absent.
    pub(crate) fn read_or<T: Read>(&mut self, default: T) -> T {
        let mut value = default;
        self.replace(&mut value);
        value
    }

    /// The next field, or what its type has for one that is absent.
    pub(crate) fn read_or_default<T: Read + Default>(&mut self) -> T {
        let source = self.source();
        if source.is_absent() { T::default() } else { T::read(source) }
    }

    /// The next field in place of its default, if it is not absent.
    pub(crate) fn replace<T: Read>(&mut self, value: &mut T) {
        let source = self.source();
        if !source.is_absent() {
            *value = T::read(source);
        }
    }
}

/// A variant of an enum: `name` if it holds nothing, `name:` and the names of its fields with
/// spaces in between, or `name=` if it holds a value.
type Shape = &'static str;

impl<'a> Source<'a> {
    /// Which of these variants, with semicolons in between, a text names.
    #[inline(never)]
    pub(crate) fn word(self, variants: &'static str) -> usize {
        self.variant(variants, true).0
    }

    /// Which of these variants a value is, and its fields: the name of the variant, or a map from
    /// that to what it holds.
    #[inline(never)]
    pub(crate) fn variant(self, variants: &'static str, takes_others: bool) -> (usize, Fields<'a>) {
        let (name, contents) = match self.value {
            Some(Value::Text(name)) => (name.as_str(), None),
            Some(Value::Map(fields)) if let [(name, contents)] = fields.as_slice() => {
                (name.as_str(), Some(contents))
            }
            Some(_) | None => {
                self.refuse("string or map");
                ("", None)
            }
        };
        let (place, shape) = self.find(name, variants);
        let contents = self.with(contents);
        let fields = match shape.split_once(':') {
            Some((_, names)) => Fields::of_struct(contents, "struct variant", names, takes_others),
            None => {
                if !shape.ends_with('=') && !matches!(contents.value, None | Some(Value::Null)) {
                    contents.refuse("unit variant");
                }
                let (nameless, faults) = (contents.value, self.faults);
                Fields { names: "", found: &[], nameless, faults }
            }
        };
        (place, fields)
    }

    /// Which of these variants a map is, whose field `tag` names it, and its fields.
    #[inline(never)]
    pub(crate) fn tagged_variant(
        self,
        tag: &'static str,
        variants: &'static str,
        takes_others: bool,
    ) -> (usize, Fields<'a>) {
        let mut fields =
            Fields::of_struct(self, "map with a field that says what it is", tag, true);
        let name = fields.read_name();
        let (place, shape) = self.find(name, variants);
        // As serde has it, which looks at no field but the tag of a variant that holds nothing.
        if let Some((_, names)) = shape.split_once(':') {
            fields.names = names;
            fields.check(tag, takes_others);
        }
        (place, fields)
    }

    /// The place and the shape of the variant `name`.
    fn find(self, name: &str, variants: &'static str) -> (usize, Shape) {
        let own = |shape: &'static str| shape.split([':', '=']).next().unwrap_or_default();
        let mut shapes = variants.split(';').enumerate();
        shapes.find(|(_, shape)| own(shape) == name).unwrap_or_else(|| {
            if self.faults.is_told() {
                return (0, "");
            }
            let mut known = String::new();
            for shape in variants.split(';') {
                known.push_str(if known.is_empty() { "" } else { " " });
                known.push_str(own(shape));
            }
            self.faults.add(ValueError::unknown("variant", name, &known));
            (0, "")
        })
    }
}

impl<'a> Fields<'a> {
    fn read_name(&mut self) -> &'a str {
        self.source().text()
    }
}
