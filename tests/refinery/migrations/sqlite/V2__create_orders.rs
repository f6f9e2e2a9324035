pub fn migration() -> String {
    let columns: Vec<String> = ["customer", "amount"].iter().map(|name| format!("{name} INTEGER NOT NULL")).collect();
    format!("CREATE TABLE orders (id INTEGER PRIMARY KEY, {});", columns.join(", "))
}
