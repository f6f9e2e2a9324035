//! An expression of SQLite, taken apart.

/// An expression, as far as it is read here.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Null,
    Integer(i64),
    /// A number with a point or an exponent, as it was written.
    Number(String),
    Text(String),
    Boolean(bool),
    /// A name, with its table where it has one. One in double quotes that names nothing is a text.
    Name {
        table: Option<String>,
        name: String,
        is_double_quoted: bool,
    },
    Unary {
        operator: &'static str,
        of: Box<Expr>,
    },
    /// One of `AND`, `OR`, `=`, `<>`, `IS`, `IS NOT`, `<`, `<=`, `>`, `>=`, `&`, `|`, `+`, `-`, `*`, `/`, `%`, `||`.
    Binary {
        operator: &'static str,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Between {
        of: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        negation: Negation,
    },
    In {
        of: Box<Expr>,
        list: Vec<Expr>,
        negation: Negation,
    },
    Like {
        kind: LikeKind,
        of: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
        negation: Negation,
    },
    Call {
        name: String,
        arguments: Vec<Expr>,
    },
    Case {
        of: Option<Box<Expr>>,
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Cast {
        of: Box<Expr>,
        datatype: String,
    },
    Collate {
        of: Box<Expr>,
        collation: String,
    },
}

/// Functions of the rows of a group, with one argument.
pub(super) const AGGREGATES: [&str; 7] = ["count", "sum", "min", "max", "avg", "total", "group_concat"];

/// Whether a NOT stands before the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Negation {
    Plain,
    Not,
}

impl Negation {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Not => "NOT ",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LikeKind {
    Like,
    Glob,
}

impl Expr {
    /// The names of columns in it.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect_names(&mut names);
        names
    }

    /// Whether it counts or sums rows.
    pub(crate) fn has_aggregate(&self) -> bool {
        self.is_aggregate() || self.parts().into_iter().any(Self::has_aggregate)
    }

    fn is_aggregate(&self) -> bool {
        let Self::Call { name, arguments } = self else { return false };
        name == "count(*)" || arguments.len() == 1 && AGGREGATES.contains(&name.as_str())
    }

    /// The columns in it that are not counted or summed.
    pub(crate) fn names_outside_aggregates(&self) -> Vec<&Self> {
        if self.is_aggregate() {
            return Vec::new();
        }
        let own = matches!(self, Self::Name { .. }).then_some(self);
        own.into_iter().chain(self.parts().into_iter().flat_map(Self::names_outside_aggregates)).collect()
    }

    fn collect_names<'e>(&'e self, names: &mut Vec<&'e str>) {
        if let Self::Name { name, .. } = self {
            names.push(name);
        }
        for part in self.parts() {
            part.collect_names(names);
        }
    }

    /// The expressions that it is made of.
    fn parts(&self) -> Vec<&Expr> {
        match self {
            Self::Null | Self::Integer(_) | Self::Number(_) | Self::Text(_) | Self::Boolean(_) | Self::Name { .. } => {
                Vec::new()
            }
            Self::Unary { of, .. } | Self::Cast { of, .. } | Self::Collate { of, .. } => vec![of],
            Self::Binary { left, right, .. } => vec![left, right],
            Self::Between { of, low, high, .. } => vec![of, low, high],
            Self::In { of, list, .. } => std::iter::once(&**of).chain(list).collect(),
            Self::Like { of, pattern, .. } => vec![of, pattern],
            Self::Call { arguments, .. } => arguments.iter().collect(),
            Self::Case { of, arms, otherwise } => {
                let arms = arms.iter().flat_map(|(when, then)| [when, then]);
                of.iter().chain(otherwise).map(|part| &**part).chain(arms).collect()
            }
        }
    }
}
