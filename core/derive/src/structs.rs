//! How a struct is read.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Fields, Ident};

use crate::attributes::{Attributes, Place};
use crate::fields::{self, NamedField};

pub(crate) fn read(
    name: &Ident,
    attributes: &[Attribute],
    declared: &Fields,
) -> syn::Result<TokenStream> {
    if let Fields::Unnamed(unnamed) = declared {
        Attributes::of(attributes, Place::Wrapper)?;
        fields::unnamed(unnamed)?;
        return match unnamed.unnamed.len() {
            1 => Ok(quote!(Self(crate::value::Read::read(source)))),
            _ => Err(syn::Error::new_spanned(name, "it has fields without names")),
        };
    }
    let attributes = Attributes::of(attributes, Place::Struct)?;
    let fields = fields::named(declared)?;
    let names = fields::names(&fields);
    let takes_others = !attributes.deny_unknown_fields;
    let expected = format!("struct {name}");
    let opened = quote!(let mut fields = source.fields(#expected, #names, #takes_others););
    if attributes.default.is_none() {
        let fields = fields.iter().map(NamedField::read);
        return Ok(quote!(#opened Self { #(#fields),* }));
    }
    if let Some(field) = fields.iter().find(|field| field.default.is_some()) {
        let error = "`serde(default)` is not implemented on a field of a struct that has it";
        return Err(syn::Error::new_spanned(field.ident, error));
    }
    let idents = fields.iter().map(|field| field.ident);
    Ok(quote! {
        #opened
        let mut read = Self::default();
        #(fields.replace(&mut read.#idents);)*
        read
    })
}
