//! What looks like a secret by its name. It is named, and imported where the rule says so.

use heck::ToSnakeCase as _;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::record::{FieldValue, FileRecord};

/// Words with which the name of a secret ends.
const SECRETS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "secret_key",
    "credential",
    "credentials",
    "client_secret",
];

/// `.env` and its like, keys and certificates.
pub(super) fn is_secret_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    let is_key = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"].iter().any(|end| name.ends_with(end));
    name.starts_with(".env")
        || is_key
        || name.starts_with("id_rsa")
        || name.starts_with("id_ed25519")
        || is_secret(stem)
}

/// Whether a key or field is called like a secret: `api_key`, `dbPassword`, `token`; not `token_count`.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_snake_case();
    SECRETS.iter().any(|word| name.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_')))
}

/// The name of a field, at any depth, that looks like a secret and has a value.
pub(super) fn secret_in(record: &FileRecord) -> Option<String> {
    for (name, value) in &record.fields {
        match value {
            FieldValue::Word(key) if name == "@key" && is_secret(key) => return Some(key.clone()),
            FieldValue::Null => {}
            FieldValue::Json(text) => {
                let is_named = !name.starts_with('@') && is_secret(name);
                if let Some(found) = is_named.then(|| name.clone()).or_else(|| secret_in_json(text)) {
                    return Some(found);
                }
            }
            _ if !name.starts_with('@') && is_secret(name) => return Some(name.clone()),
            _ => {}
        }
    }
    None
}

fn secret_in_json(text: &str) -> Option<String> {
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let _ = SecretSearch(&mut found).deserialize(&mut reader);
    found
}

/// Reads through JSON, and keeps the first key that looks like a secret.
struct SecretSearch<'f>(&'f mut Option<String>);

impl<'de> DeserializeSeed<'de> for SecretSearch<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SecretSearch<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(SecretSearch(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            if is_secret(&key) {
                *self.0 = Some(key);
                return Err(A::Error::custom("found"));
            }
            members.next_value_seed(SecretSearch(&mut *self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_others() {
        for name in ["api_key", "API_KEY", "apiKey", "token", "github_token", "dbPassword", "clientSecret", "secret"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["token_count", "tokens", "prompt_tokens", "key", "config_key", "secretary", "monkey", ""] {
            assert!(!is_secret(name), "{name}");
        }
        for path in [".env", "config/.env.local", "a/server.pem", "config/secret.json", "id_rsa", "x/credentials.toml"]
        {
            assert!(is_secret_file(path), "{path}");
        }
        assert!(!is_secret_file("config/settings.json") && !is_secret_file("environment.json"));
    }

    #[test]
    fn secrets_are_found_at_any_depth() {
        assert_eq!(secret_in_json(r#"{"a": [1, {"b": {"apiToken": "x"}}]}"#), Some("apiToken".to_owned()));
        assert_eq!(secret_in_json(r#"{"a": [1e400000, {"token_count": 7}], "text": "token"}"#), None);
    }
}
