//! What is taken of serde's attributes, and that any other is refused by its name.

use syn::DeriveInput;

/// All that serde knows on a type.
const OF_TYPES: &[&str] = &[
    "rename = \"x\"",
    "rename_all = \"snake_case\"",
    "rename_all_fields = \"snake_case\"",
    "deny_unknown_fields",
    "tag = \"x\"",
    "content = \"x\"",
    "untagged",
    "bound = \"\"",
    "default",
    "remote = \"x\"",
    "transparent",
    "from = \"x\"",
    "try_from = \"x\"",
    "into = \"x\"",
    "crate = \"x\"",
    "expecting = \"x\"",
    "variant_identifier",
    "field_identifier",
];

/// All that serde knows on a variant or a field, and what it knows on types alone.
const OF_PARTS: &[&str] = &[
    "rename = \"x\"",
    "rename_all = \"snake_case\"",
    "alias = \"x\"",
    "default",
    "flatten",
    "skip",
    "skip_serializing",
    "skip_deserializing",
    "skip_serializing_if = \"x\"",
    "serialize_with = \"x\"",
    "deserialize_with = \"x\"",
    "with = \"x\"",
    "borrow",
    "bound = \"\"",
    "getter = \"x\"",
    "other",
    "untagged",
    "tag = \"x\"",
    "transparent",
    "deny_unknown_fields",
];

/// Each place an attribute may stand in, what is known there, and what is taken.
const PLACES: &[(&str, &[&str], &[&str])] = &[
    ("@ struct S { a: u8 }", OF_TYPES, &["default", "deny_unknown_fields"]),
    ("@ struct S(u8);", OF_TYPES, &["transparent"]),
    ("@ enum E { A, B { a: u8 }, C(u8) }", OF_TYPES, &["deny_unknown_fields", "rename_all"]),
    ("@ enum E { A, B { a: u8 } }", OF_TYPES, &["deny_unknown_fields", "rename_all", "tag"]),
    ("@ enum E { A, B }", OF_TYPES, &["deny_unknown_fields", "rename_all", "tag"]),
    ("enum E { @ A }", OF_PARTS, &["rename"]),
    ("enum E { @ A { a: u8 } }", OF_PARTS, &["rename"]),
    ("enum E { @ A(u8) }", OF_PARTS, &["rename"]),
    ("struct S { @ a: u8 }", OF_PARTS, &["rename", "default", "skip_serializing_if"]),
    ("enum E { A { @ a: u8 } }", OF_PARTS, &["rename", "default", "skip_serializing_if"]),
    ("struct S(@ u8);", OF_PARTS, &[]),
    ("enum E { A(@ u8) }", OF_PARTS, &[]),
];

/// What is derived for a type with an attribute in place of `@`, as tokens.
fn derived(declared: &str, attribute: &str) -> Result<String, String> {
    let text = declared.replace('@', &format!("#[serde({attribute})]"));
    let input: DeriveInput = syn::parse_str(&text).expect("a type");
    super::read(&input).map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
}

/// An attribute without its value.
fn name(attribute: &str) -> &str {
    attribute.split([' ', '(']).next().unwrap_or(attribute)
}

#[test]
fn an_attribute_that_is_not_implemented_where_it_stands_is_refused_by_its_name() {
    for (declared, known, taken) in PLACES {
        for attribute in *known {
            let name = name(attribute);
            match derived(declared, attribute) {
                Ok(_) => assert!(taken.contains(&name), "{name} counts for nothing: {declared}"),
                Err(error) => {
                    let is_tag = name == "tag" && error.contains("without names");
                    assert!(!taken.contains(&name), "{name} is implemented: {declared}: {error}");
                    assert!(is_tag || error.contains(&format!("`serde({name})`")), "{error}");
                }
            }
        }
    }
}

#[test]
fn what_is_taken_changes_what_is_derived() {
    let without_effect = ["transparent", "skip_serializing_if"];
    for (declared, known, taken) in PLACES {
        let plain: DeriveInput = syn::parse_str(&declared.replace('@', "")).expect("a type");
        let plain = super::read(&plain).expect("what is plain can be read").to_string();
        for attribute in known.iter().filter(|it| taken.contains(&name(it))) {
            let derived = derived(declared, attribute).expect("it is implemented");
            // Nothing but words has no unknown fields.
            let is_word =
                name(attribute) == "deny_unknown_fields" && declared.ends_with("{ A, B }");
            let has_no_effect = is_word || without_effect.contains(&name(attribute));
            assert_eq!(derived == plain, has_no_effect, "{attribute} on {declared}");
        }
    }
}

#[test]
fn a_form_of_an_attribute_that_is_not_implemented_is_refused() {
    let refused = |declared, attribute, error: &str| {
        let found = derived(declared, attribute).expect_err("it is refused");
        assert!(found.contains(error), "{found}");
    };
    let field = "struct S { @ a: u8 }";
    refused(field, "rename(deserialize = \"x\")", "`serde(rename(..))`");
    refused(field, "default(x)", "`serde(default(..))`");
    let camel_case = "rename_all = \"camelCase\"";
    refused("@ enum E { A }", camel_case, "`serde(rename_all = \"camelCase\")`");
    refused("@ enum E { A }", "rename_all(deserialize = \"x\")", "`serde(rename_all(..))`");
    refused("@ struct S { a: u8 }", "default = \"x\"", "`serde(default = ..)`");
    refused("#[serde(default)] struct S { @ a: u8 }", "default", "`serde(default)`");
    refused("#[serde(default)] struct S { @ a: u8 }", "default = \"x\"", "`serde(default)`");
}
