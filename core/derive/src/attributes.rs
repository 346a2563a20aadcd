//! What serde's attributes say.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, ExprPath, LitStr};

/// The attributes of a type, a variant or a field.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) default: Option<Default_>,
    pub(crate) deny_unknown_fields: bool,
    pub(crate) transparent: bool,
}

/// What stands for something absent.
pub(crate) enum Default_ {
    /// What its type has for it.
    OfType,
    /// What a function gives.
    Function(ExprPath),
}

impl Attributes {
    pub(crate) fn of(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|it| it.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| found.add(&meta))?;
        }
        Ok(found)
    }

    fn add(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let text = || meta.value()?.parse::<LitStr>();
        let name = meta.path.require_ident()?.to_string();
        match name.as_str() {
            "rename" => self.rename = Some(text()?.value()),
            "rename_all" => self.rename_all = Some(text()?.value()),
            "tag" => self.tag = Some(text()?.value()),
            "default" if meta.input.peek(syn::Token![=]) => {
                self.default = Some(Default_::Function(text()?.parse()?));
            }
            "default" => self.default = Some(Default_::OfType),
            "deny_unknown_fields" => self.deny_unknown_fields = true,
            "transparent" => self.transparent = true,
            // This is about writing.
            "skip_serializing_if" => drop(text()?),
            _ => return Err(meta.error("nothing is known about reading this")),
        }
        Ok(())
    }

    /// What the variant `name` is called, by itself or by the rule of its enum.
    pub(crate) fn name_of_variant(&self, name: &str, rule: Option<&str>) -> Result<String, String> {
        if let Some(own) = &self.rename {
            return Ok(own.clone());
        }
        match rule {
            None => Ok(name.to_owned()),
            Some("snake_case") => Ok(apart(name, '_')),
            Some("kebab-case") => Ok(apart(name, '-')),
            Some("lowercase") => Ok(name.to_ascii_lowercase()),
            Some("UPPERCASE") => Ok(name.to_ascii_uppercase()),
            Some(other) => Err(format!("no rule `{other}` is known")),
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
