//! Defaults, precedence, and values that are checked.

use std::time::Duration;

use super::super::environment::ConnectEnvironment;
use super::super::hosts::Host;
use super::super::settings::{ConnectSettings, HostOrder, Keepalives, SessionTarget};
use super::super::tls::SslMode;
use crate::error::Code;

fn parse<const N: usize>(input: &str, variables: [(&str, &str); N]) -> ConnectSettings {
    ConnectSettings::parse(input, &ConnectEnvironment::fixed(variables))
        .unwrap_or_else(|error| panic!("{input}: {error:#}"))
}

fn error<const N: usize>(input: &str, variables: [(&str, &str); N]) -> String {
    let error = ConnectSettings::parse(input, &ConnectEnvironment::fixed(variables)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidUrl, "{input}");
    format!("{error:#}")
}

fn hosts(settings: &ConnectSettings) -> String {
    settings.hosts.iter().map(Host::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn all_from_the_defaults() {
    let settings = parse("", []);
    assert_eq!(hosts(&settings), "/var/run/postgresql/.s.PGSQL.5432 /tmp/.s.PGSQL.5432 localhost:5432");
    assert_eq!((settings.user.as_str(), settings.database()), ("osuser", "osuser"));
    assert_eq!(settings.application_name, "schemactl");
    assert_eq!(settings.tls.mode, SslMode::Prefer);
    assert_eq!(settings.redacted(), "postgresql://osuser@/osuser");
    assert_eq!(
        (settings.connect_timeout, settings.target, settings.order),
        (None, SessionTarget::Any, HostOrder::Given)
    );
}

#[test]
fn all_from_the_environment() {
    let settings = parse(
        "",
        [
            ("PGHOST", "db1,db2"),
            ("PGHOSTADDR", "10.0.0.1,::1"),
            ("PGPORT", "6000"),
            ("PGDATABASE", "shop"),
            ("PGUSER", "ada"),
            ("PGPASSWORD", "pw"),
            ("PGOPTIONS", "-c geqo=off"),
            ("PGAPPNAME", "app"),
            ("PGSSLMODE", "require"),
            ("PGCONNECT_TIMEOUT", "7"),
            ("PGCLIENTENCODING", "utf-8"),
            ("PGTARGETSESSIONATTRS", "prefer-standby"),
            ("PGLOADBALANCEHOSTS", "random"),
            ("PGCHANNELBINDING", "disable"),
        ],
    );
    assert_eq!(hosts(&settings), "db1:6000 db2:6000");
    assert_eq!(settings.redacted(), "postgresql://ada:***@db1:6000,db2:6000/shop?sslmode=require");
    assert_eq!((settings.options.as_deref(), settings.application_name.as_str()), (Some("-c geqo=off"), "app"));
    assert_eq!(settings.connect_timeout, Some(Duration::from_secs(7)));
    assert_eq!((settings.target, settings.order), (SessionTarget::PreferStandby, HostOrder::Random));
    assert_eq!(settings.hosts[0].password.as_ref().unwrap().expose(), b"pw");
}

#[test]
fn the_string_goes_before_the_environment() {
    let variables = [("PGHOST", "env"), ("PGUSER", "env"), ("PGDATABASE", "env"), ("PGPASSWORD", "env")];
    let settings = parse("postgres://url:pw@/", variables);
    assert_eq!(settings.redacted(), "postgresql://url:***@env:5432/env");
    assert_eq!(settings.hosts[0].password.as_ref().unwrap().expose(), b"pw");
    // An empty value in the string is the default, as in libpq, and hides the environment.
    assert_eq!(parse("user='' host=h", variables).user, "osuser");
    assert_eq!(parse("host=h user=u", []).database(), "u");
}

#[test]
fn names_of_the_application() {
    assert_eq!(parse("fallback_application_name=f", []).application_name, "f");
    assert_eq!(parse("fallback_application_name=f", [("PGAPPNAME", "env")]).application_name, "env");
    assert_eq!(parse("application_name=a fallback_application_name=f", []).application_name, "a");
}

#[test]
fn hosts_and_ports() {
    for (input, expected) in [
        ("host=h", "h:5432"),
        ("host=h port=1", "h:1"),
        ("host=h port=''", "h:5432"),
        ("host=a,b port=1", "a:1 b:1"),
        ("host=a,b port=1,2", "a:1 b:2"),
        ("postgres://a,b:2", "a:5432 b:2"),
        ("host=::1", "[::1]:5432"),
        ("hostaddr=::1", "[::1]:5432"),
        ("hostaddr=127.0.0.1 port=9", "127.0.0.1:9"),
        ("host=/run/x", "/run/x/.s.PGSQL.5432"),
        ("host=@abstract", "@abstract/.s.PGSQL.5432"),
        ("host=/run/x,b", "/run/x/.s.PGSQL.5432 b:5432"),
        ("host=h,", "h:5432 /var/run/postgresql/.s.PGSQL.5432 /tmp/.s.PGSQL.5432 localhost:5432"),
    ] {
        assert_eq!(hosts(&parse(input, [])), expected, "{input}");
    }
}

#[test]
fn urls_for_messages() {
    for (input, expected) in [
        ("postgres://u:pw@h/db", "postgresql://u:***@h:5432/db"),
        ("postgres://u@h/db?sslmode=disable", "postgresql://u@h:5432/db?sslmode=disable"),
        ("host=/run/x dbname=db user=u", "postgresql://u@/db?host=/run/x"),
        ("host=/run/x port=7 dbname=db user=u", "postgresql://u@:7/db?host=/run/x"),
        ("host=/run/x,h user=u", "postgresql://u@%2Frun%2Fx:5432,h:5432/u"),
        ("port=7 user=u", "postgresql://u@:7/u"),
        ("postgres://u%40x@[::1]/d%2Fb", "postgresql://u%40x@[::1]:5432/d%2Fb"),
    ] {
        assert_eq!(parse(input, []).redacted(), expected);
        assert_eq!(format!("{:?}", parse(input, [])), format!("Settings({expected})"));
    }
}

#[test]
fn values_that_are_wrong() {
    for (input, expected) in [
        ("host=a,b port=1,2,3", "3 ports do not match 2 hosts"),
        ("host=a,b hostaddr=127.0.0.1", "2 hosts do not match 1 hostaddr values"),
        ("hostaddr=localhost", "use `host` for names"),
        ("port=0", "invalid value `0` for `port`"),
        ("port=65536", "a number from 1 to 65535"),
        ("host=h port=x", "invalid value `x` for `port`"),
        ("host='a b'", "a character that no host name has"),
        ("sslmode=requires", "disable, allow, prefer, require, verify-ca, verify-full"),
        ("sslmode=prefer sslrootcert=system", "needs sslmode=verify-full"),
        ("sslmode=require sslrootcert=system", "needs sslmode=verify-full"),
        ("sslnegotiation=direct", "needs sslmode=require"),
        ("sslnegotiation=odd", "postgres, direct"),
        ("ssl_min_protocol_version=TLSv1.4", "TLSv1.2 or TLSv1.3"),
        ("ssl_max_protocol_version=TLSv1.1", "TLS 1.2 and 1.3 are supported"),
        ("ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2", "may not be above the maximum"),
        ("sslcertmode=require", "disable, allow"),
        ("channel_binding=maybe", "disable, prefer, require"),
        ("target_session_attrs=master", "prefer-standby"),
        ("load_balance_hosts=round", "disable, random"),
        ("connect_timeout=soon", "a whole number"),
        ("client_encoding=LATIN1", "UTF8 or auto"),
        ("gssencmode=require", "there is no encryption by GSSAPI"),
        ("gssencmode=maybe", "disable, prefer"),
        ("replication=database", "migrations run in ordinary sessions"),
        ("require_auth=scram-sha-256", "`require_auth` is not supported"),
        ("requirepeer=postgres", "`requirepeer` is not supported"),
        ("sslcrldir=/x", "name it with `sslcrl`"),
        ("sslpassword=x", "encrypted keys cannot be read"),
    ] {
        let error = error(input, []);
        assert!(error.contains(expected), "{input}: {error}");
    }
}

#[test]
fn a_wrong_value_says_where_it_came_from() {
    assert!(error("host=h", [("PGSSLMODE", "on")]).contains("it comes from PGSSLMODE"));
    assert!(error("host=h", [("PGPORT", "x")]).contains("it comes from PGPORT"));
}

#[test]
fn parameters_that_ask_for_nothing_are_taken() {
    for input in [
        "gssencmode=disable",
        "gssencmode=prefer krbsrvname=postgres gsslib=gssapi gssdelegation=0",
        "replication=off",
        "client_encoding=auto",
        "client_encoding=UTF-8",
        "sslcompression=0 sslsni=0",
        "sslnegotiation=direct sslmode=require",
        "ssl_min_protocol_version=TLSv1 ssl_max_protocol_version=TLSv1.3",
    ] {
        parse(input, []);
    }
}

#[test]
fn modes_of_tls() {
    assert_eq!(parse("sslrootcert=system", []).tls.mode, SslMode::VerifyFull);
    assert_eq!(parse("", [("PGSSLROOTCERT", "system")]).tls.mode, SslMode::VerifyFull);
    assert_eq!(parse("sslmode=disable", [("PGSSLROOTCERT", "system")]).tls.mode, SslMode::Disable);
    assert_eq!(parse("", [("PGREQUIRESSL", "1")]).tls.mode, SslMode::Require);
    assert_eq!(parse("sslmode=allow", [("PGREQUIRESSL", "1")]).tls.mode, SslMode::Allow);
}

#[test]
fn settings_of_tcp() {
    let tcp = parse("keepalives_idle=10 keepalives_count=3 tcp_user_timeout=500", []).tcp;
    let idle = Some(Duration::from_secs(10));
    assert_eq!(tcp.keepalives, Keepalives::On { idle, interval: None, count: Some(3) });
    assert_eq!(tcp.user_timeout, Some(Duration::from_millis(500)));
    assert_eq!(parse("keepalives=0", []).tcp.keepalives, Keepalives::Off);
    assert_eq!(parse("connect_timeout=-1", []).connect_timeout, None);
}

#[test]
fn without_any_user_name() {
    let error = ConnectSettings::parse("host=h", &ConnectEnvironment::fixed([]).without_user()).unwrap_err();
    assert!(format!("{error:#}").contains("set `user`, or PGUSER"));
}
