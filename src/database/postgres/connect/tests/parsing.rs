//! URLs and key=value strings, odd forms included.

use super::super::environment::ConnectEnvironment;
use super::super::parameters::Key;
use super::super::settings::gather;
use crate::error::Code;

/// The parameters of the string, as `key=value`, in the order of the table of parameters.
fn read(input: &str) -> Result<String, String> {
    let values = gather(input, &ConnectEnvironment::fixed([])).map_err(|error| {
        assert_eq!(error.code(), Code::InvalidUrl, "{input}");
        format!("{error:#}")
    })?;
    let pairs =
        Key::ALL.iter().filter_map(|key| values.get(*key).map(|value| format!("{}={}", key.name(), value.text)));
    Ok(pairs.collect::<Vec<_>>().join(" "))
}

#[test]
fn urls() {
    for (input, expected) in [
        ("postgresql://uri-user:secret@host:12345/db", "host=host port=12345 dbname=db user=uri-user password=secret"),
        ("postgresql://uri-user@host:12345/db", "host=host port=12345 dbname=db user=uri-user"),
        ("postgresql://uri-user@host/db", "host=host dbname=db user=uri-user"),
        ("postgresql://host:12345/db", "host=host port=12345 dbname=db"),
        ("postgresql://host/db", "host=host dbname=db"),
        ("postgresql://uri-user@host:12345/", "host=host port=12345 user=uri-user"),
        ("postgresql://uri-user@", "user=uri-user"),
        ("postgresql://host:12345", "host=host port=12345"),
        ("postgresql://host", "host=host"),
        ("postgresql://host/", "host=host"),
        ("postgresql://host?", "host=host"),
        ("postgresql://", ""),
        ("postgres://", ""),
        ("postgres:///", ""),
        ("postgres:///db", "dbname=db"),
        ("postgres://@host", "host=host"),
        ("postgres://host:/", "host=host"),
        ("postgres://:12345/", "port=12345"),
        ("postgres://u:@host", "host=host user=u"),
        ("postgres://:pw@host", "host=host password=pw"),
        ("postgresql://?hostaddr=127.0.0.1", "hostaddr=127.0.0.1"),
        ("postgresql://example.com?hostaddr=63.1.2.4", "host=example.com hostaddr=63.1.2.4"),
        ("postgresql://%68ost/", "host=host"),
        ("postgresql://host/db?user=uri-user&port=12345", "host=host port=12345 dbname=db user=uri-user"),
        ("postgresql://host/db?u%73er=other&port=1", "host=host port=1 dbname=db user=other"),
        ("postgresql://host:12345?user=uri-user", "host=host port=12345 user=uri-user"),
        ("postgresql://host/db?user=a&", "host=host dbname=db user=a"),
        ("postgresql://host/db?user=", "host=host dbname=db user="),
        ("postgresql://[::1]:12345/db", "host=::1 port=12345 dbname=db"),
        ("postgresql://[::1]/db", "host=::1 dbname=db"),
        ("postgresql://[::1]", "host=::1"),
        ("postgresql://[200z:db8::1234]/", "host=200z:db8::1234"),
        ("postgresql://[::1]:1,[::2],h:3/db", "host=::1,::2,h port=1,,3 dbname=db"),
        ("postgres://u@/db", "dbname=db user=u"),
        ("postgres://?host=/path/to/socket", "host=/path/to/socket"),
        ("postgres://u@?host=/no/such", "host=/no/such user=u"),
        ("postgres://u@:12345/db?host=/s", "host=/s port=12345 dbname=db user=u"),
        ("postgres://:12345?host=/s", "host=/s port=12345"),
        ("postgres://%2Fvar%2Flib%2Fpostgresql/db", "host=/var/lib/postgresql dbname=db"),
        ("postgres://u:p@%2Fvar%2Frun:5433/db", "host=/var/run port=5433 dbname=db user=u password=p"),
        ("postgresql://h1:1,h2:2/db", "host=h1,h2 port=1,2 dbname=db"),
        ("postgresql://h1,h2:2,h3", "host=h1,h2,h3 port=,2,"),
        ("postgresql://,", "host=, port=,"),
        ("postgresql://u:%40%3A%2F%25@h", "host=h user=u password=@:/%"),
        ("postgresql://u:p:q@h", "host=h user=u password=p:q"),
        ("postgresql://u:p?q@h", "host=h user=u password=p?q"),
        ("postgresql://u:caf%C3%A9@h/d%C3%A9", "host=h dbname=dé user=u password=café"),
        ("postgresql://user%40tenant@h", "host=h user=user@tenant"),
        ("postgresql://h/db?user=a%40b&password=c@d", "host=h dbname=db user=a@b password=c@d"),
        ("postgresql://h/d%2Fb", "host=h dbname=d/b"),
        ("postgresql://h/d/b", "host=h dbname=d/b"),
        ("postgresql://h?ssl=true", "host=h sslmode=require"),
        ("postgresql://h?sslmode=require&sslmode=disable", "host=h sslmode=disable"),
        ("postgresql://h?options=-c%20geqo%3Doff", "host=h options=-c geqo=off"),
        ("postgresql://h?application_name=%20a ", "host=h application_name= a"),
        ("  postgresql://h/db\n", "host=h dbname=db"),
    ] {
        assert_eq!(read(input).as_deref(), Ok(expected), "{input}");
    }
}

#[test]
fn urls_that_are_wrong() {
    for (input, expected) in [
        ("postgre://", "not one of PostgreSQL"),
        ("http://host/db", "not one of PostgreSQL"),
        ("POSTGRES://host/db", "not one of PostgreSQL"),
        ("postgres://[::1", "without its `]`"),
        ("postgres://[]", "empty IPv6 address"),
        ("postgres://[::1]z", "more text after the `]`"),
        ("postgresql://host?zzz", "a parameter without `=`"),
        ("postgresql://host?value1&value2", "a parameter without `=`"),
        ("postgresql://host?&user=a", "a parameter without `=`"),
        ("postgresql://host?key=key=value", "a parameter with a second `=`"),
        ("postgresql://host?uzer=", "unknown connection parameter `uzer`\n\nhint: did you mean `user`?"),
        ("postgresql://host/db?u%7aer=x", "unknown connection parameter `uzer`"),
        ("postgresql://h?sslmod=x", "did you mean `sslmode`?"),
        ("postgresql://h?requiressl=1", "use sslmode=require"),
        ("postgresql://h?currentSchema=a", "options=-c search_path"),
        ("postgresql://h?ssl=false", "unknown connection parameter `ssl`"),
        ("postgres://host?dbname=%XXfoo", "two hexadecimal digits in `dbname`"),
        ("postgresql://a%00b", "zero byte"),
        ("postgresql://%zz", "two hexadecimal digits"),
        ("postgresql://%1", "two hexadecimal digits"),
        ("postgresql://%", "two hexadecimal digits"),
        ("postgresql://u:%FF@h", "`password` in the connection URL is not UTF-8"),
        ("postgresql://h o/db", "a space in `host`"),
        ("postgresql://h:54e2/db", "a port that is not a number"),
        ("postgresql://u:p@ss@h/db", "`@` in its host or database name"),
        ("postgresql://u:p/ss@h/db", "port that is not a number"),
        ("postgresql://u:1/ss@h/db", "`@` in its host or database name"),
    ] {
        let error = read(input).unwrap_err();
        assert!(
            error.contains(expected) || expected == "port that is not a number" && error.contains("`@`"),
            "{input}: {error}"
        );
    }
}

#[test]
fn key_value_strings() {
    for (input, expected) in [
        ("", ""),
        ("   ", ""),
        ("host=h", "host=h"),
        ("host = h  port= 1 user =u", "host=h port=1 user=u"),
        ("host=h\tport=1\nuser=u", "host=h port=1 user=u"),
        ("host=/tmp user='a b'", "host=/tmp user=a b"),
        ("user=''", "user="),
        ("user= host=h", "user=host=h"),
        (r"password='it\'s \\ ok'", r"password=it's \ ok"),
        (r"password=a\ b\'c\\d", r"password=a b'c\d"),
        ("password=a'b", "password=a'b"),
        ("password='a=b c@d:/%'", "password=a=b c@d:/%"),
        ("password=postgres://x", "password=postgres://x"),
        ("host=a,b port=1,2", "host=a,b port=1,2"),
        ("host=a host=b", "host=b"),
        (r"user=a\", "user=a"),
        ("user='a'host=b", "host=b user=a"),
    ] {
        assert_eq!(read(input).as_deref(), Ok(expected), "{input}");
    }
}

#[test]
fn key_value_strings_that_are_wrong() {
    for (input, expected) in [
        ("mydb", "a word without `=`"),
        ("host=h mydb", "a word without `=`"),
        ("=x", "unknown connection parameter"),
        ("hots=h", "did you mean `host`?"),
        ("host='h", "quoted `host` without its closing quote"),
        (r"host='h\'", "quoted `host` without its closing quote"),
        ("Host=h", "did you mean `host`?"),
        ("password=one two=three", "it may be a part of a password"),
        ("password=one sslmod=require", "did you mean `sslmode`?"),
    ] {
        let error = read(input).unwrap_err();
        assert!(error.contains(expected), "{input}: {error}");
    }
}
