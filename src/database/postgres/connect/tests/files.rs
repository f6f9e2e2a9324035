//! The password file and the service file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::environment::ConnectEnvironment;
use super::super::passfile::{PassFile, PassfileLookup};
use super::super::settings::ConnectSettings;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn write(folder: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn find(content: &str, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
    let folder = folder();
    let file = PassFile::read(write(&folder, "pgpass", content, 0o600)).unwrap().unwrap();
    let found = file.find(&PassfileLookup { host, port, database, user });
    found.map(|password| String::from_utf8_lossy(password.expose()).into_owned())
}

#[test]
fn the_first_line_that_matches_holds() {
    let content = "# h:5432:d:u:comment\n\nh:5432:d:u:exact\r\nh:*:d:u:any port\n*:*:*:u:any\n*:*:*:*:last\n";
    for (host, port, database, user, password) in [
        ("h", 5432, "d", "u", "exact"),
        ("h", 5433, "d", "u", "any port"),
        ("i", 5432, "d", "u", "any"),
        ("h", 5432, "d", "v", "last"),
    ] {
        assert_eq!(find(content, host, port, database, user).as_deref(), Some(password));
    }
    assert_eq!(find("h:1:d:u:x", "h", 2, "d", "u"), None);
    assert_eq!(find("", "h", 2, "d", "u"), None);
}

#[test]
fn escapes() {
    for (line, host, user, password) in [
        (r"::1:*:*:u:wrong", "::1", "u", None),
        (r"\:\:1:*:*:u:right", "::1", "u", Some("right")),
        (r"h:*:*:do\\main\:x:right", "h", r"do\main:x", Some("right")),
        (r"h:*:*:u:a\:b\\c", "h", "u", Some(r"a:b\c")),
        (r"h:*:*:u:a:ignored", "h", "u", Some("a")),
        (r"h:*:*:u:", "h", "u", Some("")),
        (r"h:*:*:u", "h", "u", None),
        (r"*h:*:*:u:x", "h", "u", None),
        (r"\*:*:*:u:x", "h", "u", None),
        (r"h:*:*:u:a\", "h", "u", Some(r"a\")),
        (r"h:*:*:u: spaces ", "h", "u", Some(" spaces ")),
    ] {
        assert_eq!(find(line, host, 5432, "d", user).as_deref(), password, "{line}");
    }
}

fn password(input: &str, environment: &ConnectEnvironment) -> Vec<Option<String>> {
    let settings = ConnectSettings::parse(input, environment).unwrap_or_else(|error| panic!("{error:#}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    settings.hosts.iter().map(|host| host.password.as_ref().map(|password| text(password.expose()))).collect()
}

#[test]
fn each_host_has_its_own_password() {
    let home = folder();
    let lines =
        "a:1:d:u:for a\nb:*:d:u:for b\nlocalhost:5432:d:u:socket\n/run/x:5432:d:u:other socket\n127.0.0.1:*:*:u:ip\n";
    write(&home, ".pgpass", lines, 0o600);
    let environment = ConnectEnvironment::fixed([]).with_home(home.path());
    let some = |text: &str| Some(text.to_owned());
    for (input, expected) in [
        ("host=a,b,c port=1 dbname=d user=u", vec![some("for a"), some("for b"), None]),
        ("host=/var/run/postgresql dbname=d user=u", vec![some("socket")]),
        ("host=/run/x dbname=d user=u", vec![some("other socket")]),
        ("dbname=d user=u", vec![some("socket"); 3]),
        ("hostaddr=127.0.0.1 user=u", vec![some("ip")]),
        ("host=b hostaddr=127.0.0.1 dbname=d user=u", vec![some("for b")]),
        ("host=b dbname=d user=u password=given", vec![some("given")]),
        ("host=b dbname=d user=u password=''", vec![some("for b")]),
        ("host=b dbname=e user=u", vec![None]),
    ] {
        assert_eq!(password(input, &environment), expected, "{input}");
    }
}

#[test]
fn a_file_that_is_named_goes_before_that_of_the_home() {
    let home = folder();
    write(&home, ".pgpass", "*:*:*:*:home", 0o600);
    let named = write(&home, "named", "*:*:*:*:named", 0o600);
    let named = named.to_str().unwrap();
    let environment = ConnectEnvironment::fixed([("PGPASSFILE", named)]).with_home(home.path());
    assert_eq!(password("host=h", &environment), [Some("named".to_owned())]);
    assert_eq!(password("host=h passfile=/nonexistent", &environment), [None]);
    let with_password = ConnectEnvironment::fixed([("PGPASSFILE", named), ("PGPASSWORD", "variable")]);
    assert_eq!(password("host=h", &with_password), [Some("variable".to_owned())]);
}

#[test]
fn a_file_that_others_can_read_is_not_used_and_that_is_said() {
    let home = folder();
    let path = write(&home, ".pgpass", "*:*:*:*:s3cret", 0o640);
    let settings = ConnectSettings::parse("host=h", &ConnectEnvironment::fixed([]).with_home(home.path())).unwrap();
    assert!(settings.hosts[0].password.is_none());
    let path = path.display();
    let expected = format!("the password file {path} was not used: others can read it; run `chmod 0600 {path}`");
    assert_eq!(settings.warnings, [expected]);
    let folder = ConnectSettings::parse("host=h passfile=/", &ConnectEnvironment::fixed([])).unwrap();
    assert_eq!(folder.warnings, ["the password file / was not used: it is not a plain file"]);
}

const SERVICES: &str = "\
# comment
[one]
host=one.example
 port=1000
password=p=w #x
user=

[two]
host=two.example
sslmode=verify-full
[one]
host=never
";

fn environment(home: &Path) -> ConnectEnvironment {
    ConnectEnvironment::fixed([("PGSYSCONFDIR", "/nonexistent"), ("PGUSER", "env")]).with_home(home)
}

#[test]
fn a_service_goes_before_the_environment_and_after_the_string() {
    let home = folder();
    write(&home, ".pg_service.conf", SERVICES, 0o644);
    for (input, expected) in [
        ("service=one", "postgresql://osuser:***@one.example:1000/osuser"),
        ("service=one user=u host=h", "postgresql://u:***@h:1000/u"),
        ("postgres://?service=two", "postgresql://env@two.example:5432/env?sslmode=verify-full"),
    ] {
        let settings = ConnectSettings::parse(input, &environment(home.path())).unwrap();
        assert_eq!(settings.redacted(), expected, "{input}");
    }
    let settings = ConnectSettings::parse("service=one", &environment(home.path())).unwrap();
    let password = settings.hosts[0].password.as_ref().unwrap();
    assert_eq!(password.expose(), b"p=w #x");
    let file = home.path().join(".pg_service.conf");
    assert_eq!(password.origin().to_string(), format!("service `one` of {}", file.display()));
}

#[test]
fn service_files_are_found_where_libpq_finds_them() {
    let (home, system) = (folder(), folder());
    write(&home, ".pg_service.conf", "[a]\nhost=own\n", 0o644);
    write(&system, "pg_service.conf", "[a]\nhost=system\n[b]\nhost=system\n", 0o644);
    let named = write(&system, "named", "[a]\nhost=named\n", 0o644);
    let (named, system) = (named.to_str().unwrap(), system.path().to_str().unwrap());
    let host = |input: &str, environment: ConnectEnvironment| {
        ConnectSettings::parse(input, &environment.with_home(home.path())).map(|settings| settings.hosts[0].to_string())
    };
    let with_system = || ConnectEnvironment::fixed([("PGSYSCONFDIR", system)]);
    assert_eq!(host("service=a", with_system()).unwrap(), "own:5432");
    assert_eq!(host("service=b", with_system()).unwrap(), "system:5432");
    let all = ConnectEnvironment::fixed([("PGSYSCONFDIR", system), ("PGSERVICEFILE", named), ("PGSERVICE", "a")]);
    assert_eq!(host("", all).unwrap(), "named:5432");
    assert_eq!(host(&format!("service=a servicefile={named}"), with_system()).unwrap(), "named:5432");
    assert!(host("service=b", ConnectEnvironment::fixed([("PGSERVICEFILE", named)])).is_err());
    assert!(host("service=a servicefile=/nonexistent", with_system()).is_err());
}

#[test]
fn service_files_that_are_wrong() {
    for (text, expected) in [
        ("[s]\nhost h\n", "a line of the connection service file has no `=`"),
        ("[s]\nhots=h\n", "did you mean `host`?"),
        ("[s]\nhost = h\n", "a space before its `=`"),
        ("[s]\nservice=t\n", "refers to another service"),
        ("[s]\nldap://server/base\n", "look-up by LDAP"),
        ("[sx]\nhost=h\n", "did you mean `sx`?"),
        ("host=h\n", "add a section [s]"),
    ] {
        let home = folder();
        write(&home, ".pg_service.conf", text, 0o644);
        let error = ConnectSettings::parse("service=s", &environment(home.path())).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(expected), "{text}: {error}");
        assert!(!text.starts_with("[s]") || error.contains(".pg_service.conf:2"), "{error}");
    }
}
