//! What a program of PostgreSQL is told, so that it reaches the same database: `pg_dump`, `pg_restore`.

use super::environment::ConnectEnvironment;
use super::parameters::Key;
use super::settings::gather;
use crate::error::Result;

/// The parameters of a connection for a program that uses libpq.
#[derive(Clone)]
pub(crate) struct LibpqParameters {
    /// Pairs of `key='value'`, without a password: arguments can be seen by others on this machine.
    pub(crate) conninfo: String,
    /// For `PGPASSWORD`.
    pub(crate) password: Option<String>,
}

/// Read here already, of no use to such a program, or secret.
const LEFT_OUT: [Key; 8] = [
    Key::Service,
    Key::ServiceFile,
    Key::Database,
    Key::Password,
    Key::SslPassword,
    Key::ClientEncoding,
    Key::Replication,
    Key::ApplicationName,
];

impl LibpqParameters {
    /// Reads a URL or key=value string as [`ConnectSettings`](super::ConnectSettings) does, for a database of that name. The program is to be
    /// run without variables of libpq: all of them are in here.
    ///
    /// # Errors
    /// As reading the settings.
    pub(crate) fn of(input: &str, environment: &ConnectEnvironment, database: &str) -> Result<Self> {
        let values = gather(input, environment)?;
        let given = Key::ALL.iter().filter(|key| !LEFT_OUT.contains(key));
        let given = given.filter_map(|key| Some((key.name(), values.given(*key)?)));
        let name = values.given(Key::ApplicationName).unwrap_or("schemactl");
        let pairs = given.chain([("dbname", database), ("application_name", name)]);
        Ok(Self {
            conninfo: pairs.map(|(key, value)| format!("{key}='{}'", escaped(value))).collect::<Vec<_>>().join(" "),
            password: values.given(Key::Password).map(str::to_owned),
        })
    }
}

/// <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('\'', r"\'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_among_the_arguments() {
        let environment = ConnectEnvironment::fixed([("PGPORT", "5433"), ("PGSSLMODE", "disable")]);
        let url = r"postgresql://me:geheim@db.example/shop?sslmode=require&options=-c%20a%3Db";
        let read = LibpqParameters::of(url, &environment, r"it's \ new").unwrap();
        assert_eq!(
            read.conninfo,
            r"host='db.example' port='5433' user='me' options='-c a=b' sslmode='require' dbname='it\'s \\ new' application_name='schemactl'"
        );
        assert_eq!(read.password.as_deref(), Some("geheim"));
    }
}
