use super::OwnStatement;
use super::name::full;
use crate::catalog::Object;

pub(super) fn create(object: &Object) -> Vec<OwnStatement> {
    vec![OwnStatement::object(create_as(object, &full(object)))]
}

pub(super) fn create_as(object: &Object, name: &str) -> String {
    let labels = object.body.enum_type().map(|body| body.labels.list()).unwrap_or_default();
    format!("CREATE TYPE {name} AS ENUM ({labels})")
}
