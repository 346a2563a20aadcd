//! How a struct is read.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Ident};

use crate::attributes::{Attributes, Default_};
use crate::fields::{self, NamedField};

pub(crate) fn read(
    name: &Ident,
    attributes: &Attributes,
    declared: &Fields,
) -> syn::Result<TokenStream> {
    if let Fields::Unnamed(unnamed) = declared {
        return match (attributes.transparent, unnamed.unnamed.len()) {
            (_, 1) => Ok(quote!(Self(crate::value::Read::read(source)))),
            _ => Err(syn::Error::new_spanned(name, "it has fields without names")),
        };
    }
    let fields = fields::named(declared)?;
    let names = fields::names(&fields);
    let takes_others = !attributes.deny_unknown_fields;
    let expected = format!("struct {name}");
    let opened = quote!(let mut fields = source.fields(#expected, #names, #takes_others););
    match attributes.default {
        None => {
            let fields = fields.iter().map(NamedField::read);
            Ok(quote!(#opened Self { #(#fields),* }))
        }
        Some(Default_::OfType) => {
            let idents = fields.iter().map(|field| field.ident);
            Ok(quote! {
                #opened
                let mut read = Self::default();
                #(fields.replace(&mut read.#idents);)*
                read
            })
        }
        Some(Default_::Function(_)) => {
            Err(syn::Error::new_spanned(name, "a struct takes its own default"))
        }
    }
}
