use super::context::{Altered, UndoContext};
use super::name::{full, ident, literal, owner};
use super::{OwnKind, OwnStatement};
use crate::catalog::{Fact, Kind, Object, Persistence, Sequence};

/// The sequence of an identity column comes with the column.
pub(super) fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    let Some(sequence) = object.body.sequence().filter(|sequence| sequence.identity_of.is_none()) else {
        return Vec::new();
    };
    let unlogged = if sequence.persistence == Persistence::Unlogged { "UNLOGGED " } else { "" };
    let create = OwnStatement::object(format!("CREATE {unlogged}SEQUENCE {}\n    {}", full(object), options(sequence)));
    std::iter::once(create).chain(used_by(context, object).and_then(|column| go_on(object, column))).collect()
}

/// The one column that is there and takes its numbers from a sequence by its default, without owning it. Where several do, no one of them
/// tells where the numbers end.
fn used_by<'a>(context: &UndoContext<'a>, sequence: &Object) -> Option<&'a Object> {
    if sequence.parent.is_some() {
        return None;
    }
    let takes = |column: &&Object| column.kind() == Kind::Column && column.depends_on.contains(&sequence.id);
    let mut users = context.before.iter().filter(takes);
    let user = users.next().filter(|_| users.next().is_none())?;
    context.now_of(user.id)
}

fn options(sequence: &Sequence) -> String {
    sequence.options.as_ref().map(ToString::to_string).unwrap_or_default()
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let name = full(altered.now);
    let Some((before, now)) = altered.before.body.sequence().zip(altered.now.body.sequence()) else {
        return Vec::new();
    };
    let mut statements = Vec::new();
    if altered.has(&[Fact::Definition]) {
        statements.push(OwnStatement::object(format!("ALTER SEQUENCE {name}\n    {}", options(before))));
    }
    if altered.has(&[Fact::Persistence]) {
        let to = if before.persistence == Persistence::Unlogged { "UNLOGGED" } else { "LOGGED" };
        statements.push(OwnStatement::object(format!("ALTER SEQUENCE {name} SET {to}")));
    }
    if altered.has(&[Fact::OwnedBy]) && now.identity_of.is_none() {
        statements.extend(owned_by(context, altered, before.owned_by.as_deref()));
    }
    statements
}

fn owned_by(context: &UndoContext<'_>, altered: &Altered<'_>, owner: Option<&str>) -> Vec<OwnStatement> {
    let before = altered.before;
    let column = before.parent.and_then(|column| context.now_of(column));
    if owner.is_some() && column.is_none() {
        return Vec::new();
    }
    let mut statements: Vec<OwnStatement> =
        column.and_then(|column| role_of_table(context, altered, column)).into_iter().collect();
    let text = format!("ALTER SEQUENCE {} OWNED BY {}", full(altered.now), owner.unwrap_or("NONE"));
    statements.push(OwnStatement::object(text));
    // Both are as they were before the up, but the sequence is a new one.
    let kept = column.filter(|column| before.parent == Some(column.id) && before.id != altered.now.id);
    statements.extend(kept.and_then(|column| go_on(altered.now, column)));
    statements
}

/// A column can only own a sequence of the role that owns its table.
fn role_of_table(context: &UndoContext<'_>, altered: &Altered<'_>, column: &Object) -> Option<OwnStatement> {
    let role = context.now.get(column.parent?)?.owner.as_ref()?;
    let differs = altered.now.owner.as_ref().is_some_and(|owner| owner != role);
    let text = || format!("ALTER SEQUENCE {} OWNER TO {}", full(altered.now), ident(role));
    differs.then(|| OwnStatement::new(OwnKind::Rights, text()))
}

/// Has a sequence that was made anew go on where the numbers of its column end.
pub(super) fn go_on(sequence: &Object, column: &Object) -> Option<OwnStatement> {
    if !matches!(column.data_type(), "smallint" | "integer" | "bigint") {
        return None;
    }
    let options = sequence.body.sequence()?.options.as_ref()?;
    let (table, name) = (owner(column), ident(&column.name.name));
    let end = if options.increment < 0 { "min" } else { "max" };
    let (least, most) = (options.min, options.max);
    let text = format!(
        "SELECT setval({}, {end}({name}))\nFROM {table}\nHAVING {end}({name}) BETWEEN {least} AND {most}",
        literal(&full(sequence))
    );
    Some(OwnStatement::new(OwnKind::Rows, text))
}
