//! No error, `Debug` or redacted text has any part of a password.

use std::fmt::Write as _;
use std::fs;

use super::super::environment::ConnectEnvironment;
use super::super::settings::ConnectSettings;
use crate::config::redact;

/// Passwords whose parts are easy to find again. Each has `QQ` in every part that a wrong parse could split off.
const PASSWORDS: &[&str] = &[
    "QQplain",
    "QQ@QQ",
    "QQ:QQ",
    "QQ/QQ",
    "QQ?QQ",
    "QQ@QQ/QQ:QQ?QQ=QQ&QQ",
    "QQ%QQ",
    "QQ%40QQ",
    "QQ%zzQQ",
    "QQ%00QQ",
    "QQ QQ",
    "QQ'QQ",
    r"QQ\QQ",
    r"QQ\'QQ host=h",
    "QQ#QQ[QQ]QQ",
    "QQ,QQ",
    "QQ=QQ",
    "QQ QQ=QQ",
    "QQé€QQ",
    "'QQ",
    "QQ'",
];

fn quoted(password: &str) -> String {
    format!("'{}'", password.replace('\\', r"\\").replace('\'', r"\'"))
}

fn encoded(password: &str) -> String {
    password.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "%{byte:02X}");
        text
    })
}

/// Ways to write a password, right and wrong, with something else wrong after it or not.
fn inputs(password: &str) -> Vec<String> {
    let mut inputs = Vec::new();
    for written in [password.to_owned(), encoded(password), password.replace('@', "%40")] {
        for rest in ["@h/db", "@h:x/db", "@h:99999/db", "@h/db?nope=1", "@h/db?sslmode=x", "@[::1/db", "@/db?host=/s"] {
            inputs.push(format!("postgresql://u:{written}{rest}"));
        }
        // Without a host, nothing tells a part of such a password from a host.
        if !written.contains('@') {
            inputs.push(format!("postgresql://u:{written}"));
        }
        inputs.push(format!("postgres://h/db?password={written}"));
        inputs.push(format!("postgres://h/db?user=u&password={written}&sslmode=x"));
        inputs.push(format!("mysql://u:{written}@h/db"));
        inputs.push(format!("u:{written}@h/db"));
    }
    for written in [password.to_owned(), quoted(password), format!("'{password}"), format!("'{password}'")] {
        for rest in ["", " host=h", " nope=1", " port=x", " word"] {
            inputs.push(format!("user=u password={written}{rest}"));
            inputs.push(format!("password = {written}{rest}"));
            inputs.push(format!("sslpassword={written}{rest}"));
        }
    }
    inputs
}

/// `QQ` as it is, and percent-encoded.
fn is_clean(text: &str) -> bool {
    !text.contains("QQ") && !text.contains("%51")
}

#[test]
fn nothing_shows_a_password() {
    for input in PASSWORDS.iter().flat_map(|password| inputs(password)) {
        let shown = match ConnectSettings::parse(&input, &ConnectEnvironment::fixed([])) {
            Ok(settings) => {
                let hosts: Vec<_> = settings.hosts.iter().map(|host| format!("{host} {host:?}")).collect();
                format!("{} {settings:?} {hosts:?} {:?}", settings.redacted(), settings.tls)
            }
            Err(error) => format!("{error} {error:#} {error:?}"),
        };
        assert!(is_clean(&shown), "{input}\n{shown}");
    }
}

#[test]
fn redaction_needs_no_parse() {
    for input in PASSWORDS.iter().flat_map(|password| inputs(password)) {
        let shown = redact(&input);
        assert!(is_clean(&shown), "{input}\n{shown}");
    }
}

#[test]
fn errors_about_files_show_no_password() {
    let home = tempfile::tempdir().unwrap();
    for password in PASSWORDS {
        for line in
            ["password={}", "password {}", "pasword={}", "password ={}", "sslpassword={}", "port=x\npassword={}"]
        {
            let text = format!("[s]\n{}\n", line.replace("{}", password));
            fs::write(home.path().join(".pg_service.conf"), text).unwrap();
            fs::write(home.path().join(".pgpass"), format!("*:*:*:*:{password}")).unwrap();
            let environment = ConnectEnvironment::fixed([]).with_home(home.path());
            let shown = match ConnectSettings::parse("service=s", &environment) {
                Ok(settings) => format!("{settings:?} {:?} {:?}", settings.hosts, settings.warnings),
                Err(error) => format!("{error} {error:#}"),
            };
            assert!(is_clean(&shown), "{line} {password}: {shown}");
        }
    }
}

#[test]
fn a_password_of_the_environment_is_not_shown() {
    for password in PASSWORDS.iter().filter(|password| !password.contains('\0')) {
        let environment = ConnectEnvironment::fixed([("PGPASSWORD", password), ("PGPORT", "x")]);
        let error = ConnectSettings::parse("host=h", &environment).unwrap_err();
        assert!(is_clean(&format!("{error:#}")));
        let settings =
            ConnectSettings::parse("host=h", &ConnectEnvironment::fixed([("PGPASSWORD", password)])).unwrap();
        assert!(is_clean(&format!("{settings:?} {:?}", settings.hosts)));
    }
}
