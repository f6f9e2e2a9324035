//! The migrations of a small shop. `cargo run -p portable --bin render` writes what has no file yet to `migrations/sqlite` and
//! `migrations/postgres`; the application embeds those, and needs neither barrel nor this package.

use std::path::PathBuf;

use schemactl::build::Barrel;
use schemactl::build::barrel::Migration;
use schemactl::build::barrel::functions::current_timestamp;
use schemactl::build::barrel::types::{self, ReferentialAction};

/// Every migration, the oldest first. One that has its files stays as it is; a change is a new one.
pub fn migrations(folder: impl Into<PathBuf>) -> Barrel {
    schemactl::build::barrel(folder)
        .migration(1, "create_customers", create_customers)
        .migration(2, "create_orders", create_orders)
        .migration(3, "add_note", add_note)
}

fn create_customers(m: &mut Migration) {
    m.create_table("customers", |t| {
        t.add_column("id", types::primary());
        t.add_column("email", types::varchar(200).unique(true));
        t.add_column("name", types::text().default("nobody"));
        t.add_column("is_active", types::boolean().default(true));
        t.add_column("joined", types::datetime().default(current_timestamp()));
        t.add_index("customers_by_name", types::index(["name"]));
    });
}

fn create_orders(m: &mut Migration) {
    m.create_table("orders", |t| {
        t.add_column("id", types::primary());
        let customers = types::foreign("customers", "id", ReferentialAction::Unset, ReferentialAction::Cascade);
        t.add_column("customer", customers);
        t.add_column("number", types::integer());
        t.add_column("total", types::custom("NUMERIC(12, 2)").default(0_i64));
        t.add_constraint("orders_number", types::unique_constraint(["customer", "number"]));
    });
    m.create_table("order_lines", |t| {
        t.add_column("order", types::integer());
        t.add_column("line", types::integer());
        t.add_column("price", types::double());
        t.set_primary_key(&["order", "line"]);
        // A name that is a word of SQL: this way of declaring a key puts it in quotes.
        t.add_foreign_key(&["order"], "orders", &["id"]);
    });
}

fn add_note(m: &mut Migration) {
    m.change_table("orders", |t| {
        t.add_column("note", types::text().nullable(true));
    });
}
