//! Migrations that are written once in Rust, with the crate barrel, and rendered for both databases when they are made.

mod faults;
mod files;
mod layout;
mod render;
mod seen;
mod tried;

use std::fmt;
use std::path::{Path, PathBuf};

use barrel::Migration;

use self::files::RenderedFolder;
use self::tried::Alone;
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;
use crate::version::Version;

/// Names the server on which the renderings for PostgreSQL are tried, where [`Barrel::postgres`] does not.
const SERVER: &str = "SCHEMACTL_SCRATCH_URL";

/// Begins a list of migrations that are written in Rust, whose files are to be in `sqlite` and `postgres` below `folder`.
///
/// In a build script, or in a small program of the package (`cargo run --bin render`):
///
/// ```no_run
/// use schemactl::build::barrel::types;
///
/// schemactl::build::barrel("migrations")
///     .migration(1, "create_users", |m| {
///         m.create_table("users", |t| {
///             t.add_column("id", types::primary());
///             t.add_column("email", types::varchar(200).unique(true));
///         });
///     })
///     .migration(2, "add_name", |m| {
///         m.change_table("users", |t| {
///             t.add_column("name", types::text().nullable(true));
///         });
///     })
///     .write();
/// ```
///
/// A migration is rendered once: into `migrations/sqlite/V0001__create_users.sql` and `migrations/postgres/V0001__create_users.sql`.
/// From then on these files count, as those that are written by hand; one that its migration would render differently now is an
/// error that shows the difference, and is left as it is.
///
/// Before anything is written, all migrations are run on SQLite in memory, those for PostgreSQL in a database of their own on the server that
/// [`Barrel::postgres`] or the variable `SCHEMACTL_SCRATCH_URL` names, and the tables of both are compared. Without a server the files
/// are written all the same, and [`Rendered::not_tried`] says so.
pub fn barrel(folder: impl Into<PathBuf>) -> Barrel {
    Barrel { folder: folder.into(), migrations: Vec::new(), server: None, alone: Alone::default() }
}

/// Migrations that are written in Rust: [`barrel`](barrel()) begins the list.
#[must_use = "nothing is rendered until `write` is called"]
pub struct Barrel {
    folder: PathBuf,
    migrations: Vec<InRust>,
    server: Option<String>,
    alone: Alone,
}

struct InRust {
    version: i64,
    description: String,
    write: Box<dyn Fn(&mut Migration)>,
}

impl InRust {
    fn name(&self) -> String {
        format!("migration {} {}", self.version, self.description)
    }
}

impl fmt::Debug for Barrel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.migrations.iter().map(InRust::name).collect();
        f.debug_struct("Barrel").field("folder", &self.folder).field("migrations", &names).finish_non_exhaustive()
    }
}

impl Barrel {
    /// Adds a migration. Its file is named after the version and the description: words in lower case, with `_` between them.
    ///
    /// The function is called several times, and has to say the same each time.
    pub fn migration(
        mut self,
        version: i64,
        description: impl Into<String>,
        write: impl Fn(&mut Migration) + 'static,
    ) -> Self {
        self.migrations.push(InRust { version, description: description.into(), write: Box::new(write) });
        self
    }

    /// Names the server on which the renderings for PostgreSQL are tried, in a database that is made for it and dropped: the role must be
    /// allowed to create databases. Otherwise the variable `SCHEMACTL_SCRATCH_URL` names it.
    pub fn postgres(mut self, url: impl Into<String>) -> Self {
        self.server = Some(url.into());
        self
    }

    /// Says that a table, or `table.column`, is on SQLite alone, as a migration in SQL has made it.
    pub fn sqlite_only(mut self, name: impl Into<String>) -> Self {
        self.alone.sqlite.push(name.into());
        self
    }

    /// Says that a table, or `table.column`, is on PostgreSQL alone, as a migration in SQL has made it.
    pub fn postgres_only(mut self, name: impl Into<String>) -> Self {
        self.alone.postgres.push(name.into());
        self
    }

    /// Renders what has no file yet, tries all of it, and writes it, or prints the whole report of what is wrong and ends the program
    /// with exit code 1.
    ///
    /// In a build script cargo shows what was written, and what was not tried, as warnings.
    pub fn write(self) {
        // Cargo says so only to build scripts.
        let is_build_script = std::env::var_os("OUT_DIR").is_some() && std::env::var_os("TARGET").is_some();
        if is_build_script {
            println!("cargo::rerun-if-env-changed={SERVER}");
            println!("cargo::rerun-if-changed={}", self.folder.display());
        }
        match self.try_write() {
            Ok(rendered) if is_build_script => {
                rendered.to_string().lines().for_each(|line| println!("cargo::warning={line}"));
            }
            Ok(rendered) => print!("{rendered}"),
            Err(error) => {
                eprintln!("{error:#}");
                std::process::exit(1);
            }
        }
    }

    /// As [`write`](Self::write), and leaves it to the caller what is said.
    ///
    /// # Errors
    /// [`Code::NotRendered`]: barrel panics, or would write something else than is meant. [`Code::RenderedDiffers`]: a file says
    /// something else. [`Code::StatementFailed`]: a database refuses it. [`Code::MapDiffers`]: the two databases would not have the
    /// same tables. [`Code::FileName`], [`Code::DuplicateVersion`]: it cannot be a file. And those of reading the folder, of connecting to the
    /// server, and of writing. In each case nothing was written, unless the disk itself fails.
    pub fn try_write(self) -> Result<Rendered> {
        let mut sqlite = RenderedFolder::read(Dialect::Sqlite, self.folder.join("sqlite"))?;
        let mut postgres = RenderedFolder::read(Dialect::Postgres, self.folder.join("postgres"))?;
        self.check_versions()?;
        for migration in &self.migrations {
            let name = migration.name();
            let version = Version::new(migration.version).ok_or_else(|| no_version(&name))?;
            let both = render::render(&name, &*migration.write)?;
            sqlite.take(version, &migration.description, &both.sqlite)?;
            postgres.take(version, &migration.description, &both.postgres)?;
        }
        let not_tried = self.try_all(&sqlite, &postgres)?;
        let mut written = sqlite.write()?;
        written.append(&mut postgres.write()?);
        Ok(Rendered { written, not_tried })
    }

    fn check_versions(&self) -> Result<()> {
        for (at, migration) in self.migrations.iter().enumerate() {
            if let Some(other) = self.migrations[..at].iter().find(|other| other.version == migration.version) {
                let message = format!("{} and {} have the same version", other.name(), migration.name());
                return Err(Error::new(Code::DuplicateVersion, message).with_hint("give one of them another version"));
            }
        }
        Ok(())
    }

    /// Returns what could not be tried, and what stood in for something else.
    fn try_all(&self, sqlite: &RenderedFolder, postgres: &RenderedFolder) -> Result<Vec<String>> {
        let (on_sqlite, mut notes) = tried::on_sqlite(&self.folder.join("sqlite"), &sqlite.migrations())?;
        let server = self.server.clone().or_else(|| std::env::var(SERVER).ok()).filter(|url| !url.is_empty());
        if let Some(url) = server {
            let on_postgres = tried::on_postgres(&url, &postgres.migrations())?;
            tried::compared(&self.folder, &self.alone, &on_sqlite, &on_postgres)?;
        } else {
            let folder = self.folder.join("postgres");
            notes.push(untried(&folder));
        }
        Ok(notes)
    }
}

fn untried(folder: &Path) -> String {
    let folder = folder.display();
    format!("not tried on PostgreSQL, nor compared with SQLite: {folder}; {SERVER} names a server to try it on")
}

fn no_version(name: &str) -> Error {
    let max = Version::MAX;
    Error::new(Code::VersionRange, format!("{name} has a version that no migration can have"))
        .with_hint(format!("number migrations from 1; the highest version is {max}"))
}

/// What was written, and what is to be known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    written: Vec<PathBuf>,
    not_tried: Vec<String>,
}

impl Rendered {
    /// Returns the files that were written, which were not there before.
    pub fn written(&self) -> &[PathBuf] {
        &self.written
    }

    /// Returns what was not tried, one sentence each: empty where everything ran on both databases and was compared.
    pub fn not_tried(&self) -> &[String] {
        &self.not_tried
    }
}

/// One line for each file, and for each thing that was not tried.
impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.iter().try_for_each(|path| writeln!(f, "created {}", path.display()))?;
        self.not_tried.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
