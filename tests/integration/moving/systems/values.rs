//! Rows with one value each of which the outcome is known: without rules, with the system's rules, and what is left of them after a copy.

use std::collections::BTreeSet;

use super::Moved;

/// What rows of a table have besides the value at hand; `{n}` is the number of the line.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// What has the number on PostgreSQL.
    pub(super) mark: &'static str,
    pub(super) usual: &'static [(&'static str, &'static str)],
}

/// A value in a row of its own.
pub(super) struct Line {
    number: u32,
    /// `table.column`.
    column: &'static str,
    /// As SQLite reads it.
    value: &'static str,
    /// What is not as usual in the row besides.
    besides: &'static [(&'static str, &'static str)],
    outcome: Outcome,
}

/// What becomes of a line; texts are what psql prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It arrives without a rule.
    Kept(&'static str),
    /// It would arrive as it is without a rule, and is this with the system's.
    Ruled(&'static str),
    /// It is refused without a rule, and is this with the system's.
    Asked(&'static str),
    /// It refers to what is not there: refused, and to be mended before a copy.
    Orphan,
    /// No rule makes it right.
    Refused,
}

impl Line {
    pub(super) const fn of(number: u32, column: &'static str, value: &'static str, outcome: Outcome) -> Self {
        Self { number, column, value, besides: &[], outcome }
    }

    pub(super) const fn with(mut self, besides: &'static [(&'static str, &'static str)]) -> Self {
        self.besides = besides;
        self
    }

    /// The rowid, which findings name.
    fn row(&self) -> u32 {
        900_000 + self.number
    }
}

pub(super) struct Lines {
    pub(super) tables: &'static [Table],
    pub(super) lines: &'static [Line],
}

impl Lines {
    /// Puts the lines into the file, which is loose, and asserts their outcomes. Some of the rules are of this file alone.
    pub(super) fn assert(&self, moved: &Moved, rules: &str) {
        self.insert(moved);
        let config = moved.without_rules();
        let refused = self.rows(|outcome| !matches!(outcome, Outcome::Kept(_) | Outcome::Ruled(_)));
        assert_refused(moved, &refused, "without rules");
        moved.project.config(&config);
        moved.add_rules(rules);
        let refused = self.rows(|outcome| matches!(outcome, Outcome::Refused | Outcome::Orphan));
        assert_refused(moved, &refused, "with rules");
        self.mend(moved);
        moved.run("move copy --on-reject set-aside").ok();
        assert_eq!(self.arrived(moved), self.expected());
        let left = self.rows(|outcome| outcome == Outcome::Refused);
        let aside = moved.target("SELECT row_name FROM schema_migrations_move_set_aside");
        assert_eq!(rowids(&aside).collect::<BTreeSet<_>>(), left);
        moved.run("move verify").ok();
    }

    fn insert(&self, moved: &Moved) {
        let file = moved.file();
        for line in self.lines {
            let (table, column) = line.column.split_once('.').unwrap();
            let usual = self.tables.iter().find(|known| known.name == table).unwrap().usual;
            let mut row = vec![("rowid", line.row().to_string()), (column, line.value.to_owned())];
            for (name, value) in line.besides.iter().chain(usual) {
                if row.iter().all(|(known, _)| known != name) {
                    row.push((name, value.replace("{n}", &line.number.to_string())));
                }
            }
            let (names, values): (Vec<_>, Vec<_>) = row.into_iter().unzip();
            let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
            file.execute_batch(&sql).unwrap_or_else(|error| panic!("{}: {error}", line.number));
        }
    }

    fn rows(&self, which: impl Fn(Outcome) -> bool) -> BTreeSet<u32> {
        self.lines.iter().filter(|line| which(line.outcome)).map(Line::row).collect()
    }

    /// Orphans cannot be set aside: whether a row refers to something is known when all are there.
    fn mend(&self, moved: &Moved) {
        for line in self.lines.iter().filter(|line| line.outcome == Outcome::Orphan) {
            let (table, _) = line.column.split_once('.').unwrap();
            let deleted = moved.file().execute(&format!("DELETE FROM {table} WHERE rowid = ?"), [line.row()]).unwrap();
            assert_eq!(deleted, 1);
        }
    }

    /// Each line as psql prints it, with its number.
    fn arrived(&self, moved: &Moved) -> String {
        let query = |line: &Line| {
            let (table, column) = line.column.split_once('.').unwrap();
            let mark = self.tables.iter().find(|known| known.name == table).unwrap().mark;
            let value =
                format!("SELECT coalesce({column}::text, 'NULL') FROM {table} WHERE {mark} = '{}'", line.number);
            format!("SELECT {}, coalesce(({value}), 'is not there');", line.number)
        };
        moved.target(&self.lines.iter().map(query).collect::<Vec<_>>().join("\n"))
    }

    fn expected(&self) -> String {
        let shown = |line: &Line| {
            let text = match line.outcome {
                Outcome::Kept(text) | Outcome::Ruled(text) | Outcome::Asked(text) => text,
                Outcome::Orphan | Outcome::Refused => "is not there",
            };
            format!("{}|{text}", line.number)
        };
        self.lines.iter().map(shown).collect::<Vec<_>>().join("\n")
    }
}

/// A plan refuses exactly these rows.
fn assert_refused(moved: &Moved, expected: &BTreeSet<u32>, when: &str) {
    let output = moved.run("move plan --json --examples 1000");
    output.code(3);
    let document = super::super::document(&output);
    super::assert_sums(&document);
    let columns = document["tables"].as_array().unwrap().iter().flat_map(|table| table["columns"].as_array().unwrap());
    let examples = columns.flat_map(|column| column["findings"].as_array().unwrap());
    let examples = examples.flat_map(|finding| finding["examples"].as_array().unwrap());
    let mut found: BTreeSet<u32> = examples.flat_map(|example| rowids(example["row"].as_str().unwrap())).collect();
    for broken in document["constraints"].as_array().unwrap() {
        let examples = broken["examples"].as_array().unwrap();
        found.extend(examples.iter().flat_map(|example| rowids(example["rows"].as_str().unwrap())));
    }
    assert_eq!(
        found.difference(expected).collect::<Vec<_>>(),
        Vec::<&u32>::new(),
        "refused {when}, and should be kept"
    );
    assert_eq!(
        expected.difference(&found).collect::<Vec<_>>(),
        Vec::<&u32>::new(),
        "kept {when}, and should be refused"
    );
}

/// The rowids that a text names.
fn rowids(text: &str) -> impl Iterator<Item = u32> {
    text.split("rowid ").skip(1).map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    })
}
