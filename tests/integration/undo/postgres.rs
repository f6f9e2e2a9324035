//! The same on PostgreSQL.

mod alike;
mod around;
mod by_key;
mod cases;
mod course;
mod crowd;
mod datatype;
mod equal_keys;
mod hand;
mod lessening;
mod looking;
mod meanwhile;
mod property;
mod relation;
mod reshaping;
mod roles;
mod rows;
mod served;
mod strange;
mod trial;
mod triggers;
mod user_write;
mod verdict;
mod workshop;
mod writing;

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

fn new_project() -> Project {
    project!()
}
