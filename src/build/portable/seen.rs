//! Looks at everything that barrel is about to write, since it writes it without a look: it hands each name, type and default to a
//! generator, and this generator stands before the two real ones.

use std::cell::RefCell;
use std::marker::PhantomData;

use barrel::backend::SqlGenerator;
use barrel::types::Type;

use super::faults::{self, Fault};

thread_local! {
    /// A generator has no state: barrel calls it by its type alone.
    static SEEN: RefCell<SeenFaults> = RefCell::default();
}

#[derive(Default)]
struct SeenFaults {
    faults: Vec<Fault>,
    /// The constraints of the table at hand.
    constraints: Vec<String>,
}

/// What barrel would do wrong in what was written since the last call, each once.
pub(super) fn take() -> Vec<Fault> {
    SEEN.take().faults
}

pub(super) fn found(faults: impl IntoIterator<Item = Fault>) {
    SEEN.with_borrow_mut(|seen| {
        for fault in faults {
            if !seen.faults.contains(&fault) {
                seen.faults.push(fault);
            }
        }
    });
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) {
    found(names.into_iter().filter_map(faults::name));
}

fn in_schema<'a>(name: &'a str, schema: Option<&'a str>) {
    names([name].into_iter().chain(schema));
    found(schema.map(faults::schema));
}

/// Looks at what goes to the generator of a dialect, and passes it on.
pub(super) struct Seeing<T>(PhantomData<T>);

impl<T: SqlGenerator> SqlGenerator for Seeing<T> {
    fn create_table(name: &str, schema: Option<&str>) -> String {
        in_schema(name, schema);
        SEEN.with_borrow_mut(|seen| seen.constraints.clear());
        T::create_table(name, schema)
    }

    fn create_table_if_not_exists(name: &str, schema: Option<&str>) -> String {
        in_schema(name, schema);
        SEEN.with_borrow_mut(|seen| seen.constraints.clear());
        T::create_table_if_not_exists(name, schema)
    }

    fn drop_table(name: &str, schema: Option<&str>) -> String {
        in_schema(name, schema);
        T::drop_table(name, schema)
    }

    fn drop_table_if_exists(name: &str, schema: Option<&str>) -> String {
        in_schema(name, schema);
        T::drop_table_if_exists(name, schema)
    }

    fn rename_table(old: &str, new: &str, schema: Option<&str>) -> String {
        in_schema(old, schema);
        names([new]);
        T::rename_table(old, new, schema)
    }

    /// barrel calls this once it has all parts of a table that changes, and then writes columns, keys and indexes, but no constraints.
    fn alter_table(name: &str, schema: Option<&str>) -> String {
        in_schema(name, schema);
        let left_out = SEEN.with_borrow_mut(|seen| std::mem::take(&mut seen.constraints));
        found(left_out.iter().map(|constraint| faults::left_out(name, constraint)));
        T::alter_table(name, schema)
    }

    fn add_column(is_added: bool, schema: Option<&str>, name: &str, datatype: &Type) -> String {
        names([name]);
        found(faults::column(is_added, name, datatype));
        T::add_column(is_added, schema, name, datatype)
    }

    fn drop_column(name: &str) -> String {
        names([name]);
        T::drop_column(name)
    }

    fn rename_column(old: &str, new: &str) -> String {
        names([old, new]);
        T::rename_column(old, new)
    }

    fn create_index(table: &str, schema: Option<&str>, name: &str, columns: &Type) -> String {
        names([table, name].into_iter().chain(faults::columns(columns)));
        T::create_index(table, schema, name, columns)
    }

    fn create_constraint(name: &str, columns: &Type) -> String {
        names([name].into_iter().chain(faults::columns(columns)));
        SEEN.with_borrow_mut(|seen| seen.constraints.push(name.to_owned()));
        T::create_constraint(name, columns)
    }

    fn create_partial_index(table: &str, schema: Option<&str>, name: &str, columns: &Type, conditions: &str) -> String {
        names([table, name].into_iter().chain(faults::columns(columns)));
        T::create_partial_index(table, schema, name, columns, conditions)
    }

    fn drop_index(name: &str) -> String {
        names([name]);
        T::drop_index(name)
    }

    fn add_foreign_key(columns: &[String], table: &str, parents: &[String], schema: Option<&str>) -> String {
        names(columns.iter().chain(parents).map(String::as_str).chain([table]));
        T::add_foreign_key(columns, table, parents, schema)
    }

    fn add_primary_key(columns: &[String]) -> String {
        names(columns.iter().map(String::as_str));
        T::add_primary_key(columns)
    }
}
