use super::context::{Altered, Context};
use super::name::{full, ident, literal, owner};
use crate::catalog::{Fact, Kind, Object};

/// The sequence of an identity column comes with the column.
pub(super) fn create(context: &Context<'_>, object: &Object) -> Vec<String> {
    if object.fact(Fact::Identity).is_some() {
        return Vec::new();
    }
    let unlogged = object.fact(Fact::Persistence).map_or("", |_| "UNLOGGED ");
    let create = format!("CREATE {unlogged}SEQUENCE {}\n    {}", full(object), options(object));
    std::iter::once(create).chain(used_by(context, object).and_then(|column| go_on(object, column))).collect()
}

/// The one column that is there and takes its numbers from a sequence by its default, without owning it. Where several do, no one of them
/// tells where the numbers end.
fn used_by<'a>(context: &Context<'a>, sequence: &Object) -> Option<&'a Object> {
    if sequence.parent.is_some() {
        return None;
    }
    let takes = |column: &&Object| column.kind() == Kind::Column && column.depends_on.contains(&sequence.id);
    let mut users = context.before.iter().filter(takes);
    let user = users.next().filter(|_| users.next().is_none())?;
    context.now_of(user.id)
}

pub(super) fn options(object: &Object) -> &str {
    object.fact(Fact::Definition).unwrap_or_default()
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let (before, name) = (altered.before, full(altered.now));
    let mut statements = Vec::new();
    if altered.has(&[Fact::Definition]) {
        statements.push(format!("ALTER SEQUENCE {name}\n    {}", options(before)));
    }
    if altered.has(&[Fact::Persistence]) {
        let to = if before.fact(Fact::Persistence).is_some() { "UNLOGGED" } else { "LOGGED" };
        statements.push(format!("ALTER SEQUENCE {name} SET {to}"));
    }
    if altered.has(&[Fact::OwnedBy]) && altered.now.fact(Fact::Identity).is_none() {
        let owner = before.fact(Fact::OwnedBy);
        let column = before.parent.and_then(|column| context.now_of(column));
        if owner.is_none() || column.is_some() {
            statements.extend(column.and_then(|column| role_of_table(context, altered, column)));
            statements.push(format!("ALTER SEQUENCE {name} OWNED BY {}", owner.unwrap_or("NONE")));
            // Both are as they were before the up, but the sequence is a new one.
            let kept = column.filter(|column| before.parent == Some(column.id) && before.id != altered.now.id);
            statements.extend(kept.and_then(|column| go_on(altered.now, column)));
        }
    }
    statements
}

/// A column can only own a sequence of the role that owns its table.
fn role_of_table(context: &Context<'_>, altered: &Altered<'_>, column: &Object) -> Option<String> {
    let role = context.now.get(column.parent?)?.fact(Fact::Owner)?;
    let differs = altered.now.fact(Fact::Owner).is_some_and(|owner| owner != role);
    differs.then(|| format!("ALTER SEQUENCE {} OWNER TO {}", full(altered.now), ident(role)))
}

/// Has a sequence that was made anew go on where the numbers of its column end.
pub(super) fn go_on(sequence: &Object, column: &Object) -> Option<String> {
    if !matches!(column.fact(Fact::Type), Some("smallint" | "integer" | "bigint")) {
        return None;
    }
    let (table, name) = (owner(column), ident(&column.name.name));
    let option = |word: &str| options(sequence).split_once(word).and_then(|(_, rest)| rest.split(' ').next());
    let end = if option("INCREMENT BY ").is_some_and(|by| by.starts_with('-')) { "min" } else { "max" };
    let (least, most) = (option("MINVALUE ").unwrap_or("1"), option("MAXVALUE ").unwrap_or_default());
    Some(format!(
        "SELECT setval({}, {end}({name}))\nFROM {table}\nHAVING {end}({name}) BETWEEN {least} AND {most}",
        literal(&full(sequence))
    ))
}
