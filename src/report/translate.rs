//! What `translate` wrote, as text and as JSON.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::{DatabaseView, Paint, count};
use crate::translate::{Question, Translation, Untranslatable};

/// A schema of SQLite as migrations for PostgreSQL.
#[derive(Debug, Serialize)]
pub(crate) struct TranslateDocument {
    /// The file of SQLite, or the folder of migrations that make it.
    source: String,
    /// The folder of the migrations that are written.
    folder: String,
    /// On whose server they are tried.
    pub(crate) target: Option<DatabaseView>,
    tables: Vec<TranslatedTableView>,
    foreign_keys: usize,
    indexes: usize,
    views: usize,
    untranslated: Vec<UntranslatedView>,
    questions: Vec<QuestionView>,
    pub(crate) files: Vec<WrittenFileView>,
    /// schema.toml, where lines are added to it.
    pub(crate) schema_file: Option<String>,
    /// Whether the migrations were applied to a scratch database.
    pub(crate) is_tried: bool,
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TranslatedTableView {
    name: String,
    target: String,
    columns: Vec<TranslatedColumnView>,
}

#[derive(Debug, Serialize)]
struct TranslatedColumnView {
    name: String,
    target: String,
    #[serde(rename = "type")]
    datatype: String,
    evidence: String,
}

#[derive(Debug, Serialize)]
struct UntranslatedView {
    subject: String,
    what: &'static str,
    reason: String,
    sql: String,
}

#[derive(Debug, Serialize)]
struct QuestionView {
    table: String,
    column: String,
    question: String,
    /// As `[map.convert]` would have it.
    rule: Option<String>,
    /// As `[map.types]` would have it.
    #[serde(rename = "type")]
    datatype: Option<String>,
}

/// What became of a file.
#[derive(Debug, Serialize)]
pub(crate) struct WrittenFileView {
    pub(crate) file: String,
    pub(crate) state: FileState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileState {
    Created,
    /// It was as `translate` had written it, and is another one now.
    Replaced,
    Unchanged,
    /// It is there, says otherwise, and stays.
    Differs,
}

impl FileState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
            Self::Differs => "not as it is there:",
        }
    }
}

impl TranslateDocument {
    pub(crate) fn new(source: &str, folder: &Path, translation: &Translation) -> Self {
        let column = |column: &crate::translate::TranslatedColumn| TranslatedColumnView {
            name: column.source.clone(),
            target: column.name.clone(),
            datatype: column.datatype.clone(),
            evidence: column.evidence.clone(),
        };
        let tables = translation.tables.iter().map(|table| TranslatedTableView {
            name: table.source.clone(),
            target: table.name.clone(),
            columns: table.columns.iter().map(column).collect(),
        });
        Self {
            source: source.to_owned(),
            folder: folder.display().to_string(),
            target: None,
            tables: tables.collect(),
            foreign_keys: translation.foreign_keys.len(),
            indexes: translation.indexes.len(),
            views: translation.views.len(),
            untranslated: translation.untranslated.iter().map(UntranslatedView::of).collect(),
            questions: translation.questions.iter().map(QuestionView::of).collect(),
            files: Vec::new(),
            schema_file: None,
            is_tried: false,
            notes: Vec::new(),
        }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{} to {}\n", paint.bold(&self.source), self.folder);
        self.notes.iter().for_each(|note| {
            let _ = writeln!(text, "{note}");
        });
        for table in &self.tables {
            let name = if table.name == table.target { String::new() } else { format!(" -> {}", table.target) };
            let _ = writeln!(text, "\n{}{name}", paint.bold(&table.name));
            for column in &table.columns {
                let _ = writeln!(text, "  {} {}: {}", column.target, column.datatype, column.evidence);
            }
        }
        let parts = [(self.foreign_keys, "foreign key"), (self.indexes, "index"), (self.views, "view")];
        let parts: Vec<String> =
            parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| counted(*number, word)).collect();
        if !parts.is_empty() {
            let _ = writeln!(text, "\nand {}", parts.join(", "));
        }
        self.write_untranslated(&mut text, paint);
        self.write_questions(&mut text, paint);
        text.push('\n');
        let tried =
            if self.is_tried { "applied to a scratch database, which was dropped" } else { "not tried on a server" };
        let _ = writeln!(text, "{tried}");
        for file in &self.files {
            let _ = writeln!(text, "{} {}", file.state.as_str(), file.file);
        }
        if let Some(file) = &self.schema_file {
            let _ = writeln!(text, "changed {file}");
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn write_untranslated(&self, text: &mut String, paint: Paint) {
        if !self.untranslated.is_empty() {
            let _ = writeln!(text, "\n{}, or not as it was:", paint.red("not translated"));
        }
        for left in &self.untranslated {
            let sql = left.sql.split_whitespace().collect::<Vec<_>>().join(" ");
            let shown: String = sql.chars().take(100).collect();
            let _ = writeln!(text, "  {}, {}: {}", left.subject, left.what, left.reason);
            if !shown.is_empty() {
                let more = if shown.len() < sql.len() { "..." } else { "" };
                let _ = writeln!(text, "    {shown}{more}");
            }
        }
    }

    fn write_questions(&self, text: &mut String, paint: Paint) {
        if !self.questions.is_empty() {
            let _ = writeln!(text, "\n{}, in schema.toml as comments:", paint.cyan("questions"));
        }
        for question in &self.questions {
            let _ = writeln!(text, "  {}.{}: {}", question.table, question.column, question.question);
            if let Some(rule) = &question.rule {
                let _ = writeln!(text, "    rule: {rule}");
            }
        }
    }
}

fn counted(number: usize, word: &str) -> String {
    if word == "index" && number != 1 { format!("{number} indexes") } else { count(number, word) }
}

impl UntranslatedView {
    fn of(left: &Untranslatable) -> Self {
        Self { subject: left.subject.clone(), what: left.what, reason: left.reason.clone(), sql: left.sql.clone() }
    }
}

impl QuestionView {
    fn of(question: &Question) -> Self {
        Self {
            table: question.table.clone(),
            column: question.column.clone(),
            question: question.text.clone(),
            rule: question.rule.clone(),
            datatype: question.datatype.clone(),
        }
    }
}
