pub fn migration() -> String {
    let columns = ["page", "day"].map(|name| format!("{name} TEXT NOT NULL")).join(", ");
    format!("CREATE TABLE counts ({columns}, visits INTEGER NOT NULL);\n")
}
