//! What would settle a refusal.

/// What would settle a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// A rule: as it is written in `[map.convert]`.
    Rule(String),
    /// Nothing but a change of the value, or of the schema. What may help all the same.
    Mend(Option<String>),
}

impl Settlement {
    /// `ask` where a rule has to say what the value means, `reject` where the value has to be mended or stays behind.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Rule(_) => "ask",
            Self::Mend(_) => "reject",
        }
    }

    /// A rule that settles it, or may help.
    pub(crate) fn rule(&self) -> Option<&str> {
        match self {
            Self::Rule(rule) => Some(rule),
            Self::Mend(rule) => rule.as_deref(),
        }
    }
}
