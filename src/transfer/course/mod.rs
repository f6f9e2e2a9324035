//! The course of a move: between which databases it is, how both stand, what is moved, and what is done about it. The commands are these steps with arguments and words, and so is the follower
//! inside an application.

mod copying;
mod ends;
mod examine;
mod following;
mod histories;
mod known;
mod laid;
mod look;

pub(crate) use self::copying::{PreparedCopy, copy, copy_choices, prepare};
pub(crate) use self::ends::{MigrationsOf, MoveEnds};
pub(crate) use self::examine::{ExamineTask, HeldCopy, refused};
pub(crate) use self::following::{FollowMove, with_task};
pub(crate) use self::histories::AllowedVersions;
pub(crate) use self::laid::{PlannedMove, lay_out};
pub(crate) use self::look::MoveLook;
