//! Holds the schema that this server exports against the public contract, word for word: names, types,
//! defaults and descriptions, nothing missing and nothing more.

use std::collections::BTreeMap;

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
};

/// Each part of a schema by its coordinate, in one line.
fn parts(sdl: &str) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    for definition in parse_schema(sdl).unwrap().definitions {
        if let TypeSystemDefinition::Type(definition) = definition {
            add_type(&mut parts, &definition.node);
        }
    }
    parts
}

fn add_type(parts: &mut BTreeMap<String, String>, definition: &TypeDefinition) {
    let name = definition.name.node.as_str();
    let mut add = |field: &str, text: String| {
        parts.insert(format!("{name}.{field}"), text);
    };
    let kind = match &definition.kind {
        TypeKind::Scalar => "scalar",
        TypeKind::Object(object) => {
            for Positioned { node, .. } in &object.fields {
                add_field(&mut add, node);
            }
            "type"
        }
        TypeKind::Enum(values) => {
            for Positioned { node, .. } in &values.values {
                add(node.value.node.as_str(), "value".to_owned());
            }
            "enum"
        }
        TypeKind::InputObject(input) => {
            for Positioned { node, .. } in &input.fields {
                add(node.name.node.as_str(), value(node));
            }
            "input"
        }
        TypeKind::Interface(_) => "interface",
        TypeKind::Union(_) => "union",
    };
    parts.insert(name.to_owned(), format!("{kind}{}", described(definition.description.as_ref())));
}

fn add_field(add: &mut impl FnMut(&str, String), field: &FieldDefinition) {
    let name = field.name.node.as_str();
    for Positioned { node, .. } in &field.arguments {
        add(&format!("{name}.{}", node.name.node), value(node));
    }
    add(name, format!("{}{}", field.ty.node, described(field.description.as_ref())));
}

fn value(input: &InputValueDefinition) -> String {
    let default =
        input.default_value.as_ref().map_or_else(String::new, |it| format!(" = {}", it.node));
    format!("{}{default}{}", input.ty.node, described(input.description.as_ref()))
}

/// Descriptions are compared by their words: how a text is broken into lines means nothing.
fn described(description: Option<&Positioned<String>>) -> String {
    let words =
        |text: &Positioned<String>| text.node.split_whitespace().collect::<Vec<_>>().join(" ");
    description.map_or_else(String::new, |text| format!("  # {}", words(text)))
}

fn exported() -> BTreeMap<String, String> {
    let sdl = super::builder().finish().sdl();
    parts(&sdl)
}

#[test]
fn the_exported_schema_is_a_part_of_the_contract() {
    let contract = parts(shared::SCHEMA);
    for (coordinate, exported) in exported() {
        let promised = contract.get(&coordinate);
        assert_eq!(promised, Some(&exported), "{coordinate} differs from the contract");
    }
}

#[test]
fn nothing_of_the_contract_is_missing() {
    let exported = exported();
    let promised = parts(shared::SCHEMA).into_keys();
    let missing: Vec<String> = promised.filter(|it| !exported.contains_key(it)).collect();
    assert!(
        missing.is_empty(),
        "the contract promises these, and the server lacks them: {missing:?}"
    );
}

#[test]
fn a_difference_is_found() {
    let one = parts("type Query { a(first: Int = 50): [Int!]! }");
    let other = parts("type Query { a(first: Int = 51): [Int]! }");
    assert_ne!(one["Query.a"], other["Query.a"]);
    assert_ne!(one["Query.a.first"], other["Query.a.first"]);
}
