pub fn migration() -> String {
    let columns: Vec<String> = ["customer", "amount"].iter().map(|name| format!("{name} bigint NOT NULL")).collect();
    format!("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {});", columns.join(", "))
}
