//! What is published: the links of every page lead somewhere, the manifest says what registries ask for, and files that repeat
//! something of it repeat it rightly.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages of the root and of docs/.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root().to_owned(), root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() && folder != root() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(path.strip_prefix(root()).expect("it lies in it").to_owned());
            }
        }
    }
    pages.sort();
    pages
}

/// The text without blocks of code, where brackets are not links.
fn prose(text: &str) -> String {
    let mut inside = false;
    let lines = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands in `](...)`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| Some(rest[..rest.find(')')?].to_owned()));
    targets.collect()
}

/// The anchors that a forge makes of headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    headings.map(anchor).collect()
}

/// `docs/../README.md` as `README.md`; none where it leads out of the repository.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => plain.pop().then_some(())?,
            Component::Normal(name) => plain.push(name),
            _ => {}
        }
    }
    Some(plain)
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = String::new();
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { Some(page.clone()) } else { plain(&page.with_file_name(path)) };
            let there = target.filter(|target| root().join(target).exists());
            let is_right = there.is_some_and(|target| {
                anchor.is_empty()
                    || target.extension().is_some_and(|end| end == "md") && anchors(&read(target)).contains(anchor)
            });
            if !is_right {
                let _ = writeln!(wrong, "{}: {link}", page.display());
            }
        }
    }
    assert!(wrong.is_empty(), "these links lead nowhere:\n{wrong}");
}

/// The registry resolves them against the repository's address; an absolute one would be a second place for it.
#[test]
fn the_address_stands_in_one_place() {
    let address = env!("CARGO_PKG_REPOSITORY");
    assert!(address.is_empty() || address.starts_with("https://") && !address.ends_with('/'), "{address}");
    if address.is_empty() {
        return;
    }
    for file in pages().into_iter().chain([PathBuf::from("action.yml"), PathBuf::from(".github/workflows/release.yml")])
    {
        assert!(!read(&file).contains(address), "{} names the address of the repository: link by path", file.display());
    }
}

/// What the front page links to is in the repository.
#[test]
fn links_of_the_front_page_lead_to_files() {
    let text = read("src/lib.rs");
    let links: Vec<&str> = text.split("/blob/HEAD/").skip(1).filter_map(|rest| rest.split([')', '"']).next()).collect();
    assert!(links.len() >= 3, "{links:?}");
    for link in links {
        assert!(root().join(link).is_file(), "{link}");
    }
}

#[test]
fn the_manifest_says_what_registries_ask_for() {
    for (field, value) in [
        ("description", env!("CARGO_PKG_DESCRIPTION")),
        ("license", env!("CARGO_PKG_LICENSE")),
        ("readme", env!("CARGO_PKG_README")),
        ("rust-version", env!("CARGO_PKG_RUST_VERSION")),
    ] {
        assert!(!value.is_empty(), "{field}");
    }
    let manifest = read("Cargo.toml");
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(root().join(license).is_file(), "{license}");
    }
    for wanted in ["[package.metadata.docs.rs]", "[package.metadata.binstall]", "keywords = ", "categories = "] {
        assert!(manifest.contains(wanted), "{wanted}");
    }
    let rust = format!("Rust {}", env!("CARGO_PKG_RUST_VERSION"));
    assert!(read("README.md").contains(&rust), "the README does not name {rust}");
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("CHANGELOG.md").contains(&format!("## {version}")), "CHANGELOG.md has no {version}");
}

/// Each feature is on the front page, but the one that is for tests.
#[test]
fn every_feature_is_told() {
    let manifest = read("Cargo.toml");
    let (_, features) = manifest.split_once("\n[features]\n").expect("there are features");
    let features = features.split("\n[").next().unwrap_or_default();
    let names = features.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let page = read("src/lib.rs");
    for (name, _) in names.filter(|(name, _)| !["default", "fault-points"].contains(name)) {
        assert!(page.contains(&format!("//! | `{name}` |")), "src/lib.rs does not tell of the feature {name}");
    }
}

/// What a platform's archive is called is said by three files.
#[test]
fn the_same_platforms_are_built_and_installed() {
    let workflow = read(".github/workflows/release.yml");
    let built: BTreeSet<&str> = workflow
        .split("target: ")
        .skip(1)
        .filter_map(|rest| rest.split(',').next())
        .filter(|target| !target.contains("matrix"))
        .collect();
    let action = read("action.yml");
    let installed: BTreeSet<&str> =
        action.split("target=").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
    assert_eq!(built, installed);
    assert!(built.len() >= 5, "{built:?}");
    let archive = "schemactl-{ version }-{ target }";
    assert!(read("Cargo.toml").contains(&format!("{archive}.tar.gz")), "Cargo.toml: {archive}");
    assert!(read("packaging/archive").contains("name=schemactl-$(packaging/metadata version)-$target"));
    assert!(action.contains("name=schemactl-$VERSION-$target"));
}

/// The hook and the action call a command that is there.
#[test]
fn hook_and_action_call_check() {
    let hook = read(".pre-commit-hooks.yaml");
    assert!(hook.contains("entry: schemactl check\n") && hook.contains("pass_filenames: false"), "{hook}");
    assert!(read("action.yml").contains("run: schemactl check $ARGUMENTS"));
}
