//! The types of a database on PostgreSQL, its domains and enums included.

use crate::catalog::{Catalog, Kind};
use crate::convert::TargetType;

/// The type that `format_type` calls so. A domain is the type that it is over.
pub(crate) fn of(catalog: &Catalog, text: &str) -> TargetType {
    TargetType::parse(text, &|name| user_type(catalog, name))
}

/// Whether a type is a domain.
pub(in crate::transfer) fn is_domain(catalog: &Catalog, text: &str) -> bool {
    catalog.of_kind(Kind::Domain).any(|object| object.name.plain() == text)
}

fn user_type(catalog: &Catalog, name: &str) -> Option<TargetType> {
    if let Some(domain) = catalog.of_kind(Kind::Domain).find(|object| object.name.plain() == name) {
        return Some(of(catalog, domain.data_type()));
    }
    let object = catalog.of_kind(Kind::EnumType).find(|object| object.name.plain() == name)?;
    let labels = catalog.parts_of(object.id).filter(|part| part.kind() == Kind::EnumLabel);
    let labels = labels.map(|label| label.name.name.clone()).collect();
    Some(TargetType::Enum { name: name.to_owned(), labels, oid: object.id.object })
}
