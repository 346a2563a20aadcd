//! The declarations of the core's serialised types, and how their names lead to each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::{Attribute, Item, UseTree};

/// Where a type is declared: the modules, and its name.
pub(crate) type Place = (Vec<String>, String);

/// Types of one text, which serialise themselves as it.
const TEXTS: &[&str] = &["ShareName", "SubscriptionFilter", "TopicFilter", "TopicName"];

/// What is known of the core's source.
#[derive(Default)]
pub(crate) struct Source {
    /// All serialised types.
    pub(crate) types: BTreeMap<Place, Item>,
    /// What a name means in a module, as far as `use` says it.
    uses: BTreeMap<(Vec<String>, String), Vec<String>>,
}

impl Source {
    pub(crate) fn read(root: &Path) -> Self {
        let mut source = Self::default();
        source.read_directory(root, &[]);
        source
    }

    /// The type that a path means in a module; `None` for what is not the core's.
    pub(crate) fn find(&self, module: &[String], path: &[String]) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let here = (module.to_vec(), first.clone());
        if rest.is_empty() && self.types.contains_key(&here) {
            return Some(here);
        }
        let path = match self.uses.get(&here) {
            Some(used) => [used.as_slice(), rest].concat(),
            None => path.to_vec(),
        };
        let name = path.last()?;
        let path = absolute(module, &path);
        let named = self.types.keys().filter(|(_, other)| other == name);
        // A type may be declared deeper than it is exported: the nearest one is meant.
        named.max_by_key(|(declared, _)| common(declared, &path)).cloned()
    }

    fn read_directory(&mut self, directory: &Path, module: &[String]) {
        let mut entries: Vec<_> = fs::read_dir(directory)
            .expect("the core is beside this crate")
            .map(|entry| entry.expect("a directory can be read to its end").path())
            .collect();
        entries.sort();
        for path in entries {
            let name = path.file_stem().expect("an entry has a name").to_string_lossy();
            let mut module = module.to_vec();
            if path.is_dir() {
                module.push(name.into_owned());
                self.read_directory(&path, &module);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                if name != "mod" && name != "lib" {
                    module.push(name.into_owned());
                }
                let text = fs::read_to_string(&path).expect("source is text");
                let file = syn::parse_file(&text).expect("the core compiles");
                self.read_items(file.items, &module);
            }
        }
    }

    fn read_items(&mut self, items: Vec<Item>, module: &[String]) {
        for item in items {
            let (name, attributes) = match &item {
                Item::Struct(found) => (found.ident.to_string(), &found.attrs),
                Item::Enum(found) => (found.ident.to_string(), &found.attrs),
                Item::Use(used) => {
                    self.read_use(&used.tree, module, &mut Vec::new());
                    continue;
                }
                _ => continue,
            };
            if TEXTS.contains(&name.as_str()) {
                let item = text(&name);
                self.types.insert((module.to_vec(), name), item);
            } else if is_serialized(attributes) {
                self.types.insert((module.to_vec(), name), item);
            }
        }
    }

    fn read_use(&mut self, tree: &UseTree, module: &[String], path: &mut Vec<String>) {
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.read_use(&inner.tree, module, path);
                path.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.read_use(tree, module, path);
                }
            }
            UseTree::Name(name) => self.insert_use(module, path, &name.ident, &name.ident),
            UseTree::Rename(name) => self.insert_use(module, path, &name.ident, &name.rename),
            UseTree::Glob(_) => {}
        }
    }

    fn insert_use(
        &mut self,
        module: &[String],
        path: &[String],
        name: &syn::Ident,
        local: &syn::Ident,
    ) {
        let path = [path, &[name.to_string()]].concat();
        self.uses.insert((module.to_vec(), local.to_string()), path);
    }
}

/// Whether a derive makes it one that serialises itself.
fn is_serialized(attributes: &[Attribute]) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|it| it.path().is_ident("derive")) {
        let read = attribute.parse_nested_meta(|derived| {
            found |= derived.path.is_ident("Serialize");
            Ok(())
        });
        read.expect("a derive is a list of names");
    }
    found
}

/// A type of one text is declared as such, whatever it holds.
fn text(name: &str) -> Item {
    let ident = syn::Ident::new(name, proc_macro2::Span::call_site());
    syn::parse_quote!(pub struct #ident(pub String);)
}

/// A path from the root of the crate.
fn absolute(module: &[String], path: &[String]) -> Vec<String> {
    let mut at = module.to_vec();
    for (index, name) in path.iter().enumerate() {
        match name.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            _ => return [at.as_slice(), &path[index..]].concat(),
        }
    }
    at
}

/// How many modules two paths have in common.
fn common(one: &[String], other: &[String]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}
