use std::fmt;

/// The family of an error. The command's exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command line, schema.toml, an environment variable or a URL is wrong. Exit code 2.
    Config,
    /// A migration file, or the folder that holds them, is wrong. Exit code 1.
    Source,
    /// The plan was refused: files and history do not agree. Exit code 1.
    Refused,
    /// A step was started and failed. Exit code 1.
    Failed,
    /// The database could not be reached, read or written. Exit code 1.
    Database,
    /// A checking command found something to report. Exit code 3.
    Found,
    /// A lock was not obtained in time. Exit code 4.
    Lock,
    /// The step would lose data, and that was not accepted. Exit code 5.
    DataLoss,
    /// A signal or a token stopped the run. Exit code 130.
    Interrupted,
}

impl ErrorKind {
    /// Returns the exit code of a command that ends with an error of this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Source | Self::Refused | Self::Failed | Self::Database => 1,
            Self::Config => 2,
            Self::Found => 3,
            Self::Lock => 4,
            Self::DataLoss => 5,
            Self::Interrupted => 130,
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $kind:ident;)*) => {
        /// The stable code of an error. `docs/errors.md` explains each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of its number.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// Returns the code as it is printed, such as `E0204`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// Returns the family that the code belongs to.
            pub fn kind(self) -> ErrorKind {
                match self { $(Code::$name => ErrorKind::$kind,)* }
            }
        }
    };
}

codes! {
    /// schema.toml cannot be read, or is not TOML.
    ConfigFile = "E0101", Config;
    /// A key of schema.toml is unknown.
    UnknownKey = "E0102", Config;
    /// A key, variable or flag has a value that it cannot have.
    InvalidValue = "E0103", Config;
    /// `${NAME}` names a variable that is not set.
    MissingVariable = "E0104", Config;
    /// A database or backend was named that schema.toml does not have.
    UnknownDatabase = "E0105", Config;
    /// A connection URL cannot be read, or has a parameter that is not known.
    InvalidUrl = "E0106", Config;
    /// The command was called in a way that it does not have.
    Usage = "E0107", Config;

    /// The history table cannot be created or written.
    HistoryTable = "E0201", Failed;
    /// A table of the history's name exists that this tool did not make.
    ForeignHistory = "E0202", Refused;
    /// The database has no history yet and is not new: another tool has migrated it, or it has tables that the migrations make.
    ExistingDatabase = "E0203", Refused;
    /// A statement of a migration failed.
    StatementFailed = "E0204", Failed;
    /// A transactional migration has BEGIN, COMMIT or ROLLBACK of its own.
    TransactionControl = "E0205", Source;
    /// After the step, rows refer to parents that do not exist.
    ForeignKeys = "E0206", Failed;
    /// A step both rebuilds a parent table and deletes rows whose children the cascade should follow.
    SplitStep = "E0207", Failed;
    /// The run was interrupted.
    Interrupted = "E0208", Interrupted;
    /// The connection was lost during COMMIT, so the step may or may not have been applied.
    CommitUnknown = "E0209", Failed;
    /// An index was left invalid and could not be repaired.
    InvalidIndex = "E0210", Failed;
    /// A step that was stopped between a statement and its journal entry cannot be decided from the catalog.
    InDoubt = "E0211", Failed;

    /// A file or folder of migrations cannot be read.
    Unreadable = "E0301", Source;
    /// A file is not UTF-8 text, or holds a NUL byte.
    Encoding = "E0302", Source;
    /// A .sql file does not fit the layout `V<version>__<description>.sql`.
    FileName = "E0303", Source;
    /// Two files have the same version.
    DuplicateVersion = "E0304", Source;
    /// A version is zero or has more than 18 digits.
    VersionRange = "E0305", Source;
    /// A folder is no phase, or the versions of the phases are not in order.
    Phase = "E0306", Source;
    /// A directive is unknown, repeated, or has a value that it cannot have.
    Directive = "E0307", Source;
    /// The text ends inside a quote, comment or block, or has a psql command that is not SQL.
    Syntax = "E0308", Source;
    /// A file holds no statement.
    Empty = "E0309", Source;
    /// A symbolic link leads out of the folder of migrations.
    OutsideFolder = "E0310", Source;
    /// schema.lock cannot be read or written.
    LockFile = "E0311", Source;
    /// A .down.sql has no migration beside it.
    OrphanDown = "E0312", Source;
    /// A folder that migrations are to be written to has others.
    Export = "E0313", Source;
    /// A file has both ways in one, as other tools write them.
    BothWays = "E0314", Source;

    /// A migration in Rust cannot be rendered as SQL, or would be as something else than is meant.
    NotRendered = "E0320", Source;
    /// A migration in Rust renders something else than its file says.
    RenderedDiffers = "E0321", Source;

    /// The text of an applied migration was changed.
    Modified = "E0401", Refused;
    /// The database has versions above all that the files have.
    NewerDatabase = "E0402", Refused;
    /// A version is pending that is lower than one that was applied.
    OutOfOrder = "E0403", Refused;
    /// A version was applied whose file is missing.
    Missing = "E0404", Refused;
    /// A partly applied migration was edited before the statement where it stopped.
    PartialEdited = "E0405", Refused;
    /// A version has no down.
    NoDown = "E0406", Refused;
    /// A version was declared irreversible.
    Irreversible = "E0407", DataLoss;
    /// The down loses data.
    DataLoss = "E0408", DataLoss;
    /// The target is not a version or phase that the files or the history have.
    UnknownTarget = "E0409", Config;
    /// A checking command found pending, modified or missing migrations, or files that do not agree with schema.lock.
    CheckFailed = "E0410", Found;
    /// A partly applied migration stands in the way.
    Partial = "E0411", Refused;
    /// A database holds something else than its history implies.
    Drift = "E0412", Found;
    /// A down does not restore what was.
    WrongDown = "E0413", Found;
    /// The two backends of a database have other tables or columns than its map says.
    MapDiffers = "E0414", Found;
    /// Rows that an up changed were changed since, so that its down does not put them back.
    RowsChanged = "E0415", DataLoss;
    /// A migration could not be tried over rows as users have them.
    Untried = "E0419", Found;

    /// The server or file cannot be reached.
    Connect = "E0501", Database;
    /// The server refused user or password.
    Authentication = "E0502", Database;
    /// The server or library is older than the oldest supported version.
    ServerVersion = "E0503", Database;
    /// The server is a hot standby, or the transaction is read only.
    Recovery = "E0504", Database;
    /// The file is not an SQLite database, or is damaged.
    NotADatabase = "E0505", Database;
    /// The file, or the folder that holds it, cannot be written.
    ReadOnly = "E0506", Database;
    /// The disk is full.
    DiskFull = "E0507", Database;
    /// The role lacks a privilege.
    Privilege = "E0508", Database;
    /// TLS could not be set up as sslmode asks.
    Tls = "E0509", Database;
    /// A query of this tool itself failed.
    Query = "E0510", Database;
    /// The connection broke.
    ConnectionLost = "E0511", Database;
    /// The server did not serve the second connection, which holds the lock, beside the first.
    SecondConnection = "E0512", Database;

    /// Another runner held the lock for longer than lock_wait.
    LockTimeout = "E0601", Lock;
    /// A table stayed locked by others through all retries.
    TableLocked = "E0602", Lock;
    /// The connection that held the lock was lost.
    LockLost = "E0603", Failed;

    /// A file cannot be written.
    Io = "E0701", Failed;

    /// Values of SQLite have no place on PostgreSQL as they stand.
    ValuesRefused = "E0801", Found;
    /// A database does not stand where a move is planned for.
    MoveNotReady = "E0802", Refused;
    /// The target of a move has rows that the move has not written.
    TargetNotOurs = "E0803", Refused;
    /// The source of a move was written since the copy began.
    SourceChanged = "E0804", Found;
    /// The time for a copy is over.
    TimeLimit = "E0805", Lock;
    /// The target does not hold what the source holds.
    MoveDiffers = "E0806", Found;
    /// Data is being moved into a database, or out of one.
    MoveUnderWay = "E0807", Refused;
    /// The changes of a source are not captured any more as they were.
    CaptureLost = "E0808", Failed;
    /// No side of a move takes a write of the application, or the one that does is not one that its settings name.
    NoSideOpen = "E0809", Lock;

    /// A program that a backup needs was not found: `pg_dump`, `pg_restore`.
    ProgramMissing = "E0901", Failed;
    /// A program that a backup needs failed.
    ProgramFailed = "E0902", Failed;
    /// A backup is damaged, or is none.
    BackupDamaged = "E0903", Refused;
    /// What a backup is to be restored to is there already.
    TargetExists = "E0904", DataLoss;
    /// A database cannot be replaced, since others use it.
    DatabaseInUse = "E0905", Lock;

    /// Files or records could not be imported.
    RecordsRefused = "E1001", Found;
    /// A rule of an import, or the database that it is for, is not as the import needs it.
    ImportNotReady = "E1002", Refused;
    /// A snapshot was cut off or changed, or is none.
    SnapshotDamaged = "E1003", Refused;
    /// What was restored is not what the snapshot has.
    SnapshotDiffers = "E1004", Failed;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()));
    }
}
