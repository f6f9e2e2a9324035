//! The systems that ship with the project do what their plans ask for.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

mod systems {
    mod background_agents;
}
