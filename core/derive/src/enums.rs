//! How an enum is read.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, Fields, Variant};

use crate::attributes::{Attributes, Place};
use crate::fields::{self, NamedField};

pub(crate) fn read(attributes: &Attributes, declared: &DataEnum) -> syn::Result<TokenStream> {
    let mut names = Vec::new();
    let mut arms = Vec::new();
    for variant in &declared.variants {
        let (name, arm) = read_variant(attributes, variant)?;
        names.push(name);
        arms.push(arm);
    }
    let last = arms.pop();
    let places = 0..arms.len();
    let variants = names.join(";");
    let takes_others = !attributes.deny_unknown_fields;
    let has_fields = declared.variants.iter().any(|it| !matches!(it.fields, Fields::Unit));
    let found = match &attributes.tag {
        Some(tag) => {
            quote!(let (place, mut fields) = source.tagged_variant(#tag, #variants, #takes_others);)
        }
        None if has_fields => {
            quote!(let (place, mut fields) = source.variant(#variants, #takes_others);)
        }
        None => quote!(let place = source.word(#variants);),
    };
    Ok(quote! {
        #found
        match place {
            #(#places => #arms,)*
            _ => #last,
        }
    })
}

/// What a variant is called and which fields it has, and how it is made.
fn read_variant(attributes: &Attributes, variant: &Variant) -> syn::Result<(String, TokenStream)> {
    let ident = &variant.ident;
    let own = Attributes::of(&variant.attrs, Place::Variant)?;
    let by_rule = || match attributes.rename_all {
        None => ident.to_string(),
        Some(rule) => rule.name(&ident.to_string()),
    };
    let name = own.rename.unwrap_or_else(by_rule);
    match &variant.fields {
        Fields::Unit => Ok((name, quote!(Self::#ident))),
        Fields::Named(_) => {
            let fields = fields::named(&variant.fields)?;
            let name = format!("{name}:{}", fields::names(&fields));
            let fields = fields.iter().map(NamedField::read);
            Ok((name, quote!(Self::#ident { #(#fields),* })))
        }
        Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 && attributes.tag.is_none() => {
            fields::unnamed(unnamed)?;
            Ok((format!("{name}="), quote!(Self::#ident(fields.read()))))
        }
        Fields::Unnamed(_) => Err(syn::Error::new_spanned(ident, "it has fields without names")),
    }
}
