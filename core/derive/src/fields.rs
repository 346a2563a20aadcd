//! The fields of a struct or variant.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Field, Fields, FieldsUnnamed, Ident};

use crate::attributes::{Attributes, Default_, Place};

/// A field that has a name.
pub(crate) struct NamedField<'a> {
    /// In the code.
    pub(crate) ident: &'a Ident,
    /// In the format.
    pub(crate) name: String,
    /// What stands for it where it is absent.
    pub(crate) default: Option<Default_>,
}

/// The fields of a struct or variant, all of which have names.
pub(crate) fn named(fields: &Fields) -> syn::Result<Vec<NamedField<'_>>> {
    fields.iter().map(NamedField::new).collect()
}

/// Looks into the attributes of fields without names, of which none counts.
pub(crate) fn unnamed(fields: &FieldsUnnamed) -> syn::Result<()> {
    for field in &fields.unnamed {
        Attributes::of(&field.attrs, Place::UnnamedField)?;
    }
    Ok(())
}

/// Their names as one text.
pub(crate) fn names(fields: &[NamedField<'_>]) -> String {
    fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(" ")
}

impl<'a> NamedField<'a> {
    fn new(field: &'a Field) -> syn::Result<Self> {
        let attributes = Attributes::of(&field.attrs, Place::NamedField)?;
        let ident = field.ident.as_ref();
        let ident = ident.ok_or_else(|| syn::Error::new_spanned(field, "it has no name"))?;
        let name = attributes.rename.unwrap_or_else(|| ident.to_string());
        Ok(Self { ident, name, default: attributes.default })
    }

    /// How it is read, where it is given its value.
    pub(crate) fn read(&self) -> TokenStream {
        let ident = self.ident;
        match &self.default {
            None => quote!(#ident: fields.read()),
            Some(Default_::OfType) => quote!(#ident: fields.read_or_default()),
            Some(Default_::Function(path)) => quote!(#ident: fields.read_or(#path())),
        }
    }
}
