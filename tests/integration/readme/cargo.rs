//! cargo as a reader has it who can get the crates: without a network, with this library in the place of the published one, and with the
//! versions that were tested.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What cargo and rustc need to find each other, and the toolchain.
pub(crate) fn variables() -> Vec<(String, String)> {
    let is_wanted = |name: &str| {
        name == "CARGO_HOME" || ["RUSTUP_", "CARGO_PROFILE_"].iter().any(|prefix| name.starts_with(prefix))
    };
    let mut variables: Vec<_> = std::env::vars().filter(|(name, _)| is_wanted(name)).collect();
    // The reader's home is another one in a session.
    let home = std::env::var("HOME").unwrap_or_default();
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        if !variables.iter().any(|(given, _)| given == name) {
            variables.push((name.to_owned(), format!("{home}/{folder}")));
        }
    }
    variables.push(("CARGO_TERM_COLOR".to_owned(), "never".to_owned()));
    variables
}

/// Puts a `cargo` into `programs` that gives a new package the tested versions and the folder in which all is compiled already, and the
/// settings for it into `home`.
pub(crate) fn prepare(programs: &Path, home: &Path) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the folder of what is built");
    let script = format!(
        "#!/bin/sh\n'{}' \"$@\" || exit\n[ \"$1\" = new ] || exit 0\nfor package; do :; done\n\
         cp '{}/Cargo.lock' \"$package\" && ln -s '{}' \"$package/target\"\n",
        env!("CARGO"),
        repository.display(),
        target.display(),
    );
    let cargo = programs.join("cargo");
    fs::write(&cargo, script).expect("the folder is writable");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    // The profile is that of this repository: what differs in it is compiled anew, SQLite too.
    let settings = format!(
        "[net]\noffline = true\n[patch.crates-io]\nschemactl = {{ path = '{}' }}\n\
         [profile.dev.package.\"*\"]\ndebug = false\nopt-level = 1\n\
         [profile.dev.package.schemactl]\nopt-level = 0\n",
        repository.display(),
    );
    fs::create_dir(home.join(".cargo")).expect("the folder is writable");
    fs::write(home.join(".cargo/config.toml"), settings).expect("the folder is writable");
}
