//! What a private copy must not reach: other files, and the process around it.
//!
//! SQLite asks an authorizer while it compiles a statement, also for the statements inside triggers and views, and for the ATTACH that
//! `VACUUM INTO` is inside (<https://www.sqlite.org/c3ref/set_authorizer.html>). What it refuses was not begun.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::ffi::{SQLITE_ATTACH, SQLITE_RECURSIVE};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Functions that read, write or run what is outside the database. SQLite's own is the first one; the others come with extensions that
/// an application may have registered for each connection of its process.
const FUNCTIONS: [&str; 9] =
    ["load_extension", "readfile", "writefile", "edit", "fsdir", "lsdir", "lsmode", "fts3_tokenizer", "zipfile"];

/// Parts of names by which extensions call functions that touch files (`sqlean`, `SpatiaLite`, `libsql`).
const PARTS: [&str; 11] = [
    "fileio",
    "loadext",
    "fromfile",
    "tofile",
    "importshp",
    "exportshp",
    "importdbf",
    "exportdbf",
    "importxls",
    "storexml",
    "shell",
];

/// Table-valued functions and modules that are files.
const MODULES: [&str; 8] = ["csv", "vsv", "zipfile", "fsdir", "lsdir", "lines", "lsm1", "filestat"];

/// Pragmas that reach beyond the connection: a folder or file of the process, code, or keys of a file.
const PRAGMAS: [&str; 5] =
    ["temp_store_directory", "data_store_directory", "lock_proxy_file", "cipher_log", "activate_extensions"];

/// Pragmas that are the process's, and change no database: a copy passes them over.
const OF_PROCESS: [&str; 2] = ["soft_heap_limit", "hard_heap_limit"];

/// The door of a connection: closed, and remembering who has tried it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sandbox {
    tried: Arc<Mutex<Option<String>>>,
}

impl Sandbox {
    /// Closes a connection in. From then on a statement that reaches out fails to compile.
    pub(crate) fn close(connection: &mut Connection) -> rusqlite::Result<Self> {
        Self::close_and_watch(connection, |_| {})
    }

    /// The same; of each thing that a statement is about to do it is told before the statement is run. A connection has one authorizer.
    pub(crate) fn close_and_watch(
        connection: &mut Connection,
        watch: impl Fn(&AuthAction<'_>) + Send + 'static,
    ) -> rusqlite::Result<Self> {
        let sandbox = Self::default();
        let tried = Arc::clone(&sandbox.tried);
        Installed::done(connection.authorizer(Some(move |context: AuthContext<'_>| {
            watch(&context.action);
            match decide(&context) {
                Decision::Inside => Authorization::Allow,
                Decision::PassOver => Authorization::Ignore,
                Decision::Outside(what) => {
                    *tried.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
                    Authorization::Deny
                }
            }
        })))?;
        Ok(sandbox)
    }

    /// What a statement tried that was refused since this was last asked: `attaches another database: archive.db`.
    pub(crate) fn take(&self) -> Option<String> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the registration of a hook returns: nothing up to rusqlite 0.37, a result since.
pub(crate) trait Installed {
    fn done(self) -> rusqlite::Result<()>;
}

impl Installed for () {
    fn done(self) -> rusqlite::Result<()> {
        Ok(self)
    }
}

impl Installed for rusqlite::Result<()> {
    fn done(self) -> rusqlite::Result<()> {
        self
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Inside,
    /// It does nothing to a database, and something to the process: taken for done.
    PassOver,
    Outside(String),
}

fn decide(context: &AuthContext<'_>) -> Decision {
    match &context.action {
        // A private database in memory, or in a temporary file without a name.
        AuthAction::Attach { filename: ":memory:" | "" } => Decision::Inside,
        AuthAction::Attach { filename } => Decision::Outside(format!("attaches another database: {filename}")),
        // The name is an expression: SQLite does not say which file it comes to.
        AuthAction::Unknown { code: SQLITE_ATTACH, .. } => Decision::Outside("attaches another database".to_owned()),
        // An action that came with a later SQLite than is known here.
        AuthAction::Unknown { code, .. } if *code > SQLITE_RECURSIVE => {
            Decision::Outside(format!("does something that is not known here (action {code} of SQLite)"))
        }
        AuthAction::Function { function_name } => function(function_name),
        AuthAction::CreateVtable { module_name, .. } => module(module_name),
        // A table-valued function is read as a table of its name.
        AuthAction::Read { table_name, .. } if context.database_name.is_none_or(|name| name == "main") => {
            table(table_name)
        }
        AuthAction::Pragma { pragma_name, .. } => pragma(pragma_name),
        _ => Decision::Inside,
    }
}

fn function(name: &str) -> Decision {
    let lower = name.to_ascii_lowercase();
    if lower == "load_extension" {
        return Decision::Outside("loads an extension".to_owned());
    }
    if FUNCTIONS.contains(&&*lower) || PARTS.iter().any(|part| lower.contains(part)) {
        return Decision::Outside(format!("calls {name}(), which reaches beyond the database"));
    }
    Decision::Inside
}

fn is_file(module: &str) -> bool {
    let lower = module.to_ascii_lowercase();
    // SpatiaLite's: VirtualText, VirtualShape, VirtualDbf, VirtualXL, VirtualGeoJSON.
    let spatial = ["virtualtext", "virtualshape", "virtualdbf", "virtualxl", "virtualgeojson", "virtualxpath"];
    MODULES.contains(&&*lower) || spatial.contains(&&*lower) || lower.starts_with("fileio")
}

fn module(name: &str) -> Decision {
    if is_file(name) {
        return Decision::Outside(format!("makes a table of the module {name}, which is a file"));
    }
    Decision::Inside
}

/// A table may be named so as well: what has columns of its own in the copy is one of its tables, and SQLite tells no difference here. So
/// only names that nobody gives a table are refused.
fn table(name: &str) -> Decision {
    let lower = name.to_ascii_lowercase();
    if matches!(&*lower, "fsdir" | "lsdir" | "zipfile" | "fileio_ls" | "fileio_scan") {
        return Decision::Outside(format!("reads {name}(), which is files"));
    }
    Decision::Inside
}

fn pragma(name: &str) -> Decision {
    let lower = name.to_ascii_lowercase();
    if OF_PROCESS.contains(&&*lower) {
        return Decision::PassOver;
    }
    if PRAGMAS.contains(&&*lower) || lower.starts_with("cipher_default") {
        return Decision::Outside(format!("sets PRAGMA {name}, which is the process's and not the database's"));
    }
    Decision::Inside
}
