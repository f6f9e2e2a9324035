//! What following a source costs: its writers, the one that applies, and those who wait for a switch.
//!
//! `cargo bench --bench following` prints the tables of docs/benchmarks.md; `cargo bench --bench following -- pause` only the part of that name:
//! `capture`, `apply`, `lag` or `pause`. `SCHEMACTL_BENCH_ROWS=5000000` moves so many rows instead of 200,000.

mod apply;
mod capture;
mod lag;
mod load;
mod pause;
#[path = "../shared/mod.rs"]
mod shared;

use crate::shared::rows_or;

/// A part of it, with so many rows.
type Part = fn(u64);

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let rows = rows_or(200_000);
    println!("{rows} rows of 8 columns");
    let parts: [(&str, Part); 4] =
        [("capture", capture::bench), ("apply", apply::bench), ("lag", lag::bench), ("pause", pause::bench)];
    for (_, bench) in parts.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|word| word == name)) {
        println!();
        bench(rows);
    }
}
