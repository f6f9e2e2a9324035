//! The pages of the systems show how their rows are moved, with a file as an application left it: what they show is what happens.

use std::process::Command;

use schemactl_test_support::rusqlite::Connection;

use super::{agent_memory, agent_platform, background_agents, coherence, file_of, filled, governance, loosen};
use crate::readme::on_postgresql_with;
use crate::readme::session::Session;

/// Runs a page's session in a folder with the project's schema.toml, the system's migrations and its filled file.
fn runs(page: &'static str, name: &str, fill: fn(&Connection), dirt: &str) {
    on_postgresql_with(&Session::of(page, "postgres"), |_, home| {
        let project = filled(name, fill);
        loosen(&file_of(&project, name), dirt);
        let copied = Command::new("cp").args(["-a", "."]).arg(home).current_dir(project.path()).status().unwrap();
        assert!(copied.success());
    });
}

#[test]
fn agent_platform() {
    runs("docs/systems/agent_platform.md", "agent_platform", agent_platform::fill, agent_platform::DIRT);
}

#[test]
fn background_agents() {
    runs("docs/systems/background_agents.md", "background_agents", background_agents::fill, background_agents::DIRT);
}

#[test]
fn agent_memory() {
    runs("docs/systems/agent_memory.md", "agent_memory", agent_memory::fill, agent_memory::DIRT);
}

#[test]
fn coherence() {
    runs("docs/systems/coherence.md", "coherence", coherence::fill, coherence::DIRT);
}

#[test]
fn governance() {
    runs("docs/systems/governance.md", "governance", governance::fill, governance::DIRT);
}
