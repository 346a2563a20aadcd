//! Copies of declarations, with the derive that turns them into TypeScript.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Field, GenericArgument, Ident, Item, PathArguments, Type, parse_quote};

use crate::source::{Place, Source};

/// What a type is called in TypeScript, where its own name is taken.
const NAMES: &[(&str, &str, &str)] =
    &[("broker", "Command", "OperatorCommand"), ("broker", "Event", "BrokerEvent")];

/// The copies of some types and of all they hold, as Rust.
pub(crate) fn write(source: &Source, roots: &[&str]) -> String {
    let mut names = BTreeMap::new();
    let mut text = String::new();
    let (mut done, mut open) = (BTreeSet::new(), Vec::new());
    for root in roots {
        let path: Vec<String> = root.split("::").map(str::to_owned).collect();
        let place = source.find(&[], &path);
        let place = place.unwrap_or_else(|| panic!("the core serialises no {root}"));
        text += &lead(root, &place).to_string();
        open.push(place);
    }
    while let Some(place) = open.pop() {
        if !done.insert(place.clone()) {
            continue;
        }
        if let Some(other) = names.insert(name(&place), place.clone()) {
            panic!("two types are called {}: {other:?}, {place:?}", place.1);
        }
        let mut item = source.types[&place].clone();
        let mut copy = Copy { source, place: &place, found: Vec::new() };
        copy.visit_item_mut(&mut item);
        open.append(&mut copy.found);
        text += &declare(item, &name(&place)).to_string();
        text.push('\n');
    }
    text
}

/// The way from a type of the core to its copy.
fn lead(root: &str, place: &Place) -> TokenStream {
    let path: syn::Path = syn::parse_str(root).expect("a root is a path");
    let copy = Ident::new(&name(place), Span::call_site());
    quote!(impl crate::convert::Shown for afterlink_core::#path { type Copy = #copy; })
}

fn declare(mut item: Item, name: &str) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    let attributes = match &mut item {
        Item::Struct(item) => {
            item.ident = name;
            &mut item.attrs
        }
        Item::Enum(item) => {
            item.ident = name;
            &mut item.attrs
        }
        _ => unreachable!("only structs and enums are kept"),
    };
    keep_described(attributes);
    // All fields of what has defaults are written, so a reader finds them all.
    attributes.retain_mut(without_default);
    attributes.insert(0, parse_quote!(#[derive(tsify::Tsify)]));
    item.to_token_stream()
}

fn name((module, name): &Place) -> String {
    let first = module.first().map(String::as_str).unwrap_or_default();
    let other = NAMES.iter().find(|(top, own, _)| *top == first && own == name);
    other.map_or(name.as_str(), |(_, _, other)| other).to_owned()
}

/// Rewrites the types of fields into those that TypeScript has a word for.
struct Copy<'a> {
    source: &'a Source,
    place: &'a Place,
    found: Vec<Place>,
}

impl VisitMut for Copy<'_> {
    fn visit_field_mut(&mut self, field: &mut Field) {
        keep_described(&mut field.attrs);
        if is_left_out_at_times(field) {
            field.attrs.push(parse_quote!(#[serde(default)]));
        }
        self.visit_type_mut(&mut field.ty);
    }

    fn visit_variant_mut(&mut self, variant: &mut syn::Variant) {
        keep_described(&mut variant.attrs);
        visit_mut::visit_variant_mut(self, variant);
    }

    fn visit_type_mut(&mut self, found: &mut Type) {
        while let Some(inner) = inner(found) {
            *found = inner;
        }
        match found {
            Type::Slice(slice) => {
                let element = &slice.elem;
                *found = parse_quote!(Vec<#element>);
                self.visit_type_mut(found);
            }
            Type::Path(path) => {
                let names: Vec<String> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                match names.last().expect("a path has an end").as_str() {
                    "str" | "IpAddr" => *found = parse_quote!(String),
                    "Self" => *found = self.name_of(self.place.clone()),
                    "NonZeroU16" => *found = parse_quote!(u16),
                    "NonZeroU32" => *found = parse_quote!(u32),
                    _ => {
                        if let Some(place) = self.source.find(&self.place.0, &names) {
                            *found = self.name_of(place);
                        } else {
                            visit_mut::visit_type_mut(self, found);
                        }
                    }
                }
            }
            _ => visit_mut::visit_type_mut(self, found),
        }
    }
}

impl Copy<'_> {
    fn name_of(&mut self, place: Place) -> Type {
        let ident = Ident::new(&name(&place), Span::call_site());
        self.found.push(place);
        parse_quote!(#ident)
    }
}

/// What a reference leads to: a value is written without it. A box stays, since a type that
/// holds itself needs it.
fn inner(found: &Type) -> Option<Type> {
    match found {
        Type::Reference(reference) => Some(reference.elem.as_ref().clone()),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            match arguments.args.first() {
                Some(GenericArgument::Type(inner)) if last.ident == "Arc" => Some(inner.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Keeps what is said of a type to people, and to serde.
fn keep_described(attributes: &mut Vec<Attribute>) {
    attributes.retain(|it| it.path().is_ident("doc") || it.path().is_ident("serde"));
}

/// Whether a value may lack this field, though serde is told of no default: an absent `Option` is
/// `None`, and what is not written cannot be there.
fn is_left_out_at_times(field: &Field) -> bool {
    let texts: Vec<String> = field
        .attrs
        .iter()
        .filter(|it| it.path().is_ident("serde"))
        .map(|it| it.to_token_stream().to_string())
        .collect();
    if texts.iter().any(|text| text.contains("default")) {
        return false;
    }
    let is_option = matches!(&field.ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "Option"));
    let is_named = field.ident.is_some();
    is_named && (is_option || texts.iter().any(|text| text.contains("skip_serializing_if")))
}

/// Takes `default` out of a serde attribute of a whole type. Whether anything is left.
fn without_default(attribute: &mut Attribute) -> bool {
    if !attribute.path().is_ident("serde") {
        return true;
    }
    let list = attribute.meta.require_list().expect("serde takes a list");
    let text = list.tokens.to_string();
    let kept: Vec<&str> = text.split(',').map(str::trim).filter(|it| *it != "default").collect();
    let kept: TokenStream = kept.join(", ").parse().expect("parts of a list are a list");
    let is_left = !kept.is_empty();
    *attribute = parse_quote!(#[serde(#kept)]);
    is_left
}
