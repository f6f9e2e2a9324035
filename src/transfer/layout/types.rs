//! The types of a database on PostgreSQL, its domains and enums included.

use crate::catalog::{Catalog, Kind};
use crate::convert::{TargetType, UserType};

/// The type that `format_type` calls so. A domain is the type that it is over.
pub(crate) fn of(catalog: &Catalog, text: &str) -> TargetType {
    TargetType::parse(text, &|name| user_type(catalog, name))
}

/// Whether a type is a domain, or an array of one.
pub(in crate::transfer) fn is_domain(catalog: &Catalog, text: &str) -> bool {
    let element = text.strip_suffix("[]").unwrap_or(text);
    catalog.of_kind(Kind::Domain).any(|object| object.name.plain() == element)
}

fn user_type(catalog: &Catalog, name: &str) -> Option<UserType> {
    if let Some(domain) = catalog.of_kind(Kind::Domain).find(|object| object.name.plain() == name) {
        return Some(UserType { target: of(catalog, domain.data_type()), oid: domain.id.object });
    }
    let object = catalog.of_kind(Kind::EnumType).find(|object| object.name.plain() == name)?;
    let labels = catalog.parts_of(object.id).filter(|part| part.kind() == Kind::EnumLabel);
    let labels = labels.map(|label| label.name.name.clone()).collect();
    let oid = object.id.object;
    Some(UserType { target: TargetType::Enum { name: name.to_owned(), labels, oid }, oid })
}
