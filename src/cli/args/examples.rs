//! The examples below the help of each command. Tests parse every line, and run what needs no server.

pub(super) const SCHEMACTL: &str = "\
Begin:
  schemactl init                      write schema.toml and the folders
  schemactl new \"create users\"        create the first migration
  schemactl up                        apply it
  schemactl status                    see what is applied";

pub(super) const INIT: &str = "\
Examples:
  schemactl init                      for what DATABASE_URL names, else for both backends
  schemactl init --backend sqlite     for SQLite alone
  schemactl init -d shop -d audit     for two databases with names";

pub(super) const NEW: &str = "\
Examples:
  schemactl new \"add total to orders\"
  schemactl new \"audit log\" --phase audit
  schemactl new \"add note\" --timestamp";

pub(super) const UP: &str = "\
Examples:
  schemactl up                        apply all that is pending
  schemactl up --dry-run              try it, and change nothing
  schemactl up --to 7                 go up to version 7
  schemactl up --transaction all      all of it, or nothing";

pub(super) const DOWN: &str = "\
Examples:
  schemactl down --dry-run            try it, measure what would be lost, and change nothing
  schemactl down                      take the last migration back
  schemactl down --steps 2            take the last two back
  schemactl down --to 7               take back what is above version 7
  schemactl down --to 0 --accept-data-loss";

pub(super) const UNDO: &str = "\
Examples:
  schemactl undo list                 what is kept of which version
  schemactl down                      takes the last migration back, and puts rows back";

pub(super) const UNDO_LIST: &str = "\
Examples:
  schemactl undo list
  schemactl undo list --json          as a document";

pub(super) const UNDO_SHOW: &str = "\
Examples:
  schemactl undo show 7               the keys of rows, and no values
  schemactl undo show 7 --values      the values of the first rows too";

pub(super) const UNDO_PURGE: &str = "\
Examples:
  schemactl undo purge 7              what is kept of version 7
  schemactl undo purge --expired      what is kept for no longer
  schemactl undo purge --all --yes    all of it, without being asked";

#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) const MOVE: &str = "\
Examples:
  schemactl move plan                 which values have no place on PostgreSQL as they stand";

#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) const TRANSLATE: &str = "\
Examples:
  schemactl translate                 of the database that schema.toml has on SQLite
  schemactl translate --from app.db   of another file
  schemactl translate --dry-run       only print what would be written
  schemactl translate --into look     write the migrations beside those that are there";

#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) const MOVE_PLAN: &str = "\
Examples:
  schemactl move plan
  schemactl move plan --from old.db   of another file than schema.toml names
  schemactl move plan --no-trial      only the values, without the constraints of the target
  schemactl move plan --values none   for a report that shows no values
  schemactl move plan --rejects refused.jsonl
                                      each refused value as a line of JSON
  schemactl move plan --json          as a document";

pub(super) const MOVE_COPY: &str = "\
Examples:
  schemactl move copy
  schemactl move copy --jobs 2                 over two connections
  schemactl move copy --on-reject set-aside    keep what has no place in the journal, and copy the rest
  schemactl move copy --tables events,metrics  these now, the others with the next copy
  schemactl move copy --time-limit 300s        as much as there is time for";

pub(super) const MOVE_VERIFY: &str = "\
Examples:
  schemactl move verify
  schemactl move verify --sample 1%          about one row of a hundred, and all rows counted
  schemactl move verify --report verify.md   with a report for a ticket
  schemactl move verify --values none        for a report that shows no values
  schemactl move verify --json               as a document";

pub(super) const MOVE_FOLLOW: &str = "\
Examples:
  schemactl move follow                       copy, then follow until Ctrl-C
  schemactl move follow --until-level         apply what is there, and end
  schemactl move follow --metrics-listen 127.0.0.1:9187
                                              and serve the figures to Prometheus
  schemactl move status                       from another shell: how far behind it is";

pub(super) const MOVE_CUTOVER: &str = "\
Examples:
  schemactl move cutover --dry-run            whether it would be possible now
  schemactl move cutover                      switch, with five seconds at most
  schemactl move cutover --deadline 30s       with more time
  schemactl move cutover --abort              after one that has died: SQLite is open again";

pub(super) const MOVE_BACK: &str = "\
Examples:
  schemactl move back --dry-run               whether it would be possible now
  schemactl move back                         switch back to SQLite, with five seconds at most
  schemactl move back --leave-behind          although rows have no place in SQLite";

pub(super) const MOVE_FINISH: &str = "\
Examples:
  schemactl move finish";

pub(super) const MOVE_ARCHIVE: &str = "\
Examples:
  schemactl move archive                      to archive/ beside the file
  schemactl move archive --to /srv/old        to another folder";

pub(super) const MOVE_STATUS: &str = "\
Examples:
  schemactl move status
  schemactl move status --json                       as a document
  schemactl move status --watch                      how far it is behind, again and again
  schemactl move status --watch 1 --until level      wait until nothing is left to apply";

pub(super) const MOVE_DISCARD: &str = "\
Examples:
  schemactl move discard
  schemactl move discard --drop-capture      while PostgreSQL cannot be reached";

pub(super) const STATUS: &str = "\
Examples:
  schemactl status
  schemactl status --check            for scripts: exit code 3 unless all is applied
  schemactl status --json             as a document";

pub(super) const PLAN: &str = "\
Examples:
  schemactl plan                      what `up` would do, and whether it would succeed
  schemactl plan -v                   with the SQL
  schemactl plan --no-rehearsal       only what it would do";

pub(super) const CHECK: &str = "\
Examples:
  schemactl check                     files and schema.lock, for CI
  schemactl check --prove             also every down, on scratch databases
  schemactl check --online            also the history of each database";

pub(super) const DIFF: &str = "\
Examples:
  schemactl diff                      what was changed outside of migrations
  schemactl diff --sql                also the SQL that takes it back
  schemactl diff --new \"add index\"    write it as the next migration";

pub(super) const REPAIR: &str = "\
Examples:
  schemactl repair                    what is wrong, and which flag mends it
  schemactl repair --checksums -y     record edited files as they are now
  schemactl repair --baseline 7 -y    record versions up to 7 as there already";

pub(super) const ADOPT: &str = "\
Examples:
  schemactl adopt --dry-run           what would be taken over
  schemactl adopt                     take over what another tool has recorded
  schemactl adopt --from diesel";

pub(super) const BACKUP: &str = "\
Examples:
  schemactl backup                    into the folder that schema.toml names, else backups
  schemactl backup --compress         smaller, for SQLite
  schemactl backup -d shop --folder /mnt/backups";

pub(super) const RESTORE: &str = "\
Examples:
  schemactl restore backups/app-20261129T125134Z-v2.sqlite --into old.db
  schemactl restore backups/shop-20261129T125134Z-v7.dump --into shop_old
  schemactl restore backups/app-20261129T125134Z-v2.sqlite --replace";

#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) const IMPORT: &str = "\
Examples:
  schemactl import --dry-run          what would be imported
  schemactl import context logs       by these rules of schema.toml
  schemactl import --on-reject set-aside --rejects bad.jsonl
  schemactl import --snapshot snapshot.json";

#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) const EXPORT: &str = "\
Examples:
  schemactl export -o snapshot.json
  schemactl export --tables events --format csv > events.csv
  schemactl export -d shop --format jsonl | gzip > shop.jsonl.gz";

pub(super) const GENERATE: &str = "\
Examples:
  schemactl generate                  write the downs that are missing, and schema.lock
  schemactl generate 7                write the down of version 7 anew
  schemactl generate --accept-modified=7    version 7 was edited: take that over, and write its down anew";

pub(super) const PROVE: &str = "\
Examples:
  schemactl prove                     every down that changed since schema.lock was written
  schemactl prove --all               every down
  schemactl prove db/migrations --layout golang-migrate --backend sqlite";

pub(super) const VERSION: &str = "\
Examples:
  schemactl version";

pub(super) const COMPLETIONS: &str = "\
Examples:
  schemactl completions bash > ~/.local/share/bash-completion/completions/schemactl
  schemactl completions zsh > ~/.zfunc/_schemactl";

pub(super) const MAN: &str = "\
Examples:
  schemactl man > schemactl.1
  schemactl man ~/.local/share/man/man1";
