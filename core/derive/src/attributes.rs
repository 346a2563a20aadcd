//! What serde's attributes say, as far as it is implemented. Any other is an error that names it:
//! passed over, it would let a type be read otherwise than serde writes it.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, ExprPath, LitStr, Token, token};

/// What an attribute stands on.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// A struct whose fields have names.
    Struct,
    /// A struct around fields without names.
    Wrapper,
    Enum,
    Variant,
    NamedField,
    UnnamedField,
}

impl Place {
    /// The attributes that count there.
    const fn implemented(self) -> &'static [&'static str] {
        match self {
            Self::Struct => &["default", "deny_unknown_fields"],
            Self::Wrapper => &["transparent"],
            Self::Enum => &["deny_unknown_fields", "rename_all", "tag"],
            Self::Variant => &["rename"],
            Self::NamedField => &["default", "rename", "skip_serializing_if"],
            Self::UnnamedField => &[],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Struct => "a struct whose fields have names",
            Self::Wrapper => "a struct whose fields have no names",
            Self::Enum => "an enum",
            Self::Variant => "a variant",
            Self::NamedField => "a field",
            Self::UnnamedField => "a field without a name",
        }
    }
}

/// The attributes of a type, a variant or a field.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<Rule>,
    pub(crate) tag: Option<String>,
    pub(crate) default: Option<Default_>,
    pub(crate) deny_unknown_fields: bool,
}

/// What stands for something absent.
pub(crate) enum Default_ {
    /// What its type has for it.
    OfType,
    /// What a function gives.
    Function(ExprPath),
}

impl Attributes {
    pub(crate) fn of(attributes: &[Attribute], place: Place) -> syn::Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|it| it.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| found.add(&meta, place))?;
        }
        Ok(found)
    }

    fn add(&mut self, meta: &ParseNestedMeta<'_>, place: Place) -> syn::Result<()> {
        let name = meta.path.require_ident()?.to_string();
        if !place.implemented().contains(&name.as_str()) {
            let place = place.name();
            return Err(meta.error(format!("`serde({name})` is not implemented on {place}")));
        }
        if meta.input.peek(token::Paren) {
            return Err(meta.error(format!("`serde({name}(..))` is not implemented")));
        }
        let text = || meta.value()?.parse::<LitStr>();
        match name.as_str() {
            "rename" => self.rename = Some(text()?.value()),
            "rename_all" => {
                let rule = text()?.value();
                let unknown =
                    || meta.error(format!("`serde({name} = {rule:?})` is not implemented"));
                self.rename_all = Some(Rule::of(&rule).ok_or_else(unknown)?);
            }
            "tag" => self.tag = Some(text()?.value()),
            "default" if meta.input.peek(Token![=]) => {
                if matches!(place, Place::Struct) {
                    return Err(meta.error("`serde(default = ..)` is not implemented on a struct"));
                }
                self.default = Some(Default_::Function(text()?.parse()?));
            }
            "default" => self.default = Some(Default_::OfType),
            "deny_unknown_fields" => self.deny_unknown_fields = true,
            // This is about writing.
            "skip_serializing_if" => drop(text()?),
            // What is around one field is read as that field, whether it says so or not.
            _ => {}
        }
        Ok(())
    }
}

/// How the variants of an enum are called.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    SnakeCase,
    KebabCase,
    Lowercase,
    Uppercase,
}

impl Rule {
    fn of(name: &str) -> Option<Self> {
        match name {
            "snake_case" => Some(Self::SnakeCase),
            "kebab-case" => Some(Self::KebabCase),
            "lowercase" => Some(Self::Lowercase),
            "UPPERCASE" => Some(Self::Uppercase),
            _ => None,
        }
    }

    /// What it makes of the name of a variant.
    pub(crate) fn name(self, variant: &str) -> String {
        match self {
            Self::SnakeCase => apart(variant, '_'),
            Self::KebabCase => apart(variant, '-'),
            Self::Lowercase => variant.to_ascii_lowercase(),
            Self::Uppercase => variant.to_ascii_uppercase(),
        }
    }
}

/// The words of a name in capitals, in small letters and apart.
fn apart(name: &str, between: char) -> String {
    let mut text = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push(between);
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
