//! `#[derive(Read)]`: how a type of `afterlink-core` is read from a value.
//!
//! The format is the one that serde's attributes describe, so that a type has one description.
//! What is derived is short: the names of fields and variants are one text, all that can be wrong
//! is told by the core's `value` module, and nothing ends early. A module for the web that reads
//! a hundred types is a third smaller for it than with what serde derives. An attribute that is
//! not implemented where it stands is an error of the compiler that names it.

mod attributes;
mod enums;
mod fields;
mod structs;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput};

use attributes::{Attributes, Place};

/// Implements `value::Read`.
#[proc_macro_derive(Read, attributes(serde))]
pub fn derive_read(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    read(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn read(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let name = &input.ident;
    let body = match &input.data {
        Data::Struct(declared) => structs::read(name, &input.attrs, &declared.fields)?,
        Data::Enum(declared) => enums::read(&Attributes::of(&input.attrs, Place::Enum)?, declared)?,
        Data::Union(_) => return Err(syn::Error::new_spanned(name, "a union cannot be read")),
    };
    Ok(quote! {
        impl crate::value::Read for #name {
            fn read(source: crate::value::Source<'_>) -> Self {
                #body
            }
        }
    })
}

#[cfg(test)]
mod tests;
