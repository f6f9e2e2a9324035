//! The systems that ship as examples behave as their plans ask: real databases, brought up by the command.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

mod agent_memory;
mod agent_memory_adopted;
mod agent_memory_at_once;
mod agent_memory_values;
mod agent_platform;
mod agent_platform_values;
mod background_agents;
mod coherence;
mod coherence_attention;
mod coherence_cost;
mod coherence_rights;
mod coherence_search;
mod conventions;
mod governance;
mod governance_backfill;
mod governance_checks;
mod governance_graph;
mod governance_maintenance;
mod governance_partitions;
mod refused_values;
pub(crate) mod system;
